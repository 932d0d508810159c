/**
 * The routes of other extensions on a second port, served from the same cache: functions and libraries written for one of
 * them work with this one.
 *
 * A request passes the gate (`gate.ts`), then: URL, entry, cache, response in the peer's format. The function's role
 * decides which names may be read; names that config.yaml lists are served from their entries.
 */
import * as Effect from "effect/Effect"
import type { Headers } from "effect/http/Headers"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Result from "effect/Result"
import { Cache } from "../../cache/Cache.ts"
import type { Served } from "../../cache/Served.ts"
import { Plan } from "../../config/Plan.ts"
import { MAX_REQUESTED_ROLES } from "../../domain/defaults.ts"
import { type CompatibleKind, compatiblePolicy } from "../../config/environment/parametersAndSecrets.ts"
import { kinds } from "../../kinds/kinds.ts"
import { Settings } from "../../config/Settings.ts"
import { type Entry, queryKey } from "../../domain/Entry.ts"
import type { SourceError } from "../../domain/SourceError.ts"
import type { HttpApp } from "../../host/Platform.ts"
import { parseCacheControl } from "../cacheControl.ts"
import { cacheStatus, type EntityTags, makeEntityTags, timingOf } from "../headers.ts"
import { catchDefects } from "../middleware.ts"
import { JSON_TYPE, respond } from "../reply.ts"
import { gated } from "./gate.ts"
import { type CompatibleRequest, type InvalidRequest, type Peer, refused } from "./Peer.ts"
import { NOT_CACHED, readBy, type ReadMode, readModeOf } from "./reading.ts"
import { tooManyRoles } from "./workloadCredentials.ts"

/** The AWS operation behind a route, as the other extension's log names it. */
const OPERATIONS: Readonly<Record<CompatibleKind, string>> = {
  parameters: "GetParameter",
  secrets: "GetSecretValue",
}

/** The entry of the same parameter without decryption; for anything else, the entry itself. */
const undecrypted = (entry: Entry): Entry => {
  const { address } = entry
  if (address.kind !== "parameters" || !("name" in address)) return entry
  return {
    ...entry,
    key: queryKey(address.kind, { name: address.name, withDecryption: "false" }),
    address: { ...address, withDecryption: false },
  }
}

/** The entry of the same secret read with a role: a value that one role may read is not served to another. */
const asRole = (entry: Entry, roleArn: string | undefined): Entry => {
  const { address } = entry
  if (roleArn === undefined || address.roleArn === roleArn || address.kind !== "secrets") return entry
  const { secretId: name, versionId, versionStage } = address
  const version = {
    ...(versionId === undefined ? {} : { versionId }),
    ...(versionStage === undefined ? {} : { versionStage }),
  }
  return {
    ...entry,
    key: queryKey(address.kind, { name, ...version, roleArn }),
    address: { ...address, roleArn },
  }
}

const isEncrypted = ({ value }: Served): boolean => value.details?.["Type"] === "SecureString"

const CONTRADICTION: InvalidRequest = {
  problem: "bad-request",
  detail: "refreshNow asks AWS, and Cache-Control: only-if-cached forbids it; one of them is allowed",
}

const respondWith = (
  body: string,
  { policy }: Entry,
  served: Served,
  tags: EntityTags,
  requested: Headers,
): HttpServerResponse.HttpServerResponse => {
  const { age, ttl } = timingOf(served, policy)
  const etag = tags.ofBody(JSON_TYPE, body)
  const headers = { age: String(age), "cache-status": cacheStatus(served, ttl), etag }
  return respond({ body, contentType: JSON_TYPE, headers }, requested)
}

const failed = (peer: Peer, kind: CompatibleKind, error: SourceError) =>
  Effect.as(
    Effect.logError(`${OPERATIONS[kind]} request encountered an error: ${error.message}`),
    peer.fromSourceError(error),
  )

/**
 * Limits the roles that requests name with `roleArn`, because each has its own session, client and entries. As in the
 * workload credentials provider, roles are never dropped again. Roles in config.yaml do not count.
 */
const roleLimit = (listed: Iterable<Entry>, most: number) => {
  const ofConfig = new Set(Array.from(listed, ({ address }) => address.roleArn))
  const admitted = new Set<string>()
  return (roleArn: string | undefined): boolean => {
    if (roleArn === undefined || ofConfig.has(roleArn) || admitted.has(roleArn)) return true
    if (admitted.size >= most) return false
    admitted.add(roleArn)
    return true
  }
}

