/**
 * Fetches configurations from AWS AppConfig Data.
 *
 * A configuration is polled in a session. Each reply contains the token for the next poll, the earliest time for it, and a
 * body only if the configuration has changed. So a session belongs to the value that it returned: the cache passes in the
 * value that it holds, and the session is garbage once the cache drops the value.
 * https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_Operations_AWS_AppConfig_Data.html
 */
import {
  type AppConfigDataClient,
  GetLatestConfigurationCommand,
  type GetLatestConfigurationCommandInput,
  StartConfigurationSessionCommand,
} from "@aws-sdk/client-appconfigdata"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { accessText } from "../../../domain/Address.ts"
import type { ConfigurationAddress } from "../address.ts"
import type { Value } from "../../../domain/Entry.ts"
import type { SourceError } from "../../../domain/SourceError.ts"
import { AwsClients } from "../../../aws/AwsClients.ts"
import { makeClient, type ServiceProtocol } from "../../../aws/client.ts"
import { pickDetails } from "../../../aws/details.ts"
import { restJsonProtocol } from "../../../aws/restJsonProtocol.ts"
import { decodeBody, mediaType } from "../../content.ts"
import { checked, type ReplyOf } from "./replies.ts"
import { APPCONFIGDATA } from "../service.ts"
import type { Source } from "../../Source.ts"

/** No number is NaN, which the check of the reply refuses. */
const numberIn = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text)

/** As in the SDK: the traits of its schemas, and `runtimeConfig.shared` of its client. */
export const PROTOCOL: ServiceProtocol = {
  make: () =>
    restJsonProtocol({
      StartConfigurationSession: "/configurationsessions",
      GetLatestConfiguration: {
        path: "/configuration",
        query: (input) => ({
          configuration_token: (input as GetLatestConfigurationCommandInput).ConfigurationToken ?? "",
        }),
        reply: ({ body, headers }) => ({
          NextPollConfigurationToken: headers["next-poll-configuration-token"],
          NextPollIntervalInSeconds: numberIn(headers["next-poll-interval-in-seconds"]),
          ContentType: headers["content-type"],
          VersionLabel: headers["version-label"],
          Configuration: body as Uint8Array,
        }),
      },
    }),
  signingName: "appconfig",
}

/** The shortest poll interval that AppConfig grants, in seconds. */
const POLL_INTERVAL = 15

/** The state of a session. Times in epoch milliseconds. */
interface Session {
  /** For the next poll. Valid for a single poll, and for 24 hours. */
  readonly token: string
  readonly askedAt: number
  readonly nextPollAt: number
}

/** Whether AppConfig would refuse a poll now. Unknown if the clock was set back, so the answer is no. */
const isTooEarly = ({ askedAt, nextPollAt }: Session, now: number): boolean =>
  now >= askedAt && now < nextPollAt

/** Failures that occur before AppConfig looks at the token. */
const TOKEN_UNUSED: ReadonlySet<string> = new Set([
  "AccessDenied",
  "Throttled",
  "BadSignature",
  "ExpiredCredentials",
  "RefusedCredentials",
])

const isTokenStillValid = ({ reason }: SourceError): boolean => TOKEN_UNUSED.has(reason._tag)

/** A poll contains only the token, so if it is invalid, the token has expired or has been used. */
const isRefusedToken = ({ reason }: SourceError): boolean => reason._tag === "InvalidRequest"

type Reply = ReplyOf<"GetLatestConfiguration">

/** The SDK gives null for an empty body. */
const configurationBytes = ({ Configuration }: Reply): Uint8Array => Configuration ?? new Uint8Array()

const toValue = (reply: Reply): Value => ({
  body: Redacted.make(decodeBody(configurationBytes(reply))),
  contentType: mediaType(reply.ContentType),
  ...(typeof reply.VersionLabel === "string" ? { version: reply.VersionLabel } : {}),
  details: pickDetails(reply, ["ContentType", "VersionLabel"]),
})

