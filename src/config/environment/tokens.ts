/**
 * The tokens that `server.token: required` accepts. Lambda gives them only to this function's environment, so a request
 * with one comes from there.
 *
 * Functions use AWS_SESSION_TOKEN or, with SnapStart, the authorization token of the container endpoint.
 */
import * as Redacted from "effect/Redacted"

export interface Tokens {
  readonly fixed: ReadonlyArray<Redacted.Redacted<string>>
  /** The path of a file with another token, which rotates. */
  readonly file: string | undefined
}

const FIXED = ["AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"] as const
const FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"

/** The names of the variables, for messages. */
export const TOKEN_VARIABLES = [...FIXED, FILE].join(", ")

/** Reads the tokens. `get` returns a variable's text, or undefined if it is unset. */
export const readTokens = (get: (variable: string) => string | undefined): Tokens => ({
  fixed: FIXED.map(get)
    .filter((text) => text !== undefined)
    .map((text) => Redacted.make(text)),
  file: get(FILE),
})

/** The variables of AWS's workload credentials provider, in its order: the first one that is set wins. */
const WORKLOAD = ["AWS_TOKEN", ...FIXED] as const

/** The same, for messages. */
export const WORKLOAD_TOKEN_VARIABLES = [...WORKLOAD, FILE].join(", ")

/** The prefix of a value that is the path of a file with the token. */
const FILE_SCHEME = "file://"

/** The token that the workload credentials provider would expect, else the container endpoint's token file. */
export const readWorkloadTokens = (get: (variable: string) => string | undefined): Tokens => {
  const text = WORKLOAD.map(get).find((value) => value !== undefined)
  if (text === undefined) return { fixed: [], file: get(FILE) }
  return text.startsWith(FILE_SCHEME)
    ? { fixed: [], file: text.slice(FILE_SCHEME.length) }
    : { fixed: [Redacted.make(text)], file: undefined }
}

const AGENT = "CACHE_EXTENSION_TOKEN"
const AGENT_FILE = "CACHE_EXTENSION_TOKEN_FILE"

/** The variables of an agent's token, for messages. */
export const AGENT_TOKEN_VARIABLES = `${AGENT} or ${AGENT_FILE}`
export const AGENT_WORKLOAD_TOKEN_VARIABLES = `${WORKLOAD[0]}, ${AGENT}, ${AGENT_FILE}`

/** The token of an agent. The file is read only if the other variable is not set. */
export const readAgentTokens = (get: (variable: string) => string | undefined): Tokens => {
  const text = get(AGENT)
  return text === undefined
    ? { fixed: [], file: get(AGENT_FILE) }
    : { fixed: [Redacted.make(text)], file: undefined }
}

/** The token that clients of the workload credentials provider show to an agent. */
export const readAgentWorkloadTokens = (get: (variable: string) => string | undefined): Tokens =>
  get(WORKLOAD[0]) === undefined ? readAgentTokens(get) : readWorkloadTokens(get)

export const hasNone = ({ file, fixed }: Tokens): boolean => fixed.length === 0 && file === undefined
