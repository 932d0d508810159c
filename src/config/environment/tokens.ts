/**
 * The tokens that `server.token: required` accepts: what Lambda gives to the function's environment alone, so that
 * whoever knows one runs in it. `Settings` reads them, the plan holds them where they are asked for.
 *
 * Functions know AWS_SESSION_TOKEN; with SnapStart, where that is not set, the token of the container endpoint.
 */
import * as Redacted from "effect/Redacted"

export interface Tokens {
  readonly fixed: ReadonlyArray<Redacted.Redacted<string>>
  /** The path of a file that holds a further token, which may change. */
  readonly file: string | undefined
}

const FIXED = ["AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"] as const
const FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"

/** The variables that may hold a token, for messages. */
export const TOKEN_VARIABLES = [...FIXED, FILE].join(", ")

/** The tokens of an environment. `textOf` gives a variable's text, or nothing where it is unset. */
export const readTokens = (textOf: (variable: string) => string | undefined): Tokens => ({
  fixed: FIXED.map(textOf)
    .filter((text) => text !== undefined)
    .map((text) => Redacted.make(text)),
  file: textOf(FILE),
})

/** The variables of AWS's workload credentials provider, in its order: the first that is set counts. */
const WORKLOAD = ["AWS_TOKEN", ...FIXED] as const

/** The same, for messages. */
export const WORKLOAD_TOKEN_VARIABLES = [...WORKLOAD, FILE].join(", ")

/** How the value of one of them names a file that holds the token. */
const FILE_SCHEME = "file://"

/** The token that the workload credentials provider would expect; failing that, the file of the container endpoint's. */
export const readWorkloadTokens = (textOf: (variable: string) => string | undefined): Tokens => {
  const text = WORKLOAD.map(textOf).find((value) => value !== undefined)
  if (text === undefined) return { fixed: [], file: textOf(FILE) }
  return text.startsWith(FILE_SCHEME)
    ? { fixed: [], file: text.slice(FILE_SCHEME.length) }
    : { fixed: [Redacted.make(text)], file: undefined }
}

export const hasNone = ({ file, fixed }: Tokens): boolean => fixed.length === 0 && file === undefined
