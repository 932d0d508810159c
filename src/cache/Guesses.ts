/**
 * Bounds what guessing can cost. Functions may ask for any version of a name that config.yaml lists, and each invented
 * label would cost a call of AWS.
 *
 * `Flights` asks here before it fetches something that is not in memory. The fetches that belong to a listed name share a
 * token bucket. A fetch that brings a value gives its token back.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { GUESS_INTERVAL, MOST_GUESSES } from "../config/defaults.ts"
import type { EntryKey } from "../domain/Entry.ts"
import { SourceError, TooManyGuesses } from "../domain/SourceError.ts"

export interface Guesses {
  /**
   * Admits a fetch that belongs to a listed entry, and gives what to wrap around that one fetch. Fails, without a call, when
   * the bucket of the entry is empty.
   */
  readonly admit: (listedAs: EntryKey) => Effect.Effect<Around, SourceError>
}

type Around = <A>(fetch: Effect.Effect<A, SourceError>) => Effect.Effect<A, SourceError>

/** How many may still be asked for, as of `at` (milliseconds since the epoch). */
interface Bucket {
  readonly left: number
  readonly at: number
  /** The log has told of it. It tells again once the bucket has been full in between. */
  readonly isLogged: boolean
}

const FULL: Bucket = { left: MOST_GUESSES, at: 0, isLogged: false }

/** The bucket at `now`. A clock that was set back fills nothing. */
export const refilled = ({ at, isLogged, left }: Bucket, now: number): Bucket => {
  const more = Math.max(0, Math.floor((now - at) / GUESS_INTERVAL))
  if (left + more >= MOST_GUESSES) return { ...FULL, at: now }
  return { left: left + more, at: now < at ? now : at + more * GUESS_INTERVAL, isLogged }
}

const refusal = (listedAs: EntryKey): SourceError =>
  new SourceError({
    reason: new TooManyGuesses({
      detail: `${listedAs}: ${MOST_GUESSES} versions or names were asked for that cannot be read; AWS is asked for one more every ${GUESS_INTERVAL / 1_000} s`,
    }),
  })

/** AWS's answers about something that does not exist or may not be read, and to too many calls. */
const COSTLY: ReadonlySet<string> = new Set(["NotFound", "AccessDenied", "InvalidRequest", "Throttled"])

/** Whether a fetch gives its token back: it brought a value, or AWS did not answer, which the circuit bounds. */
const costsNothing = (exit: Exit.Exit<unknown, SourceError>): boolean => {
  if (Exit.isSuccess(exit)) return true
  const error = Cause.findErrorOption(exit.cause)
  return Option.isSome(error) && !COSTLY.has(error.value.reason._tag)
}

/** A bucket for each listed entry, so that config.yaml bounds their number. */
export const make = (): Guesses => {
  const buckets = new Map<EntryKey, Bucket>()

  const giveBack = (listedAs: EntryKey) => {
    const { left, ...bucket } = buckets.get(listedAs) ?? FULL
    buckets.set(listedAs, { ...bucket, left: Math.min(MOST_GUESSES, left + 1) })
  }

  const take = (listedAs: EntryKey, bucket: Bucket) => {
    buckets.set(listedAs, { ...bucket, left: bucket.left - 1 })
  }

  const bounded =
    (listedAs: EntryKey): Around =>
    (fetch) =>
      Effect.onExit(fetch, (exit) =>
        Effect.sync(() => {
          if (costsNothing(exit)) giveBack(listedAs)
        }),
      )

  const refuse = (listedAs: EntryKey, bucket: Bucket) => {
    buckets.set(listedAs, { ...bucket, isLogged: true })
    const error = refusal(listedAs)
    const logged = bucket.isLogged ? Effect.void : Effect.logWarning(error.message)
    return Effect.andThen(logged, Effect.fail(error))
  }

  return {
    admit: (listedAs) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const bucket = refilled(buckets.get(listedAs) ?? FULL, now)
        if (bucket.left === 0) return refuse(listedAs, bucket)
        take(listedAs, bucket)
        return Effect.succeed(bounded(listedAs))
      }),
  }
}
