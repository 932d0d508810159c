/**
 * Credentials that end, and how they are renewed: those of assumed roles (`Roles.ts`), and those of the container
 * endpoint (`awsCredentials.ts`). `AwsClients` imports this module with the first call that needs one of them.
 *
 * Credentials are obtained once for everyone who needs them and renewed in the background before they expire. If renewal
 * fails, they are used until they expire. If AWS refuses them, new ones are obtained. Time is the wall clock, so that
 * credentials that expired during a freeze are not used.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { SourceError } from "../domain/SourceError.ts"
import type { Credentials } from "./awsCredentials.ts"
import { timedOut } from "./awsErrors.ts"
import { MOST_PLACES, recent } from "./recent.ts"
import { ATTEMPT_TIMEOUT } from "../sources/retry.ts"

/** How long before they expire credentials are renewed: longer than any call that is signed with them. */
const RENEW_BEFORE = Duration.toMillis("5 minutes")

/** The pause before another attempt to renew credentials that are still valid. */
const RENEW_AGAIN = Duration.toMillis("5 seconds")

/** How often refused credentials are replaced at most: if AWS refuses the new ones too, more attempts do not help. */
const REFUSED_AGAIN = Duration.toMillis("1 second")

/** A waiting call must learn of a failure before its own attempt times out, so that its retry can obtain credentials again. */
const PATIENCE = Duration.times(ATTEMPT_TIMEOUT, 0.9)

export interface Sessions {
  /** The credentials of a key, valid now. Fails if they cannot be obtained. */
  readonly credentials: (key: string) => Effect.Effect<Credentials, SourceError>
  /** Drops credentials that AWS refused, so that new ones are obtained, unless they have been replaced already. */
  readonly refused: (key: string, used: Credentials) => Effect.Effect<void>
}

/** Credentials, and until when they are used. In milliseconds since the epoch. */
interface Session {
  readonly credentials: Credentials
  readonly renewAt: number
  readonly endsAt: number
}

/**
 * When credentials that came at `now` are to be renewed, and when they end. Without an end, or with one that has passed
 * already, as when a clock is wrong, AWS's word decides.
 */
export const sessionFrom = (credentials: Credentials, now: number): Session => {
  const end = credentials.expiration?.getTime()
  if (end === undefined) return { credentials, renewAt: now + RENEW_BEFORE, endsAt: Infinity }
  if (end <= now) return { credentials, renewAt: now + RENEW_AGAIN, endsAt: now + RENEW_AGAIN }
  return { credentials, renewAt: Math.min(end, Math.max(end - RENEW_BEFORE, now + RENEW_AGAIN)), endsAt: end }
}

/** Sessions over what obtains the credentials of a key. The scope ends what is under way. */
export const makeSessions = (
  obtain: (key: string) => Effect.Effect<Credentials, SourceError>,
): Effect.Effect<Sessions, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sessions = recent<string, Session>(MOST_PLACES)
    const refusals = recent<string, number>(MOST_PLACES)
    const renewals = yield* FiberMap.make<string, Credentials, SourceError>()

    /** The session that is good at `now`. */
    const goodAt = (key: string, now: number): Session | undefined => {
      const session = sessions.get(key)
      return session !== undefined && now < session.endsAt ? session : undefined
    }

    const keep = (key: string, credentials: Credentials) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const old = goodAt(key, now)
        const session = sessionFrom(credentials, now)
        // An endpoint may give once more what it gave before.
        if (old === undefined || session.endsAt >= old.endsAt) sessions.set(key, session)
        else sessions.set(key, { ...old, renewAt: now + RENEW_AGAIN })
      })

    const postpone = (key: string) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const old = goodAt(key, now)
        if (old !== undefined) sessions.set(key, { ...old, renewAt: now + RENEW_AGAIN })
      })

    const renewal = (key: string) =>
      obtain(key).pipe(
        Effect.timeoutOrElse({
          duration: PATIENCE,
          orElse: () => Effect.fail(timedOut(`no credentials${key === "" ? "" : ` for ${key}`} in time`)),
        }),
        Effect.tap((credentials) => keep(key, credentials)),
        Effect.tapError(() => postpone(key)),
      )

    /** The renewal under way, or a new one, looked for and begun in one step. It goes on whoever leaves. */
    const renew = (key: string) =>
      Effect.map(FiberMap.runtime(renewals)(), (fork) =>
        Option.getOrElse(FiberMap.getUnsafe(renewals, key), () => fork(key, renewal(key))),
      )

    return {
      credentials: Effect.fnUntraced(function* (key) {
        const now = yield* Clock.currentTimeMillis
        const session = goodAt(key, now)
        if (session !== undefined && now < session.renewAt) return session.credentials
        const renewing = yield* renew(key)
        return session === undefined ? yield* Fiber.join(renewing) : session.credentials
      }),
      refused: (key, used) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const last = refusals.get(key) ?? -Infinity
          const isJustRenewed = now >= last && now - last < REFUSED_AGAIN
          if (sessions.get(key)?.credentials !== used || isJustRenewed) return
          sessions.delete(key)
          refusals.set(key, now)
        }),
    }
  })
