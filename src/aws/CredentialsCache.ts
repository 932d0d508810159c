/**
 * A cache of credentials that expire: those of assumed roles (`assumeRole.ts`) and those of the container endpoint
 * (`functionCredentials.ts`). `AwsClients` imports this module on the first call that needs one of them.
 *
 * Callers share one request for new credentials. Credentials are renewed in the background before they expire. If that
 * fails, they are used until they expire; if AWS refuses them, new ones are obtained. Expiry is checked against the wall
 * clock, so that credentials that expired during a freeze are not used.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { type SourceError, timedOut } from "../domain/SourceError.ts"
import type { Credentials } from "./functionCredentials.ts"
import { makeLruMap, MAX_REGIONS_AND_ROLES } from "./LruMap.ts"
import { attemptTimeoutIn, READ_BUDGET } from "../domain/defaults.ts"

/** How long before expiry credentials are renewed, in milliseconds: longer than any call that they sign. */
const RENEW_BEFORE = Duration.toMillis("5 minutes")

/** The pause before another attempt to renew credentials that are still valid, in milliseconds. */
const RETRY_INTERVAL = Duration.toMillis("5 seconds")

/**
 * The shortest interval between two replacements of refused credentials, in milliseconds. If AWS refuses the new ones too,
 * replacing them more often does not help.
 */
const INVALIDATION_INTERVAL = Duration.toMillis("1 second")

/** Shorter than an attempt, so that the caller learns of the failure before its attempt times out and can retry. */
const OBTAIN_TIMEOUT = Duration.millis(attemptTimeoutIn(READ_BUDGET) * 0.9)

export interface CredentialsCache {
  /** Valid credentials for a key. Fails if they cannot be obtained. */
  readonly get: (key: string) => Effect.Effect<Credentials, SourceError>
  /** Drops credentials that AWS refused, unless they have been replaced already. */
  readonly invalidate: (key: string, used: Credentials) => Effect.Effect<void>
}

/** Times in epoch milliseconds. */
interface CacheEntry {
  readonly credentials: Credentials
  readonly renewAt: number
  readonly expiresAt: number
}

/**
 * The entry for credentials that were obtained at `now`. If they have no expiration, or one in the past because a clock is
 * wrong, only a refusal by AWS shows that they have expired.
 */
export const cacheEntry = (credentials: Credentials, now: number): CacheEntry => {
  const expiresAt = credentials.expiration?.getTime()
  if (expiresAt === undefined) return { credentials, renewAt: now + RENEW_BEFORE, expiresAt: Infinity }
  const soon = now + RETRY_INTERVAL
  if (expiresAt <= now) return { credentials, renewAt: soon, expiresAt: soon }
  return { credentials, renewAt: Math.min(expiresAt, Math.max(expiresAt - RENEW_BEFORE, soon)), expiresAt }
}

/**
 * A cache over `obtain`, which gets new credentials for a key and is given up after `obtainTimeout`. The scope interrupts
 * renewals under way.
 */
export const makeCredentialsCache = (
  obtain: (key: string) => Effect.Effect<Credentials, SourceError>,
  obtainTimeout: Duration.Duration = OBTAIN_TIMEOUT,
): Effect.Effect<CredentialsCache, never, Scope.Scope> =>
  Effect.gen(function* () {
    const entries = makeLruMap<string, CacheEntry>(MAX_REGIONS_AND_ROLES)
    const invalidatedAt = makeLruMap<string, number>(MAX_REGIONS_AND_ROLES)
    const renewals = yield* FiberMap.make<string, Credentials, SourceError>()

    const validEntry = (key: string, now: number): CacheEntry | undefined => {
      const entry = entries.get(key)
      return entry !== undefined && now < entry.expiresAt ? entry : undefined
    }

    const keep = (key: string, credentials: Credentials) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const old = validEntry(key, now)
        const entry = cacheEntry(credentials, now)
        // An endpoint may repeat credentials that it gave before.
        if (old === undefined || entry.expiresAt >= old.expiresAt) entries.set(key, entry)
        else entries.set(key, { ...old, renewAt: now + RETRY_INTERVAL })
      })

    const postponeRenewal = (key: string) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const old = validEntry(key, now)
        if (old !== undefined) entries.set(key, { ...old, renewAt: now + RETRY_INTERVAL })
      })

    const renewal = (key: string) =>
      obtain(key).pipe(
        Effect.timeoutOrElse({
          duration: obtainTimeout,
          orElse: () => Effect.fail(timedOut(`no credentials${key === "" ? "" : ` for ${key}`} in time`)),
        }),
        Effect.tap((credentials) => keep(key, credentials)),
        Effect.tapError(() => postponeRenewal(key)),
      )

    /** Joins the renewal under way or starts one, in one step. It continues even if its callers leave. */
    const renew = (key: string) =>
      Effect.map(FiberMap.runtime(renewals)(), (fork) =>
        Option.getOrElse(FiberMap.getUnsafe(renewals, key), () => fork(key, renewal(key))),
      )

    return {
      get: Effect.fnUntraced(function* (key) {
        const now = yield* Clock.currentTimeMillis
        const entry = validEntry(key, now)
        if (entry !== undefined && now < entry.renewAt) return entry.credentials
        const renewing = yield* renew(key)
        return entry === undefined ? yield* Fiber.join(renewing) : entry.credentials
      }),
      invalidate: (key, used) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const last = invalidatedAt.get(key) ?? -Infinity
          const isTooSoon = now >= last && now - last < INVALIDATION_INTERVAL
          if (entries.get(key)?.credentials !== used || isTooSoon) return
          entries.delete(key)
          invalidatedAt.set(key, now)
        }),
    }
  })