/** Answers the requests of a peer. Every failure is a response. */
const makeAnswer = Effect.gen(function* () {
  const cache = yield* Cache
  const plan = yield* Plan
  const tags = yield* makeEntityTags
  const { parametersAndSecrets: variables, ttl } = yield* Settings
  const admitsRole = roleLimit(plan.entries.values(), MAX_REQUESTED_ROLES)

  const isListed = ({ key }: Entry): boolean => plan.entries.has(key)

  const entryFor = ({ kind, name, roleArn, selector }: CompatibleRequest): Entry | undefined => {
    const policy = compatiblePolicy(variables, kind, plan.defaultPolicy, ttl)
    const found = plan.entryFor(kind, name, selector, policy)
    const entry = found && asRole(found, roleArn)
    const { readBudget } = variables[kind]
    return entry === undefined || readBudget === undefined || isListed(entry)
      ? entry
      : { ...entry, readBudget }
  }

  const readEntry = (entry: Entry, { options, ...mode }: ReadMode) => {
    const noStore = options.noStore === true || (!variables.isCaching && !isListed(entry))
    return readBy(cache, entry, { ...mode, options: { ...options, noStore } })
  }

  /** A listed parameter is cached decrypted. That matters only for a SecureString. */
  const readUndecrypted = Effect.fnUntraced(function* (entry: Entry, mode: ReadMode) {
    const listed = isListed(entry) ? yield* readEntry(entry, mode) : undefined
    return listed === undefined || isEncrypted(listed) ? yield* readEntry(undecrypted(entry), mode) : listed
  })

  const read = (peer: Peer, entry: Entry, { kind, ...request }: CompatibleRequest, requested: Headers) => {
    const mode = readModeOf(parseCacheControl(requested["cache-control"]), request.refreshNow)
    if (mode.onlyIfCached && request.refreshNow) return Effect.succeed(refused(CONTRADICTION))
    const isPlain = kind === "secrets" || request.withDecryption
    return Effect.matchEffect(isPlain ? readEntry(entry, mode) : readUndecrypted(entry, mode), {
      onSuccess: (served) =>
        Effect.succeed(
          served === undefined
            ? NOT_CACHED
            : respondWith(peer.bodyFor(kind, served.value), entry, served, tags, requested),
        ),
      onFailure: (error) => failed(peer, kind, error),
    })
  }

  /** Forgets both forms of a parameter, decrypted and not. */
  const forget = (entry: Entry) =>
    Effect.as(
      Effect.forEach([entry, undecrypted(entry)], cache.forget, { discard: true }),
      HttpServerResponse.empty({ status: 204 }),
    )

  const faultOf = (entry: Entry | undefined, kind: CompatibleKind): string | undefined => {
    if (entry === undefined) return "there is no such version"
    return isListed(entry)
      ? undefined
      : (kinds[kind].section.faultOf(entry.address) ?? plan.regionFault(entry))
  }

  return (peer: Peer) =>
    ({ headers, method, url }: HttpServerRequest.HttpServerRequest) => {
      const purpose = Object.hasOwn(peer.methods, method) ? peer.methods[method] : undefined
      if (purpose === undefined) return Effect.succeed(peer.methodNotAllowed)
      return Result.match(peer.readRequest(url, purpose), {
        onFailure: (refusal) => Effect.succeed(refused(refusal)),
        onSuccess: (request) => {
          const entry = entryFor(request)
          const fault = faultOf(entry, request.kind)
          if (entry === undefined || fault !== undefined) {
            return Effect.succeed(refused({ problem: "bad-request", detail: fault ?? "" }))
          }
          if (!admitsRole(request.roleArn)) return Effect.succeed(tooManyRoles(MAX_REQUESTED_ROLES))
          return purpose === "forget" ? forget(entry) : read(peer, entry, request, headers)
        },
      })
    }
})

/** The application over the cache, the plan and the other extension's variables. */
export const app: Effect.Effect<HttpApp, never, Cache | Plan | Settings> = Effect.map(
  makeAnswer,
  (answer) => (peer: Peer) =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, answer(peer)).pipe(
      // The server runs applications uninterruptibly; a router makes them interruptible again.
      Effect.interruptible,
      catchDefects(peer.internalError),
    ),
).pipe(Effect.flatMap(gated))
