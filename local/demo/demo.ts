/**
 * The demo of `npm start`: local AWS, local Lambda, the built extension and the example's function.
 *
 * Everything belongs to one scope. If the demo ends, fails or is interrupted by Ctrl-C, the environment gets its SHUTDOWN
 * event and no process is left.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import path from "node:path"
import process from "node:process"
import { AwsEmulator } from "../aws/AwsEmulator.ts"
import { LOCAL_CREDENTIALS, readSeed, seedFrom } from "../aws/seed.ts"
import type { InitFailed } from "../lambda/errors.ts"
import { LambdaEmulator } from "../lambda/LambdaEmulator.ts"
import { servePage } from "../page/Page.ts"
import { Answer, type Read, report } from "./report.ts"
import { straightFromAws } from "./straight.ts"
import { logLine, say } from "./terminal.ts"

const ROOT = path.resolve(import.meta.dirname, "../..")
const EXAMPLE = path.join(ROOT, "example")
const EXTENSIONS = path.join(ROOT, "dist/node/extensions")
const REGION = "us-west-2"
const CREDENTIALS = { ...LOCAL_CREDENTIALS, sessionToken: "local" }
const DEFAULT_PORT = 4000

interface DemoOptions {
  readonly invocations: number
  /** Invoke once a second until Ctrl-C. */
  readonly watch: boolean
  /** The duration of each AWS call in milliseconds. */
  readonly latency: number
  readonly preload: boolean
  /** The preferred port of the page. */
  readonly page: number
}

/** An invoke or the environment failed. */
class DemoFailed extends Schema.TaggedError<DemoFailed>()("DemoFailed", { message: Schema.String }) {}

/** The extension's variables in the environment of `npm start`, passed on as in a function's configuration. */
const extensionVariables = () =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      name.startsWith("CACHE_EXTENSION_") && value !== undefined ? [[name, value]] : [],
    ),
  )

const invokeOnce = Effect.fnUntraced(function* (lambda: LambdaEmulator["Service"]) {
  const { functionError, payload } = yield* lambda.invoke({})
  if (functionError !== undefined) {
    return yield* new DemoFailed({
      message: `the invoke failed: ${functionError.type}: ${functionError.message}`,
    })
  }
  return yield* Schema.decodeUnknownEffect(Answer)(payload)
})

const run = Effect.fnUntraced(function* (options: DemoOptions) {
  const aws = yield* AwsEmulator
  yield* seedFrom(aws.endpoint, yield* readSeed(path.join(EXAMPLE, "seed.yaml")))
  yield* aws.calls.clear
  yield* aws.latency.set(options.latency)
  yield* say(`Local AWS at ${aws.endpoint} holds example/seed.yaml and takes ${options.latency} ms a call.`)

  const lambda = yield* LambdaEmulator.make({
    function: { kind: "node", taskRoot: EXAMPLE, handler: "index.handler" },
    functionName: "example",
    extensionsFolder: EXTENSIONS,
    region: REGION,
    credentials: CREDENTIALS,
    environment: {
      AWS_ENDPOINT_URL: aws.endpoint,
      CACHE_EXTENSION_CONFIG: path.join(EXAMPLE, "config.yaml"),
      CACHE_EXTENSION_INIT_STARTUP: String(options.preload),
      ...extensionVariables(),
    },
  })
  yield* lambda.logs.stream.pipe(
    Stream.runForEach((line) => Console.log(logLine(line))),
    Effect.forkScoped,
  )
  const port = process.env["CACHE_EXTENSION_PORT"] ?? DEFAULT_PORT
  const page = yield* servePage({
    port: options.page,
    extension: { origin: `http://127.0.0.1:${port}`, token: CREDENTIALS.sessionToken },
    events: lambda.events,
    calls: aws.calls,
  })
  yield* say(`What the extension holds and does is shown at ${page} as long as this runs.`)
  yield* lambda.init

  const answers = yield* Ref.make<ReadonlyArray<ReadonlyArray<Read>>>([])
  const invoke = Effect.flatMap(invokeOnce(lambda), (reads) => Ref.update(answers, (all) => [...all, reads]))
  const finish = Effect.gen(function* () {
    yield* lambda.shutdown()
    const invocations = yield* Ref.get(answers)
    if (invocations.length === 0) return
    yield* Console.log("")
    yield* Console.log(report(invocations, yield* straightFromAws(aws.endpoint)))
  })
  const schedule = options.watch ? Schedule.spaced("1 second") : Schedule.recurs(options.invocations - 1)
  yield* invoke.pipe(Effect.repeat(schedule), Effect.ensuring(finish))
})

/** The message for a failed INIT, with the extension's own report if there is one. */
const initMessage = ({ message, reported }: InitFailed): string =>
  `INIT failed: ${reported === undefined ? message : `${reported.errorType}; the extension's own lines above say what to do`}`

/** Runs the demo. A failure is printed as one line. */
export const demo = (options: DemoOptions): Effect.Effect<void, DemoFailed> =>
  run(options).pipe(
    Effect.provide(AwsEmulator.layer()),
    Effect.scoped,
    Effect.catchTag("InitFailed", (error) => Effect.fail(new DemoFailed({ message: initMessage(error) }))),
    Effect.catch(({ message }) => Effect.fail(new DemoFailed({ message }))),
    Effect.tapError(({ message }) => Console.error(message)),
  )
