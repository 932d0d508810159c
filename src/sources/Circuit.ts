/**
 * A circuit breaker per service and region. After several unanswered calls in a row, further ones fail at once for a while,
 * so that a dead endpoint does not cost every read its budget. Then single calls probe whether the service is back.
 *
 * A refusal (not found, denied, throttled) is an answer: the service is up. The transitions are pure functions. Effect's
 * CircuitBreaker does the same, but brings Schema, Stream and Config into each cold start.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import { CircuitOpen, SourceError } from "../domain/SourceError.ts"
import { circuitOpen } from "../observability/Metrics.ts"
import { MAX_REGIONS_AND_ROLES, makeLruMap } from "../aws/LruMap.ts"

/** How many unanswered calls in a row open a circuit. */
export const FAILURES = 3

/** How long a circuit stays open before it lets a call through, in milliseconds. */
export const OPEN_FOR = 1_000

/** Failures that are followed by this long without any call are forgotten, in milliseconds. */
export const FORGOTTEN_AFTER = 60_000

/**
 * - `Closed`: calls pass. `failures` is how many in a row had no answer, `usedAt` when the last one passed.
 * - `Open`: no call passes for a while.
 * - `Probing`: one call is under way; no other passes.
 *
 * Times in milliseconds since the epoch, and `cause` is what the last unanswered call said.
 */
export type State =
  | { readonly _tag: "Closed"; readonly failures: number; readonly usedAt: number }
  | { readonly _tag: "Open"; readonly openedAt: number; readonly cause: string }
  | { readonly _tag: "Probing"; readonly openedAt: number; readonly cause: string }

/** How a call ended: with an answer, without one (and what it said), or not at all, because its caller left. */
export type Outcome = "answered" | "cancelled" | { readonly unanswered: string }

/** How a call may pass: like any other or as a probe; or the state that forbids it. */
export interface Admission {
  readonly as: "call" | "probe" | "refused"
  readonly state: State
}

const closed = (failures: number, usedAt: number): State => ({ _tag: "Closed", failures, usedAt })

/** Whether a time span is over. It is also over if the clock has been set back, because nothing is known then. */
const isOver = (since: number, span: number, now: number): boolean => now < since || now - since >= span

/** Whether a call passes now, and the state from now on. */
export const admit = (state: State | undefined, now: number): Admission => {
  switch (state?._tag) {
    case undefined:
      return { as: "call", state: closed(0, now) }
    case "Closed": {
      const isForgotten = isOver(state.usedAt, FORGOTTEN_AFTER, now)
      return { as: "call", state: closed(isForgotten ? 0 : state.failures, now) }
    }
    case "Open":
      return isOver(state.openedAt, OPEN_FOR, now)
        ? { as: "probe", state: { ...state, _tag: "Probing" } }
        : { as: "refused", state }
    case "Probing":
      return { as: "refused", state }
  }
}

/** The state after a call that had passed has ended. While a circuit is open, only its probe matters. */
export const settle = (state: State, as: "call" | "probe", outcome: Outcome, now: number): State => {
  if (state._tag === "Closed") {
    if (outcome === "answered") return closed(0, state.usedAt)
    if (outcome === "cancelled") return state
    const failures = state.failures + 1
    return failures < FAILURES
      ? closed(failures, state.usedAt)
      : { _tag: "Open", openedAt: now, cause: outcome.unanswered }
  }
  if (as === "call") return state
  if (outcome === "answered") return closed(0, now)
  // A cancelled probe says nothing, so the next call is one.
  if (outcome === "cancelled") return { ...state, _tag: "Open" }
  return { _tag: "Open", openedAt: now, cause: outcome.unanswered }
}

const isWithoutAnswer = ({ reason }: SourceError): boolean =>
  reason._tag === "Unavailable" || reason._tag === "TimedOut" || reason._tag === "ConnectionLost"

const outcomeOf = (exit: Exit.Exit<unknown, SourceError>): Outcome => {
  if (Exit.isSuccess(exit)) return "answered"
  return Option.match(Cause.findErrorOption(exit.cause), {
    onNone: () => "cancelled",
    onSome: (error) => (isWithoutAnswer(error) ? { unanswered: error.message } : "answered"),
  })
}

/**
 * Reports the state of circuits to the metrics. A series is never removed, so only the first `MAX_REGIONS_AND_ROLES`
 * circuits have one; the others work without.
 */
const stateReporter = () => {
  const shown = new Set<string>()
  return (key: string, { _tag }: State): Effect.Effect<void> => {
    if (shown.size < MAX_REGIONS_AND_ROLES) shown.add(key)
    return shown.has(key)
      ? Metric.update(Metric.withAttributes(circuitOpen, { circuit: key }), _tag === "Open" ? 1 : 0)
      : Effect.void
  }
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

export const make: Effect.Effect<Circuit> = Effect.sync(() => {
  const states = makeLruMap<string, State>(MAX_REGIONS_AND_ROLES)
  const show = stateReporter()

  /** Notes the state after a call. One that was evicted meanwhile begins anew. */
  const end = (key: string, as: "call" | "probe", exit: Exit.Exit<unknown, SourceError>) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const state = settle(states.get(key) ?? closed(0, now), as, outcomeOf(exit), now)
      states.set(key, state)
      return show(key, state)
    })

  // No interruption between admission and call: the circuit would wait for ever for a probe that was never sent.
  return (key) => (call) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const { as, state } = admit(states.get(key), now)
        states.set(key, state)
        if (as !== "refused") return Effect.onExit(restore(call), (exit) => end(key, as, exit))
        const cause = state._tag === "Closed" ? "no reply" : state.cause
        return Effect.andThen(show(key, state), Effect.fail(refusal(key, cause)))
      }),
    )
})
