/**
 * AppConfig Data: sessions, and what is deployed.
 *
 * Tokens are good for one question and for 24 hours, a question that comes too early is refused, and an answer without a
 * body means that nothing has changed. What is deployed is put here by `deploy`, in place of AppConfig's other API, with
 * its stages and strategies. Each region has configurations of its own.
 */
import { randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AwsError, awsError, type Operation, operation } from "./protocol.ts"

/** What is to be deployed. */
export const Configuration = Schema.Struct({
  application: Schema.String,
  environment: Schema.String,
  profile: Schema.String,
  content: Schema.optionalKey(Schema.String),
  /** Base64, instead of `content`. */
  binary: Schema.optionalKey(Schema.String),
  /** The media type. Default application/json. */
  type: Schema.optionalKey(Schema.String),
  label: Schema.optionalKey(Schema.String),
  /** Seconds between two questions, whatever the session asked for: AWS's least, 15, is long for a test. */
  pollInterval: Schema.optionalKey(Schema.Number),
  region: Schema.optionalKey(Schema.String),
})
export type Configuration = typeof Configuration.Type

/** What tests do to AppConfig from behind. */
export interface AppConfig {
  /** Deploys a configuration in place of the one before, at once and everywhere. */
  readonly deploy: (configuration: Configuration) => Effect.Effect<void>
  /** Lets time pass for all sessions: tokens grow older, intervals end. */
  readonly elapse: (time: Duration.Input) => Effect.Effect<void>
}

const DEFAULT_REGION = "us-east-1"
const DEFAULT_TYPE = "application/json"
const DAY = Duration.toMillis("24 hours")
const DEFAULT_INTERVAL = 60
const MIN_INTERVAL = 15
const MAX_INTERVAL = 86_400
const MAX_IDENTIFIER_LENGTH = 128

const StartConfigurationSession = Schema.Struct({
  ApplicationIdentifier: Schema.String,
  EnvironmentIdentifier: Schema.String,
  ConfigurationProfileIdentifier: Schema.String,
  RequiredMinimumPollIntervalInSeconds: Schema.optionalKey(Schema.Number),
})
const GetLatestConfiguration = Schema.Struct({ ConfigurationToken: Schema.String })

interface Session {
  readonly name: string
  readonly region: string
  /** Seconds. */
  readonly interval: number
  /** What the session brought last. */
  readonly seen: Configuration | undefined
  /** Of the token; epoch milliseconds. */
  readonly issuedAt: number
  /** When the token may be used. */
  readonly nextPollAt: number
}

/** The name of a configuration, as in the record of calls. */
const nameOf = (application: string, environment: string, profile: string): string =>
  [application, environment, profile].join("/")

const keyOf = (region: string, name: string): string => `${region} ${name}`

const contentOf = ({ binary, content = "" }: Configuration): Uint8Array =>
  binary === undefined ? Buffer.from(content) : Buffer.from(binary, "base64")

type Problem = "Corrupted" | "Expired" | "PollIntervalNotSatisfied"

const refusedToken = (problem: Problem): AwsError =>
  new AwsError({
    type: "BadRequestException",
    status: 400,
    detail: "Request contains an invalid parameter: ConfigurationToken",
    members: {
      Reason: "InvalidParameters",
      Details: { InvalidParameters: { ConfigurationToken: { Problem: problem } } },
    },
  })

const isIdentifier = (text: string): boolean => text.length > 0 && text.length <= MAX_IDENTIFIER_LENGTH

const check = (input: typeof StartConfigurationSession.Type): AwsError | undefined => {
  const { RequiredMinimumPollIntervalInSeconds: interval = DEFAULT_INTERVAL, ...identifiers } = input
  if (!Object.values(identifiers).every(isIdentifier)) {
    return awsError("BadRequestException", `An identifier has 1 to ${MAX_IDENTIFIER_LENGTH} characters`)
  }
  return interval >= MIN_INTERVAL && interval <= MAX_INTERVAL
    ? undefined
    : awsError("BadRequestException", `The poll interval is ${MIN_INTERVAL} to ${MAX_INTERVAL} seconds`)
}

