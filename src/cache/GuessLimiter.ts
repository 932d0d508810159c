/**
 * A rate limit for guesses. Functions may request any version of a name that config.yaml lists, and each made-up label
 * would cost an AWS call.
 *
 * Each listed name has a token bucket for fetches of versions that are not in memory. A fetch that returns a value costs no
 * token. If the fetches under way might use up all tokens, the next one waits for them.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { GUESS_INTERVAL, MOST_GUESSES } from "../domain/defaults.ts"
import type { EntryKey } from "../domain/Entry.ts"
import { SourceError, TooManyGuesses } from "../domain/SourceError.ts"

export interface GuessLimiter {
  /**
   * Limits a fetch of a version of a listed entry. The fetch waits while those under way might empty the bucket, and fails
   * without a call once it is empty.
   */
  readonly limit: <A>(
    listedAs: EntryKey,
    fetch: Effect.Effect<A, SourceError>,
  ) => Effect.Effect<A, SourceError>
}

/** `left`: the number of tokens at `at`, which is in milliseconds since the epoch. */
interface Bucket {
  readonly left: number
  readonly at: number
  /** Whether the refusal has been logged. It is logged again only if the bucket has been full in between. */
  readonly isLogged: boolean
}

const FULL: Bucket = { left: MOST_GUESSES, at: 0, isLogged: false }

/** The bucket at `now`. It gains no tokens if the clock was set back. */
const refilled = ({ at, isLogged, left }: Bucket, now: number): Bucket => {
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

/** Failures that cost a token: there is no such version, it may not be read, or there were too many calls. */
const COSTLY: ReadonlySet<string> = new Set(["NotFound", "AccessDenied", "InvalidRequest", "Throttled"])

/** Whether a fetch costs no token: it returned a value, or AWS did not answer, which the circuit breaker limits. */
const costsNothing = (exit: Exit.Exit<unknown, SourceError>): boolean => {
  if (Exit.isSuccess(exit)) return true
  const error = Cause.findErrorOption(exit.cause)
  return Option.isSome(error) && !COSTLY.has(error.value.reason._tag)
}

/** The state of a listed entry. */
interface Account {
  bucket: Bucket
  /** Fetches under way; each may cost a token. */
  underWay: number
  /** Completed when one of them ends. */
  ended: Deferred.Deferred<void>
}

const open = (): Account => ({ bucket: FULL, underWay: 0, ended: Deferred.makeUnsafe() })

const refuse = (account: Account, listedAs: EntryKey) => {
  const { isLogged } = account.bucket
  account.bucket = { ...account.bucket, isLogged: true }
  const error = refusal(listedAs)
  return Effect.andThen(isLogged ? Effect.void : Effect.logWarning(error.message), Effect.fail(error))
}

const admit = Effect.fnUntraced(function* (account: Account, listedAs: EntryKey) {
  for (;;) {
    account.bucket = refilled(account.bucket, yield* Clock.currentTimeMillis)
    if (account.underWay < account.bucket.left) break
    if (account.underWay === 0) return yield* refuse(account, listedAs)
    yield* Deferred.await(account.ended)
  }
  account.underWay += 1
})

const end = (account: Account, exit: Exit.Exit<unknown, SourceError>) => {
  const { ended } = account
  account.underWay -= 1
  account.ended = Deferred.makeUnsafe()
  if (!costsNothing(exit)) {
    account.bucket = { ...account.bucket, left: Math.max(0, account.bucket.left - 1) }
  }
  return Deferred.succeed(ended, undefined)
}

/** Only listed entries have accounts, so config.yaml bounds their number. */
export const make = (): GuessLimiter => {
  const accounts = new Map<EntryKey, Account>()

  return {
    limit: (listedAs, fetch) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.suspend(() => {
          const account = accounts.get(listedAs) ?? open()
          accounts.set(listedAs, account)
          return Effect.andThen(
            restore(admit(account, listedAs)),
            Effect.onExit(restore(fetch), (exit) => Effect.suspend(() => end(account, exit))),
          )
        }),
      ),
  }
}
