/**
 * The source of configurations: AWS AppConfig Data.
 *
 * A configuration is polled in a session. Each reply brings the token for the next poll, the earliest time for it, and a body
 * only if something has changed. So a session belongs to the value that it brought: the cache passes in the value that it
 * has, and when it drops a value, the session goes too.
 * https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_Operations_AWS_AppConfig_Data.html
 */
import {
  AppConfigDataClient,
  GetLatestConfigurationCommand,
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
import { pickDetails } from "../../../aws/details.ts"
import { checked, type ReplyOf } from "./replies.ts"
import { APPCONFIGDATA } from "../service.ts"
import type { Source } from "../../Source.ts"

/** The shortest poll interval that AppConfig grants, in seconds. */
const POLL_INTERVAL = 15

/** For configurations without a media type. */
const BINARY = "application/octet-stream"

/** What a header may hold (RFC 9110, section 5.5), but for what is outside of ASCII, and no longer than AppConfig allows. */
const PRINTABLE = /^[!-~][ -~]{0,254}$/

/** The media type as AppConfig says it; one that no header can hold says nothing. */
const mediaTypeOf = (said: string | null | undefined): string =>
  typeof said === "string" && PRINTABLE.test(said) ? said : BINARY

/** Where a session stands. Times in epoch milliseconds. */
interface Session {
  /** For the next poll. It is valid for one poll, and for 24 hours. */
  readonly token: string
  readonly askedAt: number
  readonly nextPollAt: number
}

/** Whether AppConfig would refuse a poll now. If the clock was set back, that is unknown. */
const isTooEarly = ({ askedAt, nextPollAt }: Session, now: number): boolean =>
  now >= askedAt && now < nextPollAt

/** Failures that occur before AppConfig checks the token, so that it is still valid. */
const TOKEN_UNSEEN: ReadonlySet<string> = new Set([
  "AccessDenied",
  "Throttled",
  "BadSignature",
  "ExpiredCredentials",
  "RefusedCredentials",
])

const leavesToken = ({ reason }: SourceError): boolean => TOKEN_UNSEEN.has(reason._tag)

/** A poll contains only the token, so a refusal means that the token has expired or has been used. */
const isRefusedToken = ({ reason }: SourceError): boolean => reason._tag === "InvalidRequest"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Text if the bytes are UTF-8, whatever the media type; else the bytes. */
const bodyOf = (bytes: Uint8Array): string | Uint8Array =>
  Result.getOrElse(
    Result.try(() => utf8.decode(bytes)),
    () => bytes,
  )

type Reply = ReplyOf<"GetLatestConfiguration">

/** The bytes of an answer. For an empty body the SDK has null. */
const bytesOf = ({ Configuration }: Reply): Uint8Array => Configuration ?? new Uint8Array()

const valueOf = (reply: Reply): Value => ({
  body: Redacted.make(bodyOf(bytesOf(reply))),
  contentType: mediaTypeOf(reply.ContentType),
  ...(typeof reply.VersionLabel === "string" ? { version: reply.VersionLabel } : {}),
  details: pickDetails(reply, ["ContentType", "VersionLabel"]),
})

export const make: Effect.Effect<Source<"appconfig">, never, AwsClients | Scope.Scope> = Effect.gen(
  function* () {
    const clients = yield* AwsClients
    const call = yield* clients.caller(APPCONFIGDATA, (options) => new AppConfigDataClient(options))

    /** The sessions, each under the value that it brought. */
    const sessions = new WeakMap<Value, Session>()

    const begin = (address: ConfigurationAddress) =>
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

    /** Polls with a token. `known` is the value that the session has brought so far. */
    const poll = Effect.fnUntraced(function* (address: ConfigurationAddress, token: string, known?: Value) {
      const askedAt = yield* Clock.currentTimeMillis
      const reply = yield* call(address, "GetLatestConfiguration", (client, options) =>
        client
          .send(new GetLatestConfigurationCommand({ ConfigurationToken: token }), options)
          .then(checked("GetLatestConfiguration")),
      )
      const next = reply.NextPollConfigurationToken
      const seconds = reply.NextPollIntervalInSeconds ?? POLL_INTERVAL
      // Counted from the reply, because the request may have been on its way for long.
      const nextPollAt = (yield* Clock.currentTimeMillis) + seconds * 1_000
      const session = { token: next, askedAt, nextPollAt }
      const unchanged = bytesOf(reply).length === 0 ? known : undefined
      const value: Value = { ...(unchanged ?? valueOf(reply)), askedAt }
      sessions.set(value, session)
      // The cache may not keep the answer (`no-store`), and hand over the old one again.
      if (unchanged !== undefined) sessions.set(unchanged, session)
      return value
    })

    const askAnew = (address: ConfigurationAddress) =>
      Effect.flatMap(begin(address), (token) => poll(address, token))

    const goOn = (address: ConfigurationAddress, held: Value, session: Session) =>
      Effect.suspend(() => {
        // Even if the reply is lost, the token has been used.
        sessions.delete(held)
        return poll(address, session.token, held).pipe(
          Effect.tapError((error) =>
            Effect.sync(() => {
              if (leavesToken(error)) sessions.set(held, session)
            }),
          ),
          Effect.catchIf(isRefusedToken, () => askAnew(address)),
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
          // Too early for another poll, so the value counts as unchanged.
          if (isTooEarly(session, yield* Clock.currentTimeMillis)) return [Result.succeed(held)]
        }
        // Starting a session and polling are two calls, each with its own time-out. A token is sent only once.
        let unused = session === undefined ? yield* attempt(begin(address)) : undefined
        if (unused !== undefined) moved()
        const ask = Effect.suspend(() => {
          const token = unused
          unused = undefined
          if (token !== undefined) return poll(address, token)
          const current = sessionOfHeld()
          return held === undefined || current === undefined ? askAnew(address) : goOn(address, held, current)
        })
        return [Result.succeed(yield* attempt(ask))]
      }),
    }
  },
)
