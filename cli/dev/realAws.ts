/**
 * Real AWS as the backend of a session, with the caller's own credentials: variables, profiles, SSO, processes, containers, as
 * the AWS SDK finds them. The session itself only reads: nothing is seeded, and the extension has no call that writes.
 *
 * Function and extension get the credentials as Lambda gives them, in variables. Shortly before they expire, they are renewed and
 * the environment restarts.
 */
import { SSMClient } from "@aws-sdk/client-ssm"
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import process from "node:process"
import type { Calls } from "../../local/aws/Calls.ts"
import type { Credentials } from "../../local/lambda/options.ts"
import { requireProfile } from "../aws/profiles.ts"
import { regionOr } from "../aws/region.ts"
import { regionOfProfile } from "../aws/session.ts"
import { CommandFailed, wrongUsage } from "../failures.ts"
import type { Backend } from "./Backend.ts"

export interface RealAwsOptions {
  readonly profile: string | undefined
  readonly region: string | undefined
}

/** Credentials that end sooner are taken anew. */
const RENEW_BEFORE = Duration.minutes(5)

/** How often the clock is compared with the end of the credentials: a laptop may have slept. */
const CHECK_EVERY = Duration.seconds(20)

/** Variables of the caller that say how to reach AWS. */
const CONNECTION =
  /^(?:AWS_ENDPOINT_URL(?:_\w+)?|AWS_USE_(?:FIPS|DUALSTACK)_ENDPOINT|HTTPS_PROXY|https_proxy|NO_PROXY|no_proxy)$/

const connectionVariables = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      CONNECTION.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  )

interface Taken {
  readonly credentials: Credentials
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** The SDK's own search for credentials, by a client that sends nothing. */
const configOf = ({ profile, region }: RealAwsOptions) =>
  new SSMClient({
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
  }).config

const regionOf = Effect.fnUntraced(function* ({
  profile,
  region,
}: RealAwsOptions): Effect.fn.Return<string, CommandFailed> {
  const found = (yield* regionOr(region, undefined)) ?? (yield* regionOfProfile(profile))
  if (found !== undefined) return found
  return yield* wrongUsage(
    "--aws real: found no region; allowed: --region, AWS_REGION, or region in the profile of ~/.aws/config",
  )
})

const take = Effect.fnUntraced(function* (
  options: RealAwsOptions,
  region: string,
): Effect.fn.Return<Taken, CommandFailed> {
  const found = yield* Effect.tryPromise({
    try: () => configOf({ ...options, region }).credentials(),
    catch: (cause) =>
      new CommandFailed({
        reason:
          `--aws real: found no AWS credentials (${messageOf(cause)}). ` +
          "Log in (aws sso login), or choose a profile with --profile or AWS_PROFILE",
      }),
  })
  const { accessKeyId, expiration, secretAccessKey, sessionToken } = found
  if (sessionToken !== undefined) {
    const credentials = { accessKeyId, secretAccessKey, sessionToken }
    return { credentials, expiresAt: expiration?.getTime() ?? Infinity }
  }
  return yield* sessionOf({ accessKeyId, secretAccessKey }, region)
})

/** Keys of a user have no session token, which functions in Lambda always have: STS makes a session of them. */
const sessionOf = (
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string },
  region: string,
) =>
  Effect.acquireUseRelease(
    Effect.sync(() => new STSClient({ region, credentials: keys })),
    (sts) => Effect.tryPromise((abortSignal) => sts.send(new GetSessionTokenCommand({}), { abortSignal })),
    (sts) => Effect.sync(() => sts.destroy()),
  ).pipe(
    Effect.map(({ Credentials: made }): Taken => ({
      credentials: {
        accessKeyId: made?.AccessKeyId ?? keys.accessKeyId,
        secretAccessKey: made?.SecretAccessKey ?? keys.secretAccessKey,
        sessionToken: made?.SessionToken ?? "",
      },
      expiresAt: made?.Expiration?.getTime() ?? Infinity,
    })),
    // Not every user may do this. Without a token everything works but `server.token: required`.
    Effect.orElseSucceed((): Taken => ({ credentials: { ...keys, sessionToken: "" }, expiresAt: Infinity })),
  )

const NO_CALLS: Calls = {
  all: Effect.succeed([]),
  next: () => Effect.never,
  until: () => Effect.never,
  countOf: () => Effect.succeed({ made: 0, throttled: 0 }),
  clear: Effect.void,
}

/** Finds the caller's credentials. Fails with what to do if there are none. */
export const realAws = Effect.fnUntraced(function* (options: RealAwsOptions) {
  yield* requireProfile("--profile", options.profile)
  const region = yield* regionOf(options)
  let taken = yield* take(options, region)
  const renew = Effect.gen(function* () {
    const renewed = yield* take(options, region)
    // If there are no later ones yet, the calls of the SDK tell when these have ended.
    taken = renewed.expiresAt > taken.expiresAt ? renewed : { ...renewed, expiresAt: Infinity }
  })
  const isEnding = Effect.map(
    Clock.currentTimeMillis,
    (now) => taken.expiresAt - now < Duration.toMillis(RENEW_BEFORE),
  )
  const backend: Backend = {
    title: `your AWS account in ${region}${options.profile === undefined ? "" : `, profile ${options.profile}`}`,
    region,
    // Read at each start of a process.
    credentials: {
      get accessKeyId() {
        return taken.credentials.accessKeyId
      },
      get secretAccessKey() {
        return taken.credentials.secretAccessKey
      },
      get sessionToken() {
        return taken.credentials.sessionToken
      },
    },
    variables: connectionVariables(),
    calls: NO_CALLS,
    files: [],
    prepare: Effect.fnUntraced(function* () {
      if (yield* isEnding) yield* renew
      return []
    }),
    expired: Effect.sleep(CHECK_EVERY).pipe(
      Effect.andThen(isEnding),
      Effect.repeat({ until: (ends) => ends }),
      Effect.asVoid,
    ),
  }
  return backend
})
