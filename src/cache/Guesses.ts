/**
 * Bounds what guessing can cost: `on_demand: deny` lets functions ask for other versions of what config.yaml lists, and
 * each label that somebody invents would cost a call of AWS.
 *
 * `Flights` asks here before a fetch of something that nothing is known of. The fetches of a listed name share a token
 * bucket; what is there costs nothing, so that whoever reads real versions never notices.
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
   * Admits a fetch of something that belongs to a listed entry: gives what is to be put around that one fetch. Fails, without a
   * call, where no further one may be asked for now.
   */
  readonly admit: (listedAs: EntryKey) => Effect.Effect<Around, SourceError>
}

type Around = <A>(fetch: Effect.Effect<A, SourceError>) => Effect.Effect<A, SourceError>

/** How many may still be asked for, as of `at` (milliseconds since the epoch). */
interface Bucket {
  readonly left: number
  readonly at: number
  /** The log has told of it. It tells again when the bucket has been full meanwhile. */
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
      detail: `${listedAs}: ${MOST_GUESSES} versions or names were asked for that cannot be read, so AWS is not asked for another one now; one more is each ${GUESS_INTERVAL / 1_000} s`,
    }),
  })

/** What AWS says of something that is not there, or not to be read; and that it is asked for too much. */
const COSTLY: ReadonlySet<string> = new Set(["NotFound", "AccessDenied", "InvalidRequest", "Throttled"])

/** Whether a fetch shows that nothing was guessed, or that AWS has not answered, which the circuit bounds. */
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
