/**
 * Runs the built artifacts on local Lambda with local AWS.
 *
 * `onEachArtifact` runs a suite once per artifact. `makeEnvironment` makes an environment in the test's scope: a seeded AWS, a
 * config.yaml in a folder of its own, a free port, and a function.
 */
import { describe } from "@effect/vitest"
import { Context, Effect, Layer, type Scope } from "effect"
import { existsSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import type { OpenEngine } from "../../local/aws/Postgres.ts"
import { LOCAL_CREDENTIALS, seedFrom, type Seed } from "../../local/aws/seed.ts"
import { LambdaEmulator, type LambdaEmulatorShape } from "../../local/lambda/LambdaEmulator.ts"
import { type FunctionSpec, type LambdaEmulatorOptions } from "../../local/lambda/options.ts"
import { REGION } from "./aws.ts"
import { type Answer, ask, type AskOptions, freePort } from "./extensionHttp.ts"
import { type Handler, serveRuntime } from "./extensionRuntime.ts"
import { folderOf } from "./lambda.ts"

const DIST = path.resolve(import.meta.dirname, "../../dist")

/** The test itself is the runtime. */
const ATTACH: FunctionSpec = { kind: "attach" }

/** The function that reads what its event lists (`{"reads": ["/parameters?name=A"]}`), under AWS's own runtime client. */
export const READER = {
  kind: "node",
  taskRoot: path.resolve(import.meta.dirname, "../integration/fixtures/reader"),
  handler: "index.handler",
} as const

/** The name under which every artifact registers: that of its file in `extensions`. */
export const EXTENSION = "cache-extension"

export interface Artifact {
  readonly name: string
  /** What stands in for /opt/extensions. */
  readonly extensionsFolder: string
}

/** A file beside the launcher's program. */
const fileOf = ({ extensionsFolder }: Artifact, name: string): string =>
  path.join(extensionsFolder, "../cache-extension", name)

/** Whether an artifact is the bundle that runs on the function's Node. */
export const isOnNode = (artifact: Artifact): boolean => existsSync(fileOf(artifact, "main.cjs"))

/** The program behind the launcher, with the arguments that come before the name to register under. */
export const programOf = (artifact: Artifact): ReadonlyArray<string> =>
  isOnNode(artifact) ? [process.execPath, fileOf(artifact, "main.cjs")] : [fileOf(artifact, EXTENSION)]

interface Candidate extends Artifact {
  /** Why the suite cannot run on it here. */
  readonly unable: string | undefined
}

const candidate = (name: string, folder: string, arch?: NodeJS.Architecture): Candidate => {
  const extensionsFolder = path.join(DIST, folder, "extensions")
  const isForeign = arch !== undefined && arch !== process.arch
  const isBuilt = existsSync(path.join(extensionsFolder, EXTENSION))
  const unable = isForeign
    ? `this machine is ${process.arch}`
    : isBuilt
      ? undefined
      : `dist/${folder} is not built`
  return { name, extensionsFolder, unable }
}

/** The artifact that runs on Bun. */
export const STANDALONE = "standalone executable"

/** What `npm run build` writes. The Node bundle must be there: without it the suites fail, they are not skipped. */
export const ARTIFACTS: ReadonlyArray<Candidate> = [
  { ...candidate("Node bundle", "node"), unable: undefined },
  candidate(STANDALONE, "x86_64", "x64"),
]

/** For a test that shares an environment and counts all its calls: no other test of the suite runs meanwhile. */
export const ALONE = { concurrent: false } as const

/** Runs a suite for each artifact; one that cannot run here shows as skipped, with the reason in its name. */
export const onEachArtifact = (topic: string, suite: (artifact: Artifact) => void): void => {
  for (const { unable, ...artifact } of ARTIFACTS) {
    const because = unable === undefined ? "" : `, skipped: ${unable}`
    describe.skipIf(unable !== undefined)(`${topic} [${artifact.name}${because}]`, () => {
      suite(artifact)
    })
  }
}

/** One case in so many is enough on the second artifact, where the code that decides is the same on both. */
const SAMPLE = 8

/** The cases to run on an artifact: all on the Node bundle; on others a sample, and those in which they may differ. */
export const casesOn = <A>(
  { name }: Artifact,
  cases: ReadonlyArray<A>,
  mayDiffer: (one: A) => boolean = () => false,
): ReadonlyArray<A> =>
  name === STANDALONE ? cases.filter((one, index) => index % SAMPLE === 0 || mayDiffer(one)) : cases

/** Runs a suite for each artifact with the shortcut of fresh values on and off: there must be no difference. */
export const onEachPath = (
  topic: string,
  suite: (artifact: Artifact, variables: Readonly<Record<string, string>>) => void,
): void => {
  for (const shortcut of ["true", "false"]) {
    onEachArtifact(`${topic}, shortcut ${shortcut}`, (artifact) => {
      suite(artifact, { CACHE_EXTENSION_SHORTCUT: shortcut })
    })
  }
}

export interface EnvironmentOptions {
  readonly artifact: Artifact
  /** The text of config.yaml; undefined: there is no such file. */
  readonly config: string | undefined
  readonly seed?: Seed
  /** CACHE_EXTENSION_INIT_STARTUP. Default false, as in the extension. */
  readonly preload?: boolean
  /** Further environment variables of the function. */
  readonly variables?: Readonly<Record<string, string>>
  /** Where the extension finds AWS. Default: the environment's own emulator. */
  readonly endpointOf?: (aws: AwsEmulator["Service"]) => string
  /** Opens the databases of the Data API. Default: pglite. */
  readonly openEngine?: OpenEngine
  /** Milliseconds that each AWS call takes, after seeding. */
  readonly latency?: number
  /** What the function does, run in the test itself as the runtime. Default: nothing. */
  readonly handler?: (event: unknown, environment: Environment) => Effect.Effect<unknown>
  /** How many invokes the handler takes at once: for Managed Instances. */
  readonly runtimes?: number
  /** The rest of the function's configuration. A `function` that is not attached runs instead of `handler`. */
  readonly lambda?: Partial<LambdaEmulatorOptions>
}

export interface Environment {
  readonly aws: AwsEmulator["Service"]
  readonly lambda: LambdaEmulatorShape
  /** Where the extension serves. */
  readonly port: number
  readonly configFile: string
  /** One request to the extension, on a connection of its own. A connection that breaks is a defect. */
  readonly ask: (target: string, options?: AskOptions) => Effect.Effect<Answer>
  /** `GET /<kind>?name=<name>`. */
  readonly read: (kind: string, name: string, options?: AskOptions) => Effect.Effect<Answer>
  /** Changes a parameter in AWS. */
  readonly put: (name: string, value: string) => Effect.Effect<void>
  /** The reading operations that AWS was asked for, in order. */
  readonly operations: Effect.Effect<ReadonlyArray<string>>
  /** What the extension has printed so far. */
  readonly lines: () => ReadonlyArray<string>
}

const READING = /^(Get|BatchGet|Query)/

/** The path and query of a read. */
export const readOf = (kind: string, name: string): string => `/${kind}?name=${encodeURIComponent(name)}`

/** An environment that has yet to be started, by `lambda.init` or the first invoke. */
export const makeEnvironment = Effect.fnUntraced(function* (options: EnvironmentOptions) {
  const { artifact, config, handler, openEngine, seed } = options
  const emulator = AwsEmulator.layer(openEngine === undefined ? {} : { openEngine })
  const aws = Context.get(yield* Layer.build(Layer.fresh(emulator)), AwsEmulator)
  yield* seedFrom(aws.endpoint, { region: REGION, ...seed })
  yield* aws.calls.clear
  yield* aws.latency.set(options.latency ?? 0)

  const folder = yield* folderOf(config === undefined ? {} : { "config.yaml": config })
  const configFile = path.join(folder, "config.yaml")
  const port = yield* freePort
  const lambda = yield* LambdaEmulator.make({
    function: ATTACH,
    extensionsFolder: artifact.extensionsFolder,
    region: REGION,
    credentials: { ...LOCAL_CREDENTIALS, sessionToken: "local" },
    ...options.lambda,
    environment: {
      AWS_ENDPOINT_URL: options.endpointOf?.(aws) ?? aws.endpoint,
      CACHE_EXTENSION_CONFIG: configFile,
      CACHE_EXTENSION_PORT: String(port),
      PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(yield* freePort),
      CACHE_EXTENSION_INIT_STARTUP: String(options.preload ?? false),
      ...options.variables,
    },
  })

  const environment: Environment = {
    aws,
    lambda,
    port,
    configFile,
    ask: (target, askOptions) => Effect.orDie(ask(port, target, askOptions)),
    read: (kind, name, askOptions) => Effect.orDie(ask(port, readOf(kind, name), askOptions)),
    put: (name, value) =>
      Effect.orDie(seedFrom(aws.endpoint, { region: REGION, parameters: [{ name, value }] })),
    operations: Effect.map(aws.calls.all, (calls) =>
      calls.map(({ operation }) => operation).filter((operation) => READING.test(operation)),
    ),
    lines: () =>
      lambda.logs
        .all()
        .filter(({ source }) => source === "extension")
        .map(({ line }) => line),
  }
  if ((options.lambda?.function ?? ATTACH).kind === "attach") {
    const run: Handler = (event) => handler?.(event, environment) ?? Effect.succeed(null)
    yield* serveRuntime(lambda.address, run, options.runtimes)
  }
  return environment
}, Effect.orDie)

/** An environment after INIT, never frozen, so that the test can read from the extension at any time. */
export const startEnvironment = (
  options: EnvironmentOptions,
): Effect.Effect<Environment, never, Scope.Scope> =>
  makeEnvironment({ ...options, lambda: { freeze: false, ...options.lambda } }).pipe(
    Effect.tap(({ lambda }) => Effect.orDie(lambda.init)),
  )
