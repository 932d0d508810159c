/**
 * Which failed calls are retried, and how. The reason alone decides, for every source.
 *
 * A failure that a new connection or signature can fix is retried once, immediately: after a freeze, connections are dead
 * and signatures too old. Throttling and server errors back off with full jitter.
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { attemptTimeoutIn, READ_BUDGET } from "../domain/defaults.ts"
import { type SourceError, timedOut } from "../domain/SourceError.ts"
import type { Rounds } from "../kinds/Source.ts"
import * as Progress from "./Progress.ts"

/** How long one attempt may take if the fetch has no budget of its own. */
export const ATTEMPT_TIMEOUT = Duration.millis(attemptTimeoutIn(READ_BUDGET))

/** The upper bound of the first back-off pause; it doubles with each retry, and the pause is random below it. */
export const FIRST_PAUSE = Duration.millis(100)

/** How often a call to a throttling or failing service is retried. */
export const BACKOFF_RETRIES = 3

type RetryRule = "never" | "once" | "backoff"

/** The rule for a reason. */
export const retryRule = ({ reason }: SourceError): RetryRule => {
  switch (reason._tag) {
    case "ConnectionLost":
    case "BadSignature":
    case "ExpiredCredentials":
    case "RefusedCredentials":
    case "TimedOut":
      return "once"
    case "Throttled":
    case "Unavailable":
      return "backoff"
    case "NotFound":
    case "AccessDenied":
    case "InvalidRequest":
    case "TooLarge":
    case "CircuitOpen":
    case "TooManyGuesses":
      return "never"
  }
}

const fullJitter = Schedule.exponential(FIRST_PAUSE).pipe(
  Schedule.modifyDelay(({ duration }) => Effect.map(Random.next, (share) => Duration.times(duration, share))),
  Schedule.upTo({ times: BACKOFF_RETRIES }),
)

/** Runs a call with the attempt time-out, and with the retries that the rule for its failure allows. */
export const withRetries = <A>(
  call: Effect.Effect<A, SourceError>,
  attemptTimeout: Duration.Duration = ATTEMPT_TIMEOUT,
): Effect.Effect<A, SourceError> =>
  call.pipe(
    Effect.timeoutOrElse({
      duration: attemptTimeout,
      orElse: () => Effect.fail(timedOut(`no answer within ${Duration.toMillis(attemptTimeout)} ms`)),
    }),
    Effect.retry({ times: 1, while: (error) => retryRule(error) === "once" }),
    Effect.retry({ schedule: fullJitter, while: (error) => retryRule(error) === "backoff" }),
  )

/** The first and the longest pause of `retryTransient`; the actual pause is at least half of it. */
const FIRST_WAIT = Duration.millis(200)
const LONGEST_WAIT = Duration.seconds(1)

const PASSING: ReadonlySet<string> = new Set(["Throttled", "Unavailable", "ConnectionLost", "CircuitOpen"])

/** Whether a failure may pass by itself within seconds. Time-outs are excluded, as they leave no time for another attempt. */
export const isTransient = ({ reason }: SourceError): boolean => PASSING.has(reason._tag)

const waits = Schedule.exponential(FIRST_WAIT).pipe(
  Schedule.modifyDelay(({ duration }) =>
    Effect.map(Random.next, (share) => Duration.times(Duration.min(duration, LONGEST_WAIT), (1 + share) / 2)),
  ),
)

/** How hard to try. Times in milliseconds. */
export interface Effort {
  /** How long a fetch may go without progress. */
  readonly budget: number
  /** How long transient failures are retried. 0: they are not. */
  readonly retryFor: number
  /** Records progress. If absent, the fetch is a single call. */
  readonly progress?: Progress.Progress
  /** How long one attempt may take. By default two fit into the budget. */
  readonly attemptTimeout?: number
}

/** `retryTransient` ends this long before the budget does, to report AWS's last error instead of a time-out. */
const BEFORE_THE_END = 50

/**
 * Repeats a fetch until it succeeds, fails for good, or `retryFor` has passed. Used for reads that have no old value to
 * serve. Such reads also outlast an open circuit, because the next call that it lets through may be answered.
 */
export const retryTransient =
  ({ budget, retryFor, progress: noted }: Effort) =>
  <A>(fetch: Effect.Effect<A, SourceError>): Effect.Effect<A, SourceError> =>
    retryFor <= 0
      ? fetch
      : Effect.gen(function* () {
          const startedAt = yield* Clock.currentTimeMillis
          const progress = noted ?? (yield* Progress.make)
          const elapsed = Effect.map(Clock.currentTimeMillis, (now) => now - startedAt)
          let last: SourceError | undefined
          const untilTheEnd = (error: SourceError) =>
            Effect.flatMap(elapsed, (ms) =>
              Progress.untilSilent({
                progress,
                budget: Math.max(0, budget - BEFORE_THE_END),
                first: Math.max(0, budget - BEFORE_THE_END - ms),
                orElse: () => error,
              })(fetch),
            )
          return yield* Effect.suspend(() => (last === undefined ? fetch : untilTheEnd(last))).pipe(
            Effect.tapError((error) => Effect.sync(() => (last = error))),
            Effect.retry({
              schedule: waits,
              while: (error) => Effect.map(elapsed, (ms) => isTransient(error) && ms < retryFor),
            }),
          )
        })

/**
 * How often a page is fetched again after a transient failure, with pauses and its own retries each time. Few enough to end
 * with AWS's error before a read's budget (2.5 s) passes without progress.
 */
const PAGE_RETRIES = 2
const pagePauses = Schedule.exponential("200 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: PAGE_RETRIES }),
)

/** How many pages in a row may bring nothing new. AWS may send empty pages. */
export const EMPTY_PAGES = 100

/** Whether the failure may pass, so that the pages received so far are worth another attempt. */
const isWorthRetrying = (error: SourceError): boolean =>
  isTransient(error) || error.reason._tag === "TimedOut"

/**
 * A page behind the first, of a value whose pages come one after the other. It is fetched again by itself, so that a failure
 * does not lose the pages before it. `what` names the value.
 */
export const furtherPage = <A>(
  page: Effect.Effect<A, SourceError>,
  { isWanted }: Pick<Rounds, "isWanted">,
  what: string,
): Effect.Effect<A, SourceError> =>
  Effect.retry(
    // During a pause, everyone who waited may have left.
    Effect.suspend(() =>
      isWanted() ? page : Effect.fail(timedOut(`nobody waits for the pages of ${what}`)),
    ),
    { schedule: pagePauses, while: (error) => isWorthRetrying(error) && isWanted() },
  )
