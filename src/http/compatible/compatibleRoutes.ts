/**
 * The routes of other extensions, answered from the same cache as our own, on a port of their own: a function or library
 * that was written for one of them works with this one.
 *
 * A request goes: gate (`gate.ts`), peer (`peers.ts`), URL, entry, cache, body or error in the peer's form. Any name may be
 * asked for, as the function's role decides; a name that config.yaml lists is answered from its own entry.
 */
import * as Effect from "effect/Effect"
import type { Headers } from "effect/http/Headers"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Result from "effect/Result"
import { Cache, type ReadOptions } from "../../cache/Cache.ts"
import type { Served } from "../../cache/Served.ts"
import { Plan } from "../../config/Plan.ts"
import { MAX_REQUESTED_ROLES } from "../../domain/defaults.ts"
import { type CompatibleKind, compatiblePolicy } from "../../config/ParametersAndSecrets.ts"
import { sections } from "../../config/Sections.ts"
import { Settings } from "../../config/Settings.ts"
import { type Entry, queryKey } from "../../domain/Entry.ts"
import type { SourceError } from "../../domain/SourceError.ts"
import type { HttpApp } from "../../host/Platform.ts"
import { orAnswerBug } from "../bugs.ts"
import { cacheStatusOf } from "../cacheStatus.ts"
import { type Directives, directivesOf } from "../directives.ts"
import { isMatched, makeTagger, type Tagger } from "../etag.ts"
import { JSON_TYPE } from "../part.ts"
import { optionsOf } from "../readOptions.ts"
import { secondsOf } from "../valueHeaders.ts"
import { gated } from "./gate.ts"
import type { CompatibleRequest, Peer, Refusal } from "./Peer.ts"
import { makeRoles } from "./roles.ts"
import { tooManyRoles } from "./workloadCredentials.ts"

/** The operation behind a route, as the other extension's log calls it. */
const OPERATIONS: Readonly<Record<CompatibleKind, string>> = {
  parameters: "GetParameter",
  secrets: "GetSecretValue",
}

/** The entry of the same parameter as it is stored; of anything else, the entry itself. */
const undecrypted = (entry: Entry): Entry => {
  const { address } = entry
  if (address.kind !== "parameters" || !("name" in address)) return entry
  return {
    ...entry,
    key: queryKey(address.kind, { name: address.name, withDecryption: "false" }),
    address: { ...address, withDecryption: false },
  }
}

/** The entry of the same secret as another role reads it: what one role may read is not served to another. */
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

/** How a request reads: by its directives, by `refreshNow`, and by what the other extension's variables say. */
interface Way {
  readonly options: ReadOptions
  readonly onlyIfCached: boolean
}

const CONTRADICTION: Refusal = {
  status: 400,
  detail: "refreshNow asks AWS, and Cache-Control: only-if-cached forbids it; one of them is allowed",
}

const wayOf = (directives: Directives, refreshNow: boolean): Way => ({
  options: { ...optionsOf(directives), ...(refreshNow ? { refreshNow } : {}) },
  onlyIfCached: directives.onlyIfCached,
})

const respond = (
  body: string,
  { policy }: Entry,
  served: Served,
  tagger: Tagger,
  requested: Headers,
): HttpServerResponse.HttpServerResponse => {
  const { age, ttl } = secondsOf(served, policy)
  const etag = tagger.ofBody(JSON_TYPE, body)
  const headers = { age: String(age), "cache-status": cacheStatusOf(served, ttl), etag }
  return isMatched(requested["if-none-match"], etag)
    ? HttpServerResponse.empty({ status: 304, headers })
    : HttpServerResponse.text(body, { contentType: JSON_TYPE, headers })
}

const failed = (peer: Peer, kind: CompatibleKind, error: SourceError) =>
  Effect.as(
    Effect.logError(`${OPERATIONS[kind]} request encountered an error: ${error.message}`),
    peer.fromSourceError(error),
  )

/** Answers a request in a peer's manner; every failure is an answer. */
const makeAnswer = Effect.gen(function* () {
  const cache = yield* Cache
  const plan = yield* Plan
  const tagger = yield* makeTagger
  const { parametersAndSecrets: variables, ttl } = yield* Settings
  const roles = makeRoles(plan.entries.values(), MAX_REQUESTED_ROLES)

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

  const readEntry = (entry: Entry, { onlyIfCached, options }: Way) => {
    const noStore = options.noStore === true || (!variables.isCaching && !isListed(entry))
    return onlyIfCached ? cache.held(entry, options) : cache.read(entry, { ...options, noStore })
  }

  /** What is listed is held in plain text, which is as good where nothing is encrypted. */
  const readUndecrypted = Effect.fnUntraced(function* (entry: Entry, way: Way) {
    const listed = isListed(entry) ? yield* readEntry(entry, way) : undefined
    return listed === undefined || isEncrypted(listed) ? yield* readEntry(undecrypted(entry), way) : listed
  })

  const read = (peer: Peer, entry: Entry, { kind, ...request }: CompatibleRequest, requested: Headers) => {
    const way = wayOf(directivesOf(requested["cache-control"]), request.refreshNow)
    if (way.onlyIfCached && request.refreshNow) return Effect.succeed(peer.refused(CONTRADICTION))
    const isPlain = kind === "secrets" || request.withDecryption
    return Effect.matchEffect(isPlain ? readEntry(entry, way) : readUndecrypted(entry, way), {
      onSuccess: (served) =>
        Effect.succeed(
          served === undefined
            ? peer.notCached
            : respond(peer.bodyFor(kind, served.value), entry, served, tagger, requested),
        ),
      onFailure: (error) => failed(peer, kind, error),
    })
  }

  /** In every form in which it may be held for this route. */
  const forget = (entry: Entry) =>
    Effect.as(
      Effect.forEach([entry, undecrypted(entry)], cache.forget, { discard: true }),
      HttpServerResponse.empty({ status: 204 }),
    )

  const faultOf = (entry: Entry | undefined, kind: CompatibleKind): string | undefined => {
    if (entry === undefined) return "there is no such version"
    return isListed(entry) ? undefined : (sections[kind].faultOf(entry.address) ?? plan.regionFault(entry))
  }

  return (peer: Peer) =>
    ({ headers, method, url }: HttpServerRequest.HttpServerRequest) => {
      const purpose = Object.hasOwn(peer.methods, method) ? peer.methods[method] : undefined
      if (purpose === undefined) return Effect.succeed(peer.methodNotAllowed)
      return Result.match(peer.readRequest(url, purpose), {
        onFailure: (refusal) => Effect.succeed(peer.refused(refusal)),
        onSuccess: (request) => {
          const entry = entryFor(request)
          const fault = faultOf(entry, request.kind)
          if (entry === undefined || fault !== undefined) {
            return Effect.succeed(peer.refused({ status: 400, detail: fault ?? "" }))
          }
          if (!roles.admit(request.roleArn)) return Effect.succeed(tooManyRoles(MAX_REQUESTED_ROLES))
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
      // Hosts run applications uninterruptibly; only a router lifts that by itself.
      Effect.interruptible,
      orAnswerBug(peer.internalError),
    ),
).pipe(Effect.flatMap(gated))
