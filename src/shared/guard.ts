/**
 * Every operation of the store goes through the guard, which has a time limit and a circuit, and never fails. If the store
 * does not answer, the caller gets `None`, and asks AWS.
 *
 * The log has one warning when the tier begins to fail, one line when it has recovered, and nothing in between.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import { SourceError, timedOut, Unavailable } from "../domain/SourceError.ts"
import { describeDefect } from "../observability/defects.ts"
import * as Metrics from "../observability/Metrics.ts"
import * as Circuit from "../sources/Circuit.ts"
import type { Failure, SharedStatus } from "./Shared.ts"
import type { StoreError } from "./SharedStore.ts"
import { wasFrozen, within } from "./timeLimit.ts"

const EVENTS = ["hit", "miss", "unreadable", "lead", "wait", "write", "failure"] as const

export type SharedEvent = (typeof EVENTS)[number]

export const count = (event: SharedEvent): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(Metrics.sharedEvents, { event }), 1)

/** The shortest time between two warnings of the same kind, in milliseconds. */
const WARN_EVERY = 60_000

/** The name of the circuit in the metrics. */
const CIRCUIT = "shared tier"

/** Shows each event as 0 before its first occurrence. */
const showAll = Effect.forEach(
  EVENTS,
  (event) => Metric.value(Metric.withAttributes(Metrics.sharedEvents, { event })),
  { discard: true },
)

interface Failing extends Failure {
  readonly isLogged: boolean
  failures: number
}

export interface Guard {
  /** Runs an operation for at most `bound` milliseconds of running time. None: there is no answer. */
  readonly run: <A>(operation: Effect.Effect<A, StoreError>, bound: number) => Effect.Effect<Option.Option<A>>
  /** Counts and logs a record that cannot be used. */
  readonly unreadable: (detail: string) => Effect.Effect<void>
  /** How the store behaves. */
  readonly status: () => SharedStatus
  /** Whether the last operation was answered. One that a freeze interrupted does not count. */
  readonly isAnswering: () => boolean
  /** When an operation was last answered, in epoch milliseconds; undefined: never. */
  readonly answeredAt: () => number | undefined
}

const unavailable = ({ detail }: Pick<StoreError, "detail">): SourceError =>
  new SourceError({ reason: new Unavailable({ detail }) })

/** Allows one warning a minute. */
const makeWarner = () => {
  let warnedAt = -Infinity
  return (now: number): boolean => {
    if (now >= warnedAt && now - warnedAt < WARN_EVERY) return false
    warnedAt = now
    return true
  }
}

export const make: Effect.Effect<Guard> = Effect.gen(function* () {
  const circuit = (yield* Circuit.make)(CIRCUIT)
  const mayWarnOfFailure = makeWarner()
  const mayWarnOfRecord = makeWarner()
  yield* showAll
  let failing: Failing | undefined
  /** In epoch milliseconds. */
  let answeredAt: number | undefined

  const failed = (error: SourceError) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (failing !== undefined) failing.failures += 1
      if (failing !== undefined) return Effect.void
      const isLogged = mayWarnOfFailure(now)
      failing = { since: now, error, failures: 1, isLogged }
      return isLogged
        ? Effect.logWarning(`The shared tier does not answer (${error.message}); reads go to AWS meanwhile`)
        : Effect.void
    })

  const succeeded = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    answeredAt = now
    if (failing === undefined) return Effect.void
    const { failures, isLogged, since } = failing
    failing = undefined
    const seconds = Math.max(0, Math.round((now - since) / 1_000))
    return isLogged
      ? Effect.logInfo(
          `The shared tier answers again, after ${failures} failed ${failures === 1 ? "operation" : "operations"} in ${seconds} s`,
        )
      : Effect.void
  })

  const run: Guard["run"] = (operation, bound) =>
    Effect.flatMap(Clock.currentTimeMillis, (startedAt) => {
      const answer = Effect.mapError(operation, unavailable).pipe(
        // A client that throws must not fail a read.
        Effect.catchDefect((defect) => Effect.fail(unavailable({ detail: describeDefect(defect) }))),
        within(bound, () => timedOut(`no answer within ${bound} ms`)),
        Effect.asSome,
        Effect.catch((error) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) =>
            // An operation that a freeze interrupted says nothing about the tier.
            wasFrozen(now - startedAt, bound) ? Effect.succeedNone : Effect.fail(error),
          ),
        ),
      )
      return circuit(answer).pipe(
        Effect.tap((reply) => (Option.isSome(reply) ? succeeded : Effect.void)),
        Effect.catch((error) =>
          error.reason._tag === "CircuitOpen"
            ? Effect.succeedNone
            : Effect.andThen(count("failure"), failed(error)).pipe(Effect.as(Option.none())),
        ),
      )
    })

  const guard: Guard = {
    run,
    unreadable: (detail) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.andThen(
          count("unreadable"),
          mayWarnOfRecord(now)
            ? Effect.logWarning(
                `A record of the shared tier cannot be used (${detail}); AWS is asked instead`,
              )
            : Effect.void,
        ),
      ),
    status: () => {
      if (failing === undefined) return { state: answeredAt !== undefined ? "answering" : "unused" }
      return { state: "failing", failure: { since: failing.since, error: failing.error } }
    },
    isAnswering: () => failing === undefined,
    answeredAt: () => answeredAt,
  }
  return guard
})
