/**
 * The routes of AWS's AppConfig agent, on its own port: functions and libraries written for the agent work with this
 * extension, from the same cache as our own routes.
 *
 * `GET /applications/<application>/environments/<environment>/configurations/<profile>` answers with a configuration, `?flag=` with
 * flags of it. The agent is not open source: docs/appconfig-agent.md says what is known from its documentation and clients, and
 * what is not. In Lambda the agent demands no token, and its clients send none; outside of Lambda a token can be demanded.
 */
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import { Cache } from "../../cache/Cache.ts"
import type { Served } from "../../cache/Served.ts"
import type { AppConfigAgent } from "../../config/environment/appConfigAgent.ts"
import { HEADER_VALUE } from "../../config/fields/grammar.ts"
import { Plan } from "../../config/Plan.ts"
import type { Entry, Value } from "../../domain/Entry.ts"
import type { SourceError } from "../../domain/SourceError.ts"
import type { HeaderLookup, HttpApp } from "../../host/Platform.ts"
import {
  AGENT_PATH,
  type ConfigurationPlace,
  isAgentPath,
  parseAgentPath,
} from "../../kinds/appconfig/agentPath.ts"
import { flagFault, query } from "../../kinds/appconfig/query.ts"
import { VERSION } from "../../observability/version.ts"
import { parseCacheControl } from "../cacheControl.ts"
import { refusalOf, TOKEN_HEADER } from "../guard.ts"
import { cacheStatus, type EntityTags, makeEntityTags, timingOf } from "../headers.ts"
import { selectMembers } from "../members.ts"
import { catchDefects, limited, protecting } from "../middleware.ts"
import { fromSourceError, PROBLEMS, type Refusal } from "../problems.ts"
import { MAX_NAMES, parsePairs, quote } from "../query.ts"
import { OF_CONTEXT, type Part, respond, tagOf, wholeOf } from "../reply.ts"
import { type TokenCheck, tokenCheckOf } from "../token.ts"
import { splitUrl } from "../url.ts"
import { type InvalidRequest, plainText, refused } from "./Peer.ts"
import { badRequest } from "./query.ts"
import { NOT_CACHED, readBy, readModeOf } from "./reading.ts"

/** The agent's answer to probes of containers: https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-containers-agent.html */
const PING_PATH = "/ping"
const pong = HttpServerResponse.jsonUnsafe({ version: VERSION })

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"])
const methodNotAllowed = plainText(405, "allowed: GET, HEAD", { allow: "GET, HEAD" })
const tooManyRequests = plainText(429, "too many requests are waiting", { "retry-after": "1" })
const badToken = plainText(
  401,
  `the token is missing or wrong; allowed: Authorization: Bearer <token>, or ${TOKEN_HEADER}`,
  {
    "www-authenticate": "Bearer",
  },
)
const internalError = plainText(500, "the extension's log says more")

interface AgentRequest {
  readonly place: ConfigurationPlace
  /** Without duplicates; empty: the whole configuration. */
  readonly flags: ReadonlyArray<string>
}

const { key: FLAG } = query.members

const asBadRequest = (detail: string): InvalidRequest => ({ problem: "bad-request", detail })

const readFlags = (search: string): Result.Result<ReadonlyArray<string>, InvalidRequest> =>
  Result.gen(function* () {
    const pairs = yield* Result.mapError(parsePairs(search), asBadRequest)
    const unknown = pairs.find(([key]) => key !== FLAG)
    if (unknown !== undefined)
      return yield* badRequest(
        `unknown query parameter ${quote(unknown[0])}; allowed: ${FLAG} (may be repeated)`,
      )
    const flags = Array.from(new Set(pairs.map(([, flag]) => flag)))
    if (flags.length > MAX_NAMES)
      return yield* badRequest(`there are ${flags.length} flags; ${MAX_NAMES} are allowed`)
    for (const flag of flags) {
      const fault = flagFault(flag)
      if (fault !== undefined) return yield* badRequest(`the flag ${quote(flag)} cannot be: ${fault}`)
    }
    return flags
  })

/** Reads a URL: path and query. */
export const readRequest = (url: string): Result.Result<AgentRequest, InvalidRequest> => {
  const [path, search] = splitUrl(url)
  if (!isAgentPath(path)) {
    const detail = `nothing at ${quote(path)}; there is ${AGENT_PATH}, ${PING_PATH}`
    return Result.fail({ problem: "not-found", detail })
  }
  return Result.all({
    place: Result.mapError(parseAgentPath(path), asBadRequest),
    flags: readFlags(search),
  })
}

/** The status for a failure. If AWS refused the request, it is AWS's own, as with the agent. */
const statusFor = (error: SourceError): number =>
  error.reason._tag === "InvalidRequest" ? 400 : PROBLEMS[fromSourceError(error).problem].status

