/**
 * AppConfig Data: sessions and deployed configurations.
 *
 * A token is valid for one poll and for 24 hours. A poll that comes too early is refused. A reply without a body means
 * that nothing has changed. `deploy` replaces AppConfig's other API, with its stages and strategies. Each region has
 * its own configurations.
 * https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html
 */
import { randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AwsError, awsError, type Operation, operation } from "./protocol.ts"

/** A configuration to deploy. */
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
  /** Seconds between two polls, whatever the session requested. AWS's minimum of 15 is long for a test. */
  pollInterval: Schema.optionalKey(Schema.Number),
  region: Schema.optionalKey(Schema.String),
})
export type Configuration = typeof Configuration.Type

/** What tests control. */
export interface AppConfig {
  /** Deploys a configuration at once, replacing the previous one. */
  readonly deploy: (configuration: Configuration) => Effect.Effect<void>
  /** Ages all sessions: tokens expire, poll intervals end. */
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
  /** The configuration of the last reply. */
  readonly delivered: Configuration | undefined
  /** When the token was issued, in epoch milliseconds. */
  readonly issuedAt: number
  /** When the token may be used, in epoch milliseconds. */
  readonly nextPollAt: number
}

/** The name of a configuration, as in the record of calls. */
const configurationName = (application: string, environment: string, profile: string): string =>
  [application, environment, profile].join("/")

const regionKey = (region: string, name: string): string => `${region} ${name}`

const contentBytes = ({ binary, content = "" }: Configuration): Uint8Array =>
  binary === undefined ? Buffer.from(content) : Buffer.from(binary, "base64")

type Problem = "Corrupted" | "Expired" | "PollIntervalNotSatisfied"

const invalidToken = (problem: Problem): AwsError =>
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
      const name = configurationName(
        input.ApplicationIdentifier,
        input.EnvironmentIdentifier,
        input.ConfigurationProfileIdentifier,
      )
      if (!deployed.has(regionKey(region, name))) {
        return yield* awsError("ResourceNotFoundException", `There is no deployment of ${name}`, 404)
      }
      const issuedAt = yield* now
      const interval = input.RequiredMinimumPollIntervalInSeconds ?? DEFAULT_INTERVAL
      const session = { name, region, interval, delivered: undefined, issuedAt, nextPollAt: issuedAt }
      return { InitialConfigurationToken: issue(session) }
    }),
  )

  const getLatestConfiguration = operation(
    GetLatestConfiguration,
    Effect.fnUntraced(function* ({ ConfigurationToken: token }) {
      const session = sessions.get(token)
      const issuedAt = yield* now
      if (session === undefined) return yield* invalidToken("Corrupted")
      if (issuedAt - session.issuedAt > DAY) return yield* invalidToken("Expired")
      if (issuedAt < session.nextPollAt) return yield* invalidToken("PollIntervalNotSatisfied")
      sessions.delete(token)

      const latest = deployed.get(regionKey(session.region, session.name))
      if (latest === undefined) {
        return yield* awsError("ResourceNotFoundException", `There is no deployment of ${session.name}`, 404)
      }
      const interval = latest.pollInterval ?? session.interval
      const nextPollAt = issuedAt + interval * 1_000
      const { label, type = DEFAULT_TYPE } = latest
      return {
        NextPollConfigurationToken: issue({ ...session, delivered: latest, issuedAt, nextPollAt }),
        NextPollIntervalInSeconds: interval,
        ...(latest === session.delivered
          ? {}
          : {
              ContentType: type,
              ...(label === undefined ? {} : { VersionLabel: label }),
              Configuration: contentBytes(latest),
            }),
      }
    }),
  )

  const control: AppConfig = {
    deploy: (configuration) =>
      Effect.sync(() => {
        const { application, environment, profile, region = DEFAULT_REGION } = configuration
        deployed.set(regionKey(region, configurationName(application, environment, profile)), configuration)
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
    /** The configuration of a call. Only AppConfig can tell it from a token. */
    namesIn: (input: Record<string, unknown>): ReadonlyArray<string> => {
      const { ConfigurationToken: token, ...identifiers } = input
      if (token !== undefined) return [sessions.get(String(token))?.name ?? ""].filter((name) => name !== "")
      const { ApplicationIdentifier, EnvironmentIdentifier, ConfigurationProfileIdentifier } = identifiers
      return [[ApplicationIdentifier, EnvironmentIdentifier, ConfigurationProfileIdentifier].join("/")]
    },
  }
}
