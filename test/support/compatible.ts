/**
 * Environments with the routes of the AWS Parameters and Secrets extension on their own port, and requests as that
 * extension's clients make them. Built on `extension.ts`.
 */
import { Effect } from "effect"
import { type Artifact, type Environment, type EnvironmentOptions, startEnvironment } from "./extension.ts"
import { type Answer, ask, freePort } from "./extensionHttp.ts"

/** config.yaml that turns them on, and one that lists `plain` too. */
const ON = "compatibility:\n  parameters_and_secrets: on\n"
export const LISTED = `${ON}parameters:\n  - names: [plain]\n`

export const PARAMETER = "/systemsmanager/parameters/get"
export const SECRET = "/secretsmanager/get"
export const PORT = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"
export const TOKEN_HEADER = "X-Aws-Parameters-Secrets-Token"

/** AWS_SESSION_TOKEN of the environments that `makeEnvironment` makes. */
const TOKEN = "local"

/** A request that may pass. */
export const AUTHORIZED = { headers: { [TOKEN_HEADER]: TOKEN } }

/** The value of the secret `binary`. */
export const BINARY = Buffer.from([0, 255, 128, 10])
const SEED = {
  parameters: [
    { name: "/shop/flags", value: '{"beta":true}' },
    { name: "/shop/password", value: "first", type: "SecureString" },
    { name: "plain", value: "größer <&>" },
    { name: "list", value: "a,b", type: "StringList" },
  ],
  secrets: [
    { name: "shop/database", value: '{"user":"u"}' },
    { name: "binary", binary: BINARY.toString("base64") },
  ],
} as const

export interface Compatible extends Environment {
  readonly compatiblePort: number
  /** A request as that extension's clients make it. */
  readonly get: (target: string, headers?: Readonly<Record<string, string>>) => Effect.Effect<Answer>
}

type Options = Omit<EnvironmentOptions, "artifact" | "config"> & { readonly config?: string }

/** An environment with the routes on a free port, which has yet to be made. */
export const optionsFor = Effect.fnUntraced(function* (artifact: Artifact, options: Options) {
  const compatiblePort = yield* freePort
  const variables = { [PORT]: String(compatiblePort), ...options.variables }
  return { compatiblePort, options: { artifact, config: ON, seed: SEED, ...options, variables } }
})

/** An environment after INIT, never frozen. */
export const start = Effect.fnUntraced(function* (artifact: Artifact, given: Options = {}) {
  const { compatiblePort, options } = yield* optionsFor(artifact, given)
  const environment = yield* startEnvironment(options)
  const compatible: Compatible = {
    ...environment,
    compatiblePort,
    get: (target, headers = AUTHORIZED.headers) => Effect.orDie(ask(compatiblePort, target, { headers })),
  }
  return compatible
})
