/**
 * A session: extension and function on local Lambda, beside a backend (local or real AWS), with the page. It starts, restarts
 * and invokes; `dev.ts`, `serve.ts` and the demo decide when.
 *
 * One environment at a time: starting, invoking and restarting exclude each other. If a start fails because of a file, the
 * session waits for its change; the next invoke tries again, too.
 */
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import type { InitFailed } from "../../local/lambda/errors.ts"
import type { InitializationType, InvokeResult } from "../../local/lambda/events.ts"
import type { InvokeOptions } from "../../local/lambda/invoke.ts"
import { LambdaEmulator } from "../../local/lambda/LambdaEmulator.ts"
import type { FunctionSpec } from "../../local/lambda/options.ts"
import { reportedError } from "../../local/lambda/RuntimeApi.ts"
import { servePage } from "../../local/page/Page.ts"
import { PORT_VARIABLE } from "../../src/config/fields/port.ts"
import type { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"
import { asset } from "../assets.ts"
import { faultsWithFrames } from "../codeFrame.ts"
import { CommandFailed } from "../failures.ts"
import type { Backend } from "./Backend.ts"
import { configVariables, type ReadPlan, readPlan } from "./readPlan.ts"
import { logLine, say, sayAll } from "./terminal.ts"

export interface SessionOptions {
  readonly backend: Backend
  readonly function: FunctionSpec
  readonly functionName: string
  /** The path of config.yaml. */
  readonly config: string
  /** Further variables of function and extension; these win. */
  readonly environment: Readonly<Record<string, string>>
  /** The Node that runs the extension and Node functions. */
  readonly node: string
  /** Stop all processes between invokes, as Lambda does. */
  readonly freeze: boolean
  readonly initializationType?: InitializationType
  /** Seconds. */
  readonly timeout: number
  /** MB. */
  readonly memory: number
  /** The preferred port of the page. */
  readonly page: number
  /** What chooses the extension's port, as messages name it. Default: `--port`. */
  readonly otherPort?: string
}

/** The environment did not start. */
export class StartFailed extends Data.TaggedError("StartFailed")<{
  readonly message: string
  /** Whether a change of a file can help, for which the session waits. */
  readonly isFixable: boolean
}> {}

export interface Session {
  /** The URL of the page. */
  readonly page: string
  readonly lambda: LambdaEmulator["Service"]
  readonly token: string
  /** Where the extension serves, as of the last start. */
  readonly origin: () => string
  /** What config.yaml says, as of the last start that got so far. */
  readonly read: () => ReadPlan | undefined
  readonly start: Effect.Effect<void, StartFailed>
  /** Ends the environment as Lambda does, and starts another one. */
  readonly restart: Effect.Effect<void, StartFailed>
  readonly invoke: (event: unknown, options?: InvokeOptions) => Effect.Effect<InvokeResult, StartFailed>
  readonly shutdown: Effect.Effect<void>
}

const EXTENSIONS = asset("dist/node/extensions")

/** So many events and lines are enough for the page and for what is looked up. */
const KEPT = 10_000

/** The variables of the caller that configure the extension, passed on as if they were the function's. */
const extensionVariables = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      /^(?:CACHE_EXTENSION_|PARAMETERS_SECRETS_EXTENSION_)/.test(name) && value !== undefined
        ? [[name, value]]
        : [],
    ),
  )

/** Names of faults of the extension's file; its others come from this machine. */
const CONFIG_INVALID = "Extension.ConfigInvalid"
const PORT_IN_USE = "Extension.PortInUse"

/** What to do about a fault of the extension. It knows only variables, and says so in its own lines. */
const adviceFor = (reported: NonNullable<InitFailed["reported"]>, otherPort: string): string => {
  const { message } = reportedError(reported.errorType, reported.body)
  // The port of other extensions has no flag.
  return reported.errorType === PORT_IN_USE && message.includes(`; ${PORT_VARIABLE} `)
    ? `${message.split(";", 1)[0]}; ${otherPort} chooses another`
    : `${reported.errorType}; the extension's own lines above say what to do`
}

