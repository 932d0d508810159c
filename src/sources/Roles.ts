/**
 * Credentials of other roles than the function's, for sections with `role_arn`: AssumeRole of STS, with the function's
 * own credentials.
 *
 * `AwsClients` imports this module, and with it the client of STS, when the first call as another role is due. A role
 * is assumed once for all who need it, and anew before its credentials end.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
import { AssumeRoleCommand, type AssumeRoleResponse, STSClient } from "@aws-sdk/client-sts"
import * as Cache from "effect/Cache"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { SourceError } from "../domain/SourceError.ts"
import type { Credentials } from "./awsCredentials.ts"
import { timedOut, unavailable } from "./awsErrors.ts"
import type { ClientOptions } from "./AwsClients.ts"
import { ATTEMPT_TIMEOUT } from "./retry.ts"
import { send } from "./send.ts"

/** So long before their end credentials are replaced: longer than any call that is signed with them. */
const RENEW_BEFORE = Duration.minutes(5)

/** After how long STS is asked again where it failed to replace credentials that are still good. */
const RENEW_AGAIN = Duration.seconds(5)

/** Credentials that end. */
export interface Session extends Credentials {
  readonly expiration: Date
}

export interface Roles {
  /** The credentials of a role, valid for minutes at least. Fails as AssumeRole does. */
  readonly credentials: (roleArn: string) => Effect.Effect<Credentials, SourceError>
  /** Has the role assumed anew, when AWS did not take its credentials. */
  readonly forget: (roleArn: string) => Effect.Effect<void>
}

const untilRenewal = ({ expiration }: Session, now: number): Duration.Duration =>
  Duration.millis(Math.max(0, expiration.getTime() - now - Duration.toMillis(RENEW_BEFORE)))

/** Roles over what assumes one. Time is the wall clock, so that a session that ended during a freeze is not used. */
export const makeRoles = (
  assume: (roleArn: string) => Effect.Effect<Session, SourceError>,
): Effect.Effect<Roles> =>
  Effect.gen(function* () {
    /** The last session of each role: good until its end where STS fails. */
    const last = new Map<string, Session>()
    const assumed = Effect.fnUntraced(function* (roleArn: string) {
      const session = yield* Effect.result(assume(roleArn))
      const now = yield* Clock.currentTimeMillis
      if (Result.isSuccess(session)) {
        last.set(roleArn, session.success)
        return { session: session.success, timeToLive: untilRenewal(session.success, now) }
      }
      const old = last.get(roleArn)
      if (old === undefined || old.expiration.getTime() <= now) return yield* session.failure
      return { session: old, timeToLive: RENEW_AGAIN }
    })
    const sessions = yield* Cache.makeWith(assumed, {
      capacity: Number.POSITIVE_INFINITY,
      // A refusal is not kept: whether to ask again is decided where the call is retried.
      timeToLive: Exit.match({ onFailure: () => Duration.zero, onSuccess: ({ timeToLive }) => timeToLive }),
    })
    return {
      credentials: (roleArn) => Effect.map(Cache.get(sessions, roleArn), ({ session }) => session),
      forget: (roleArn) =>
        Effect.andThen(
          Effect.sync(() => last.delete(roleArn)),
          Cache.invalidate(sessions, roleArn),
        ),
    }
  })

const sessionOf = ({ Credentials: given }: AssumeRoleResponse): Session | undefined => {
  const { AccessKeyId, Expiration, SecretAccessKey, SessionToken } = given ?? {}
  return AccessKeyId && SecretAccessKey && SessionToken && Expiration
    ? {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: Expiration,
      }
    : undefined
}

const DEFAULT_SESSION_NAME = "cache-extension"

/** Who it was, in CloudTrail: the function. AWS takes 2 to 64 of these characters. */
export const sessionNameOf = (functionName: string | undefined): string => {
  const name = (functionName ?? "").replaceAll(/[^\w+=,.@-]/g, "-").slice(0, 64)
  return name.length < 2 ? DEFAULT_SESSION_NAME : name
}

/** Roles over STS. */
export const make = (
  options: ClientOptions,
  functionName: string | undefined,
): Effect.Effect<Roles, never, Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* Effect.acquireRelease(
      Effect.sync(() => new STSClient(options)),
      (client) => Effect.sync(() => client.destroy()),
    )
    const RoleSessionName = sessionNameOf(functionName)
    return yield* makeRoles((RoleArn) =>
      send("STS", "AssumeRole", (sending) =>
        client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }), sending),
      ).pipe(
        // Whoever joins waits for the same call: it must not outlast the patience of the first.
        Effect.timeoutOrElse({
          duration: ATTEMPT_TIMEOUT,
          orElse: () => Effect.fail(timedOut(`STS did not answer for ${RoleArn}`)),
        }),
        Effect.flatMap((reply) => {
          const session = sessionOf(reply)
          return session === undefined
            ? Effect.fail(unavailable(`STS sent no credentials for ${RoleArn}`))
            : Effect.succeed(session)
        }),
      ),
    )
  })