const failed = (error: SourceError): HttpServerResponse.HttpServerResponse =>
  plainText(statusFor(error), error.message)

/** AppConfig Data identifies a version only by its label, which a configuration need not have. */
const versionHeaders = ({ version }: Value): Readonly<Record<string, string>> =>
  version !== undefined && HEADER_VALUE.test(version)
    ? { "configuration-version": version, "version-label": version }
    : {}

const respondWith = (
  part: Part,
  tags: EntityTags,
  requested: HttpServerRequest.HttpServerRequest["headers"],
): HttpServerResponse.HttpServerResponse => {
  const { body, contentType, isOfContext = false, policy, served } = part
  const { age, ttl } = timingOf(served, policy)
  const headers = {
    age: String(age),
    "cache-status": cacheStatus(served, ttl),
    etag: tagOf(part, tags),
    ...versionHeaders(served.value),
    ...(isOfContext ? OF_CONTEXT : {}),
  }
  return respond({ body, contentType, headers }, requested)
}

/** The configuration, or the flags of it that are asked for; if flags have variants, those that the context selects. */
const viewOf = (
  entry: Entry,
  served: Served,
  flags: ReadonlyArray<string>,
  context: string | undefined,
): Effect.Effect<Part, Refusal> => {
  const whole = wholeOf({ entry }, served)
  const [first, ...others] = flags
  const wanted = first === undefined ? undefined : ([first, ...others] as const)
  return selectMembers(whole, query.members, wanted, context)
}

const makeAnswer = (agent: AppConfigAgent) =>
  Effect.gen(function* () {
    const cache = yield* Cache
    const tags = yield* makeEntityTags

    const read = ({ flags, place }: AgentRequest, { headers }: HttpServerRequest.HttpServerRequest) => {
      const entry = agent.entryAt(place)
      const mode = readModeOf(parseCacheControl(headers["cache-control"]), false)
      return Effect.matchEffect(readBy(cache, entry, mode), {
        onFailure: (error) => Effect.succeed(failed(error)),
        onSuccess: (served) =>
          served === undefined
            ? Effect.succeed(NOT_CACHED)
            : Effect.match(viewOf(entry, served, flags, headers["context"]), {
                onFailure: refused,
                onSuccess: (part) => respondWith(part, tags, headers),
              }),
      })
    }

    return (request: HttpServerRequest.HttpServerRequest) => {
      if (!METHODS.has(request.method)) return Effect.succeed(methodNotAllowed)
      return Result.match(readRequest(request.url), {
        onFailure: (refusal) => Effect.succeed(refused(refusal)),
        onSuccess: (wanted) => read(wanted, request),
      })
    }
  })

/** The token of the agent for containers, in the header that its clients send, as the check expects it. */
const fromAuthorization =
  (header: HeaderLookup): HeaderLookup =>
  () =>
    /^Bearer +(\S+) *$/i.exec(header("authorization") ?? "")?.[1]

/** Whether a request may pass: with a token where one is demanded, which is only outside of Lambda. */
const hasToken = (check: TokenCheck | undefined, header: HeaderLookup): Effect.Effect<boolean> => {
  const headers = [header, fromAuthorization(header)]
  if (check === undefined || headers.some(check.isKnown)) return Effect.succeed(true)
  return Effect.map(Effect.all(headers.map(check.isKnownAfterReread)), (known) => known.includes(true))
}

/** The application: the guard, the token, the limit on concurrent requests, then the answer. */
const makeApp = Effect.gen(function* () {
  const { appConfigAgent, isAgent = false, isExposed, limits, tokens } = yield* Plan
  if (appConfigAgent === undefined) return yield* Effect.die("the routes of the AppConfig agent are off")
  const answer = yield* makeAnswer(appConfigAgent)
  const check = isAgent && tokens !== undefined ? yield* tokenCheckOf(tokens) : undefined
  const permits = yield* Semaphore.make(limits.maxConcurrentRequests)

  const answering = Effect.flatMap(HttpServerRequest.HttpServerRequest, answer).pipe(
    // The server runs applications uninterruptibly; a router makes them interruptible again.
    Effect.interruptible,
    catchDefects(internalError),
  )
  const gated = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, method, url }) => {
    const header: HeaderLookup = (name) => headers[name]
    const refusal = refusalOf(url, header, isExposed)
    if (refusal !== undefined) return Effect.succeed(refused(refusal))
    if (splitUrl(url)[0] === PING_PATH) return Effect.succeed(METHODS.has(method) ? pong : methodNotAllowed)
    return Effect.flatMap(hasToken(check, header), (isValid) =>
      isValid ? limited(permits, answering, tooManyRequests) : Effect.succeed(badToken),
    )
  })
  return { app: protecting(gated) }
})

export const app: Effect.Effect<HttpApp, never, Cache | Plan> = Effect.map(makeApp, ({ app }) => app)