/** AppConfig with nothing deployed. */
export const makeAppConfig = () => {
  const deployed = new Map<string, Configuration>()
  const sessions = new Map<string, Session>()
  let elapsed = 0

  const now = Effect.map(Clock.currentTimeMillis, (millis) => millis + elapsed)

  const issue = (session: Session): string => {
    const token = randomBytes(48).toString("base64")
    sessions.set(token, session)
    return token
  }

  const startConfigurationSession = operation(
    StartConfigurationSession,
    Effect.fnUntraced(function* (input, { region }) {
      const refusal = check(input)
      if (refusal !== undefined) return yield* refusal
      const name = nameOf(
        input.ApplicationIdentifier,
        input.EnvironmentIdentifier,
        input.ConfigurationProfileIdentifier,
      )
      if (!deployed.has(keyOf(region, name))) {
        return yield* awsError("ResourceNotFoundException", `There is no deployment of ${name}`, 404)
      }
      const issuedAt = yield* now
      const interval = input.RequiredMinimumPollIntervalInSeconds ?? DEFAULT_INTERVAL
      const session = { name, region, interval, seen: undefined, issuedAt, nextPollAt: issuedAt }
      return { InitialConfigurationToken: issue(session) }
    }),
  )

  const getLatestConfiguration = operation(
    GetLatestConfiguration,
    Effect.fnUntraced(function* ({ ConfigurationToken: token }) {
      const session = sessions.get(token)
      const issuedAt = yield* now
      if (session === undefined) return yield* refusedToken("Corrupted")
      if (issuedAt - session.issuedAt > DAY) return yield* refusedToken("Expired")
      if (issuedAt < session.nextPollAt) return yield* refusedToken("PollIntervalNotSatisfied")
      sessions.delete(token)

      const latest = deployed.get(keyOf(session.region, session.name))
      if (latest === undefined) {
        return yield* awsError("ResourceNotFoundException", `There is no deployment of ${session.name}`, 404)
      }
      const interval = latest.pollInterval ?? session.interval
      const nextPollAt = issuedAt + interval * 1_000
      const { label, type = DEFAULT_TYPE } = latest
      return {
        NextPollConfigurationToken: issue({ ...session, seen: latest, issuedAt, nextPollAt }),
        NextPollIntervalInSeconds: interval,
        ...(latest === session.seen
          ? {}
          : {
              ContentType: type,
              ...(label === undefined ? {} : { VersionLabel: label }),
              Configuration: contentOf(latest),
            }),
      }
    }),
  )

  const control: AppConfig = {
    deploy: (configuration) =>
      Effect.sync(() => {
        const { application, environment, profile, region = DEFAULT_REGION } = configuration
        deployed.set(keyOf(region, nameOf(application, environment, profile)), configuration)
      }),
    elapse: (time) =>
      Effect.sync(() => {
        elapsed += Duration.toMillis(Duration.fromInputUnsafe(time))
      }),
  }

  return {
    control,
    operations: new Map<string, Operation>([
      ["StartConfigurationSession", startConfigurationSession],
      ["GetLatestConfiguration", getLatestConfiguration],
    ]),
    /** The configuration that a call is about, which a token tells to AppConfig alone. */
    namesTouched: (input: Record<string, unknown>): ReadonlyArray<string> => {
      const { ConfigurationToken: token, ...identifiers } = input
      if (token !== undefined) return [sessions.get(String(token))?.name ?? ""].filter((name) => name !== "")
      const { ApplicationIdentifier, EnvironmentIdentifier, ConfigurationProfileIdentifier } = identifiers
      return [[ApplicationIdentifier, EnvironmentIdentifier, ConfigurationProfileIdentifier].join("/")]
    },
  }
}