export const make: Effect.Effect<Source<"appconfig">, never, AwsClients | Scope.Scope> = Effect.gen(
  function* () {
    const clients = yield* AwsClients
    const call = yield* clients.caller(APPCONFIGDATA, (options) =>
      makeClient<AppConfigDataClient>(APPCONFIGDATA, PROTOCOL, options),
    )

    /** Each session by the value that it returned. */
    const sessions = new WeakMap<Value, Session>()

    const startSession = (address: ConfigurationAddress) =>
      call(address, "StartConfigurationSession", (client, options) =>
        client
          .send(
            new StartConfigurationSessionCommand({
              ApplicationIdentifier: address.application,
              EnvironmentIdentifier: address.environment,
              ConfigurationProfileIdentifier: address.profile,
              RequiredMinimumPollIntervalInSeconds: POLL_INTERVAL,
            }),
            options,
          )
          .then(checked("StartConfigurationSession")),
      ).pipe(Effect.map(({ InitialConfigurationToken: token }) => token))

    /** Polls with a token. `known` is the value that the session returned last, if any. */
    const poll = Effect.fnUntraced(function* (address: ConfigurationAddress, token: string, known?: Value) {
      const askedAt = yield* Clock.currentTimeMillis
      const reply = yield* call(address, "GetLatestConfiguration", (client, options) =>
        client
          .send(new GetLatestConfigurationCommand({ ConfigurationToken: token }), options)
          .then(checked("GetLatestConfiguration")),
      )
      const next = reply.NextPollConfigurationToken
      const seconds = reply.NextPollIntervalInSeconds ?? POLL_INTERVAL
      // Counted from the reply, because the request may have taken long.
      const nextPollAt = (yield* Clock.currentTimeMillis) + seconds * 1_000
      const session = { token: next, askedAt, nextPollAt }
      const unchanged = configurationBytes(reply).length === 0 ? known : undefined
      const value: Value = { ...(unchanged ?? toValue(reply)), askedAt }
      sessions.set(value, session)
      // The cache may not keep this value (`no-store`), and then passes in the old one again.
      if (unchanged !== undefined) sessions.set(unchanged, session)
      return value
    })

    const startAndPoll = (address: ConfigurationAddress) =>
      Effect.flatMap(startSession(address), (token) => poll(address, token))

    const continueSession = (address: ConfigurationAddress, held: Value, session: Session) =>
      Effect.suspend(() => {
        // The token is used up even if the reply is lost.
        sessions.delete(held)
        return poll(address, session.token, held).pipe(
          Effect.tapError((error) =>
            Effect.sync(() => {
              if (isTokenStillValid(error)) sessions.set(held, session)
            }),
          ),
          Effect.catchIf(isRefusedToken, () => startAndPoll(address)),
        )
      })

    return {
      kind: "appconfig",
      batchSize: 1,
      groupOf: accessText,
      fetch: Effect.fnUntraced(function* ([address], attempt, [held], { moved }) {
        const sessionOfHeld = () => (held === undefined ? undefined : sessions.get(held))
        const session = sessionOfHeld()
        if (held !== undefined && session !== undefined) {
          // AppConfig would refuse the poll, so the value counts as unchanged.
          if (isTooEarly(session, yield* Clock.currentTimeMillis)) return [Result.succeed(held)]
        }
        // Two calls, each with its own time-out. A retry must not send the token again.
        let unused = session === undefined ? yield* attempt(startSession(address)) : undefined
        if (unused !== undefined) moved()
        const ask = Effect.suspend(() => {
          const token = unused
          unused = undefined
          if (token !== undefined) return poll(address, token)
          const current = sessionOfHeld()
          return held === undefined || current === undefined
            ? startAndPoll(address)
            : continueSession(address, held, current)
        })
        return [Result.succeed(yield* attempt(ask))]
      }),
    }
  },
)