const initFault = ({ culprit, message, reported }: InitFailed, otherPort: string): StartFailed => {
  if (culprit === "function") {
    const error = reported === undefined ? undefined : reportedError(reported.errorType, reported.body)
    const why = error === undefined ? message : `${error.type}: ${error.message}`
    return new StartFailed({ message: `INIT failed: ${why}`, isFixable: true })
  }
  const why = reported === undefined ? message : adviceFor(reported, otherPort)
  return new StartFailed({
    message: `INIT failed: ${why}`,
    isFixable: reported?.errorType === CONFIG_INVALID,
  })
}

const filesFault = Effect.fnUntraced(function* (
  invalid: ConfigInvalid,
  config: string,
): Effect.fn.Return<never, StartFailed> {
  // A seed has values, of which no message shows the lines.
  const isConfig = invalid.file === config
  const text = isConfig
    ? yield* Effect.promise(() => readFile(config, "utf8").catch(() => undefined))
    : undefined
  return yield* new StartFailed({ message: faultsWithFrames(invalid, text), isFixable: true })
})

/** Makes a session that has yet to be started. */
export const makeSession = Effect.fnUntraced(function* (options: SessionOptions) {
  const { backend, config } = options
  if (!existsSync(EXTENSIONS)) {
    return yield* new CommandFailed({ reason: `${EXTENSIONS} is missing: run "npm run build" first` })
  }
  const given: Readonly<Record<string, string>> = {
    ...backend.variables,
    ...extensionVariables(),
    ...options.environment,
  }
  const environment = { ...given, ...configVariables(config, given) }
  // What the extension gets beside these, as far as it matters to config.yaml.
  const variables = () => ({
    ...environment,
    AWS_REGION: backend.region,
    AWS_SESSION_TOKEN: backend.credentials.sessionToken,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memory),
  })
  const lambda = yield* LambdaEmulator.make({
    function: options.function,
    functionName: options.functionName,
    extensionsFolder: EXTENSIONS,
    region: backend.region,
    credentials: backend.credentials,
    environment,
    node: options.node,
    freeze: options.freeze,
    ...(options.initializationType === undefined ? {} : { initializationType: options.initializationType }),
    timeout: options.timeout * 1_000,
    memorySize: options.memory,
    keep: KEPT,
  }).pipe(Effect.mapError(({ message }) => new CommandFailed({ reason: message })))
  yield* lambda.logs.stream.pipe(
    Stream.runForEach((line) => Console.log(logLine(line))),
    Effect.forkScoped,
  )

  let read: ReadPlan | undefined
  let isUp = false
  const origin = () => `http://127.0.0.1:${read?.port ?? 4000}`
  const page = yield* servePage({
    port: options.page,
    extension: {
      // The port is known once config.yaml has been read, and may change with it.
      get origin() {
        return origin()
      },
      token: backend.credentials.sessionToken,
    },
    events: lambda.events,
    calls: backend.calls,
  }).pipe(Effect.mapError(({ message }) => new CommandFailed({ reason: message })))

  const up = Effect.gen(function* () {
    isUp = false
    read = yield* Effect.scoped(readPlan(config, variables()))
    for (const text of yield* backend.prepare(read.plan)) yield* sayAll(text)
    yield* lambda.init
    isUp = true
  }).pipe(
    Effect.catchTags({
      ConfigInvalid: (invalid) => filesFault(invalid, config),
      CommandFailed: ({ message }) => new StartFailed({ message, isFixable: true }),
      InitFailed: (failed) => Effect.fail(initFault(failed, options.otherPort ?? "--port")),
      EmulatorError: ({ message }) => new StartFailed({ message, isFixable: false }),
    }),
  )
  const lock = yield* Semaphore.make(1)
  const locked = Semaphore.withPermit(lock)
  const session: Session = {
    page,
    lambda,
    token: backend.credentials.sessionToken,
    origin,
    read: () => read,
    start: locked(up),
    restart: locked(Effect.andThen(lambda.shutdown(), up)),
    invoke: (event, invokeOptions) =>
      locked(
        Effect.suspend(() => (isUp ? Effect.void : up)).pipe(
          Effect.andThen(lambda.invoke(event, invokeOptions)),
          Effect.catchTag("EmulatorError", ({ message }) => new StartFailed({ message, isFixable: false })),
        ),
      ),
    shutdown: Effect.asVoid(lambda.shutdown()),
  }
  yield* say(`The page at ${page} shows what the extension holds and does as long as this runs.`)
  return session
})
