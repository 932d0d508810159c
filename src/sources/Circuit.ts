/**
 * A circuit breaker per service and region. After several unanswered calls in a row, further ones fail at once for a while,
 * so that a dead endpoint does not cost every read its budget. Then single calls probe whether the service is back.
 *
 * A refusal (not found, denied, throttled) is an answer: the service is up.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import { CircuitOpen, SourceError } from "../domain/SourceError.ts"
import { circuitOpen } from "../observability/Metrics.ts"
import { MAX_REGIONS_AND_ROLES, makeLruMap } from "../aws/LruMap.ts"

/** How many unanswered calls in a row open a circuit. */
const FAILURES = 3

/** How long a circuit stays open before it lets a call through. */
const OPEN = "1 second"

/** A circuit is forgotten after this long without use, so that unused regions and roles leave nothing behind. */
const FORGOTTEN_AFTER = "1 minute"

const isWithoutAnswer = ({ reason }: SourceError): boolean =>
  reason._tag === "Unavailable" || reason._tag === "TimedOut" || reason._tag === "ConnectionLost"

const outcomeOf = (exit: Exit.Exit<unknown, SourceError>): CircuitBreaker.Outcome => {
  if (Exit.isSuccess(exit)) return CircuitBreaker.success
  return Option.match(Cause.findErrorOption(exit.cause), {
    onNone: () => CircuitBreaker.ignored,
    onSome: (error) => (isWithoutAnswer(error) ? CircuitBreaker.failure() : CircuitBreaker.success),
  })
}

/**
 * Reports the state of circuits to the metrics. A series is never removed, so only the first `MAX_REGIONS_AND_ROLES`
 * circuits have one; the others work without.
 */
const stateReporter = () => {
  const shown = new Set<string>()
  const isShown = (key: string) => {
    if (shown.size < MAX_REGIONS_AND_ROLES) shown.add(key)
    return shown.has(key)
  }
  return (breaker: CircuitBreaker.CircuitBreaker, key: string): Effect.Effect<void> =>
    isShown(key)
      ? Effect.ignore(
          Effect.flatMap(breaker.state(key), ({ _tag }) =>
            Metric.update(Metric.withAttributes(circuitOpen, { circuit: key }), _tag === "Open" ? 1 : 0),
          ),
        )
      : Effect.void
}

/** Guards a call by the circuit of its key. */
export type Circuit = (
  key: string,
) => <A>(call: Effect.Effect<A, SourceError>) => Effect.Effect<A, SourceError>

const refusal = (key: string, cause: string): SourceError =>
  new SourceError({
    reason: new CircuitOpen({
      detail: `${key} has not answered (${cause}); it is asked again within a second`,
    }),
  })

export const make: Effect.Effect<Circuit, never, Scope.Scope> = Effect.map(
  CircuitBreaker.make({ tripPolicy: CircuitBreaker.consecutive(FAILURES), openDuration: OPEN }),
  (breaker): Circuit => {
    /** The last failure of each circuit, for the error of a call that it blocks. */
    const causes = makeLruMap<string, string>(MAX_REGIONS_AND_ROLES)
    const show = stateReporter()
    return (key) => (call) => {
      const remembering = Effect.tapError(call, (error) =>
        Effect.sync(() => {
          if (isWithoutAnswer(error)) causes.set(key, error.message)
        }),
      )
      return breaker.execute(remembering, { key, classify: outcomeOf }).pipe(
        Effect.ensuring(show(breaker, key)),
        Effect.catchTag("CircuitBreakerError", () =>
          Effect.fail(refusal(key, causes.get(key) ?? "no reply")),
        ),
      )
    }
  },
).pipe(Effect.provide(CircuitBreaker.layerStoreMemory({ idleTimeToLive: FORGOTTEN_AFTER })))
