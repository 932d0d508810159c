/**
 * Runs the built artifacts outside of Lambda, by their launcher, with local AWS: what a container or a person would start.
 */
import { Context, Effect, Layer } from "effect"
import path from "node:path"
import process from "node:process"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { LOCAL_CREDENTIALS, type Seed, seedFrom } from "../../local/aws/seed.ts"
import { REGION } from "./aws.ts"
import { type Artifact, EXTENSION } from "./extension.ts"
import { ask, freePort } from "./extensionHttp.ts"
import { folderOf } from "./lambda.ts"
import { type Program, startProgram } from "./program.ts"

export const TOKEN = "a-token-for-the-tests-alone"
export const TOKEN_HEADER = "X-Aws-Parameters-Secrets-Token"

/** Static keys and a region, as an agent on another cloud would have them. */
export const KEYS = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
}

/** Starts the launcher of an artifact with these variables and no others. */
export const launch = (
  { extensionsFolder }: Artifact,
  environment: Readonly<Record<string, string>>,
  { args = [], cwd }: { readonly args?: ReadonlyArray<string>; readonly cwd?: string } = {},
) =>
  startProgram(args, {
    command: path.join(extensionsFolder, EXTENSION),
    environment: { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`, ...environment },
    ...(cwd === undefined ? {} : { cwd }),
  })

interface AgentOptions {
  readonly artifact: Artifact
  readonly config: string
  readonly seed?: Seed
  /** Default: `KEYS` and the token. An empty text unsets a variable. */
  readonly variables?: Readonly<Record<string, string>>
}

/** A local AWS, and what starts an agent on it in a folder with config.yaml. */
export const makeAgent = Effect.fnUntraced(function* ({ artifact, config, seed, variables }: AgentOptions) {
  const aws = Context.get(yield* Layer.build(Layer.fresh(AwsEmulator.layer())), AwsEmulator)
  yield* seedFrom(aws.endpoint, { region: REGION, ...seed })
  yield* aws.calls.clear
  const folder = yield* folderOf({ "config.yaml": config })
  const port = yield* freePort
  const environment = {
    ...KEYS,
    AWS_ENDPOINT_URL: aws.endpoint,
    CACHE_EXTENSION_PORT: String(port),
    CACHE_EXTENSION_TOKEN: TOKEN,
    ...variables,
  }
  return {
    aws,
    folder,
    port,
    environment,
    start: (...args: ReadonlyArray<string>) => launch(artifact, environment, { args, cwd: folder }),
    /** With the token, unless it is another or none. */
    ask: (target: string, token: string | undefined = TOKEN) =>
      Effect.orDie(ask(port, target, token === "" ? {} : { headers: { [TOKEN_HEADER]: token } })),
  }
}, Effect.orDie)

/** Waits until the port answers. */
export const serving = ({ shows }: Program) => shows(/Starting Httpserver on port \d+/)

/** Sends a signal; how the program ended. */
export const endBy = ({ child, ended }: Program, signal: NodeJS.Signals) =>
  Effect.andThen(
    Effect.sync(() => child.kill(signal)),
    ended,
  )
