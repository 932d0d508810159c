/**
 * A storm of cold starts: all environments of a fleet start at the same moment, and each reads all its parameters, as a
 * function would at its first invoke, until it has them.
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { EmulatorError, InitFailed } from "../lambda/errors.ts"
import type { Member } from "./Fleet.ts"

/** How an environment fared. */
export interface Outcome {
  /** Milliseconds from the start of the storm until it had served all parameters. */
  readonly readyAfter: number
  /** Parameters that it could not serve when they were read, each time that they were. */
  readonly failedReads: number
  /** What it served at last, by name. */
  readonly values: Readonly<Record<string, string>>
}

/** The extension did not answer as docs/http.md says. */
export class Unreadable extends Data.TaggedError("Unreadable")<{ readonly message: string }> {}

const Answers = Schema.Struct({
  values: Schema.Record(Schema.String, Schema.String),
  errors: Schema.Record(Schema.String, Schema.Unknown),
})
const decodeAnswers = Schema.decodeUnknownEffect(Answers)

/** A function that could not read its parameters is invoked again. */
const AGAIN = Schedule.spaced("500 millis")

/** All parameters in one request. */
export const readAll = (port: number, names: ReadonlyArray<string>) =>
  Effect.tryPromise({
    try: async (signal) => {
      const query = names.map((name) => `name=${encodeURIComponent(name)}`).join("&")
      const response = await fetch(`http://127.0.0.1:${port}/parameters?${query}`, { signal })
      return (await response.json()) as unknown
    },
    catch: (cause) =>
      new Unreadable({ message: `The extension at port ${port} did not answer: ${String(cause)}` }),
  }).pipe(
    Effect.flatMap(decodeAnswers),
    Effect.catchTag("SchemaError", ({ message }) => new Unreadable({ message })),
  )

/** Starts one environment and reads until it has all parameters. */
export const startAndRead = Effect.fnUntraced(function* (
  { lambda, port }: Member,
  names: ReadonlyArray<string>,
): Effect.fn.Return<Outcome, InitFailed | EmulatorError | Unreadable> {
  const startedAt = yield* Clock.currentTimeNanos
  yield* lambda.init
  let failedReads = 0
  const { values } = yield* readAll(port, names).pipe(
    Effect.tap(({ errors }) => Effect.sync(() => (failedReads += Object.keys(errors).length))),
    Effect.repeat({ schedule: AGAIN, until: ({ errors }) => Object.keys(errors).length === 0 }),
  )
  const readyAfter = Number((yield* Clock.currentTimeNanos) - startedAt) / 1e6
  return { readyAfter, failedReads, values }
})

/** Starts all environments at the same moment. The outcomes are in the order of the fleet. */
export const storm = (fleet: ReadonlyArray<Member>, names: ReadonlyArray<string>) =>
  Effect.forEach(fleet, (member) => startAndRead(member, names), { concurrency: "unbounded" })
