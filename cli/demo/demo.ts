/**
 * The demo of `npm start`: `dev` on the function in `example/`, whose reads it collects into a table.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import path from "node:path"
import { ROOT } from "../assets.ts"
import { prepare } from "../dev/dev.ts"
import { drive } from "../dev/drive.ts"
import { refuse } from "../dev/terminal.ts"
import { Answer, type Read, report } from "./report.ts"
import { straightFromAws } from "./straight.ts"

const EXAMPLE = path.join(ROOT, "example")

export interface DemoOptions {
  readonly invocations: number
  /** Invoke once a second until Ctrl-C. */
  readonly watch: boolean
  readonly freeze: boolean
  /** The duration of each AWS call in milliseconds. */
  readonly latency: number
  /** Requests a second that Parameter Store answers. */
  readonly quota: number | undefined
  readonly preload: boolean
  /** The preferred port of the page. */
  readonly page: number
}

/** What `dev` is told. CACHE_EXTENSION_CONFIG may name another file. */
const asDevOptions = (options: DemoOptions) => ({
  ...options,
  function: EXAMPLE,
  handler: "index.handler",
  runtime: "node" as const,
  config: process.env["CACHE_EXTENSION_CONFIG"] || path.join(EXAMPLE, "config.yaml"),
  seed: path.join(EXAMPLE, "seed.yaml"),
  aws: "local" as const,
  region: undefined,
  port: undefined,
  otherPort: "CACHE_EXTENSION_PORT",
  profile: undefined,
  event: [],
  env: [],
  invocations: options.watch ? undefined : options.invocations,
  invokePort: undefined,
  timeout: 30,
  memory: 1_769,
})

const decodeAnswer = Schema.decodeUnknownOption(Answer)

const run = Effect.fnUntraced(function* (options: DemoOptions) {
  const devOptions = asDevOptions(options)
  const prepared = yield* prepare(devOptions)
  const answers = yield* Ref.make<ReadonlyArray<ReadonlyArray<Read>>>([])
  const table = Effect.gen(function* () {
    const invocations = yield* Ref.get(answers)
    if (invocations.length === 0) return
    yield* Console.log("")
    const straight = yield* straightFromAws(prepared.backend.variables["AWS_ENDPOINT_URL"] ?? "")
    yield* Console.log(report(invocations, straight, options.watch))
  })
  yield* drive({
    ...devOptions,
    ...prepared,
    expired: prepared.backend.expired,
    onResult: ({ payload }) =>
      Option.match(decodeAnswer(payload), {
        onNone: () => Effect.void,
        onSome: (reads) => Ref.update(answers, (all) => [...all, reads]),
      }),
  }).pipe(Effect.ensuring(table))
})

/** Runs the demo. */
export const demo = (options: DemoOptions) =>
  run(options).pipe(Effect.scoped, Effect.catchTag("ConfigInvalid", refuse))
