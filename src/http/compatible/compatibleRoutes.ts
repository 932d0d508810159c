/**
 * The routes of the AWS Parameters and Secrets extension, answered from the same cache as our own, on a port of their
 * own: a function or library that was written for that extension works with this one.
 *
 * A request goes: gate (`gate.ts`), URL (`request.ts`), entry, cache, body (`body.ts`) or error (`errors.ts`). Any name may
 * be asked for, as the function's role decides; a name that config.yaml lists is answered from its own entry.
 */
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Result from "effect/Result"
import { Cache, type Served } from "../../cache/Cache.ts"
import { Configuration } from "../../config/Configuration.ts"
import { type CompatibleKind, compatiblePolicy } from "../../config/ParametersAndSecrets.ts"
import { sections } from "../../config/Sections.ts"
import { Settings } from "../../config/Settings.ts"
import { type Entry, queryKey } from "../../domain/Entry.ts"
import type { SourceError } from "../../domain/SourceError.ts"
import type { HttpApp } from "../../host/Platform.ts"
import { orAnswerBug } from "../bugs.ts"
import { cacheStatusOf } from "../cacheStatus.ts"
import { JSON_TYPE } from "../part.ts"
import { secondsOf } from "../valueHeaders.ts"
import { bodyFor } from "./body.ts"
import * as errors from "./errors.ts"
import { gated } from "./gate.ts"
import { type CompatibleRequest, readRequest } from "./request.ts"

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

const isEncrypted = ({ value }: Served): boolean => value.details?.["Type"] === "SecureString"

const respond = (kind: CompatibleKind, { policy }: Entry, served: Served) => {
  const { age, ttl } = secondsOf(served, policy)
  return HttpServerResponse.text(bodyFor(kind, served.value), {
    contentType: JSON_TYPE,
    headers: { age: String(age), "cache-status": cacheStatusOf(served, ttl) },
  })
}

const failed = (kind: CompatibleKind, error: SourceError) =>
  Effect.as(
    Effect.logError(`${OPERATIONS[kind]} request encountered an error: ${error.message}`),
    errors.fromSourceError(error),
  )

/** Answers a request; every failure is an answer. */
const makeAnswer = Effect.gen(function* () {
  const cache = yield* Cache
  const plan = yield* Configuration
  const { parametersAndSecrets: variables, ttl } = yield* Settings

  const isListed = ({ key }: Entry): boolean => plan.entries.has(key)

  const entryFor = ({ kind, name, selector }: CompatibleRequest): Entry | undefined => {
    const policy = compatiblePolicy(variables, kind, plan.defaultPolicy, ttl)
    const entry = plan.entryFor(kind, name, selector, policy)
    const { readBudget } = variables[kind]
    return entry === undefined || readBudget === undefined || isListed(entry)
      ? entry
      : { ...entry, readBudget }
  }

  const readEntry = (entry: Entry) => cache.read(entry, { noStore: !variables.isCaching && !isListed(entry) })

  /** What is listed is held in plain text, which is as good where nothing is encrypted. */
  const readUndecrypted = Effect.fnUntraced(function* (entry: Entry) {
    const listed = isListed(entry) ? yield* readEntry(entry) : undefined
    return listed === undefined || isEncrypted(listed) ? yield* readEntry(undecrypted(entry)) : listed
  })

  const read = (request: CompatibleRequest) => {
    const { kind, withDecryption } = request
    const entry = entryFor(request)
    if (entry === undefined) return Effect.succeed(errors.refused(400, "there is no such version"))
    const fault = isListed(entry)
      ? undefined
      : (sections[kind].faultOf(entry.address) ?? plan.regionFault(entry))
    if (fault !== undefined) return Effect.succeed(errors.refused(400, fault))
    const served = kind === "secrets" || withDecryption ? readEntry(entry) : readUndecrypted(entry)
    return Effect.matchEffect(served, {
      onSuccess: (value) => Effect.succeed(respond(kind, entry, value)),
      onFailure: (error) => failed(kind, error),
    })
  }

  return ({ method, url }: HttpServerRequest.HttpServerRequest) => {
    if (method !== "GET") return Effect.succeed(errors.methodNotAllowed)
    return Result.match(readRequest(url), {
      onFailure: ({ detail, status }) => Effect.succeed(errors.refused(status, detail)),
      onSuccess: read,
    })
  }
})

/** The application over the cache, the plan and the other extension's variables. */
export const app: Effect.Effect<HttpApp, never, Cache | Configuration | Settings> = Effect.map(
  makeAnswer,
  (answer) =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, answer).pipe(
      // Hosts run applications uninterruptibly; only a router lifts that by itself.
      Effect.interruptible,
      orAnswerBug(errors.internalError),
    ),
).pipe(Effect.flatMap(gated))
