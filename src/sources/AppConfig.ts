/**
 * The source of configurations: AWS AppConfig Data.
 *
 * A configuration is read in a session. Each answer of it brings the token of the next question, a time before which
 * that is refused, and no body if nothing has changed since the last one. So the session belongs to the value that it
 * brought: the cache hands over what it holds, and with a value that it drops, the session goes too.
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
import { accessText, type ConfigurationAddress } from "../domain/Address.ts"
import type { Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { AwsClients } from "./AwsClients.ts"
import { detailsOf } from "./details.ts"
import { checked, type ReplyOf } from "./replies.ts"
import type { Source } from "./Source.ts"

/** The shortest time between two questions of a session that AppConfig grants, in seconds. */
const POLL_INTERVAL = 15

/** AppConfig sends no media type where it knows none. */
const BINARY = "application/octet-stream"

/** What a header may hold (RFC 9110, section 5.5), but for what is outside of ASCII, and no longer than AppConfig allows. */
const PRINTABLE = /^[!-~][ -~]{0,254}$/

/** The media type as AppConfig says it; one that no header can hold says nothing. */
const mediaTypeOf = (said: string | null | undefined): string =>
  typeof said === "string" && PRINTABLE.test(said) ? said : BINARY

/** Where a session stands. Times in epoch milliseconds. */
interface Session {
  /** Of the next question. It is good for one, and for 24 hours. */
  readonly token: string
  readonly askedAt: number
  readonly nextPollAt: number
}

/** Whether AppConfig would refuse a question now. A clock that was set back tells nothing. */
const isTooEarly = ({ askedAt, nextPollAt }: Session, now: number): boolean =>
  now >= askedAt && now < nextPollAt

/** Failures that come before the token is looked at, so that it is still good. */
const TOKEN_UNSEEN: ReadonlySet<string> = new Set([
  "AccessDenied",
  "Throttled",
  "BadSignature",
  "ExpiredCredentials",
  "RefusedCredentials",
])

const leavesToken = ({ reason }: SourceError): boolean => TOKEN_UNSEEN.has(reason._tag)

/** The token is all that a question says, so it is what a refusal is about: it has expired or has been used. */
const isRefusedToken = ({ reason }: SourceError): boolean => reason._tag === "InvalidRequest"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Text where the bytes are UTF-8, whatever the media type says of them; else the bytes. */
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
  details: detailsOf(reply, ["ContentType", "VersionLabel"]),
})

export const make: Effect.Effect<Source<"appconfig">, never, AwsClients | Scope.Scope> = Effect.gen(
  function* () {
    const clients = yield* AwsClients
    const call = yield* clients.caller("APPCONFIGDATA", (options) => new AppConfigDataClient(options))

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

    /** Asks with a token. `known` is what the session has brought so far. */
    const poll = Effect.fnUntraced(function* (address: ConfigurationAddress, token: string, known?: Value) {
      const askedAt = yield* Clock.currentTimeMillis
      const reply = yield* call(address, "GetLatestConfiguration", (client, options) =>
        client
          .send(new GetLatestConfigurationCommand({ ConfigurationToken: token }), options)
          .then(checked("GetLatestConfiguration")),
      )
      const next = reply.NextPollConfigurationToken
      const seconds = reply.NextPollIntervalInSeconds ?? POLL_INTERVAL
      // From the reply on: the question may have been long on its way.
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
        // Whatever becomes of the question: if its answer is lost, the token is spent all the same.
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
          // What may not be asked for again has not changed, as far as anybody may know.
          if (isTooEarly(session, yield* Clock.currentTimeMillis)) return [Result.succeed(held)]
        }
        // To begin a session and to ask in it are two calls, each with its own time. A token is sent once.
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
