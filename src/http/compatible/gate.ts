/**
 * The checks that every request to the second port passes before a route: the guard, the token, which is always required
 * here, and the limit on concurrent requests. Like `../middleware.ts`, but with the responses of the client's peer.
 *
 * `/ping` of the workload credentials provider reveals nothing and needs no token, like our own `/health`.
 */
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Semaphore from "effect/Semaphore"
import { Plan } from "../../config/Plan.ts"
import { Settings } from "../../config/Settings.ts"
import type { HeaderLookup, HttpApp } from "../../host/Platform.ts"
import { hasHeader, refusalOf, TOKEN_HEADER } from "../guard.ts"
import { limited, protecting } from "../middleware.ts"
import { type TokenCheck, tokenCheckOf } from "../token.ts"
import { splitUrl } from "../url.ts"
import { parametersAndSecrets } from "./parametersAndSecrets.ts"
import { type Peer, refused } from "./Peer.ts"
import {
  healthy,
  OWN_KEYS,
  PATH_PREFIX,
  PING_PATH,
  SECRET_PATH,
  workloadCredentials,
} from "./workloadCredentials.ts"

/** Which peers config.yaml enables. */
interface Enabled {
  readonly parametersAndSecrets: boolean
  readonly workloadCredentials: boolean
}

/** The header of the token that only clients of the provider send. */
const VAULT_HEADER = "x-vault-token"

/** The header that a proxy adds. The provider has its own response to it. */
const FORWARDED_FOR = "x-forwarded-for"

const isForProvider = (url: string, header: HeaderLookup): boolean => {
  const [path, search] = splitUrl(url)
  if (path === PING_PATH || path.startsWith(PATH_PREFIX)) return true
  if (path !== SECRET_PATH) return false
  const query = new URLSearchParams(search)
  const hasVaultToken = hasHeader(header, VAULT_HEADER) && !hasHeader(header, TOKEN_HEADER.toLowerCase())
  return hasVaultToken || OWN_KEYS.some((key) => query.has(key))
}

/**
 * The peer whose client sent the request. Both have a route of the same name for secrets. If both are enabled, the marks of
 * the provider's clients decide; without them, the Parameters and Secrets extension answers.
 */
const peerFor = (enabled: Enabled, url: string, header: HeaderLookup): Peer => {
  if (!enabled.workloadCredentials) return parametersAndSecrets
  if (!enabled.parametersAndSecrets) return workloadCredentials
  return isForProvider(url, header) ? workloadCredentials : parametersAndSecrets
}

/** The token checks of the enabled peers; a request has to pass one of them. */
const makeTokenChecks = Effect.fnUntraced(function* (enabled: Enabled) {
  const { tokens, workloadTokens } = yield* Settings
  const own = enabled.parametersAndSecrets ? [yield* tokenCheckOf(tokens)] : []
  return enabled.workloadCredentials ? [...own, yield* tokenCheckOf(workloadTokens)] : own
})

/** Passes the provider's header to a check in place of the usual one. */
const fromVaultHeader =
  (header: HeaderLookup): HeaderLookup =>
  () =>
    header(VAULT_HEADER)

/** Whether a request has a valid token, in either header if the provider is enabled. */
const hasToken = (
  checks: ReadonlyArray<TokenCheck>,
  { workloadCredentials: readsVaultHeader }: Enabled,
  header: HeaderLookup,
): Effect.Effect<boolean> => {
  const headers = readsVaultHeader ? [header, fromVaultHeader(header)] : [header]
  if (checks.some(({ isKnown }) => headers.some(isKnown))) return Effect.succeed(true)
  const rereads = checks.flatMap(({ isKnownAfterReread }) => headers.map(isKnownAfterReread))
  return Effect.map(Effect.all(rereads), (results) => results.includes(true))
}

/** The response if the guard refuses a request. Undefined: it may pass. */
const checkGuard = (
  peer: Peer,
  url: string,
  header: HeaderLookup,
  isPing: boolean,
  isExposed: boolean | undefined,
): HttpServerResponse | undefined => {
  if (peer.forwarded !== undefined && hasHeader(header, FORWARDED_FOR) && !isPing) return peer.forwarded
  const refusal = isPing
    ? refusalOf("/health", (name) => (name === FORWARDED_FOR ? undefined : header(name)), isExposed)
    : refusalOf(url, header, isExposed)
  return refusal === undefined ? undefined : refused(refusal)
}

const makeGates = Effect.gen(function* () {
  const { isExposed, limits, ...enabled } = yield* Plan
  return {
    enabled,
    isExposed,
    checks: yield* makeTokenChecks(enabled),
    permits: yield* Semaphore.make(limits.maxConcurrentRequests),
  }
})

/** The application behind the gate. It receives the peer whose responses it must use. */
export const gated = (app: (peer: Peer) => HttpApp): Effect.Effect<HttpApp, never, Plan | Settings> =>
  Effect.map(makeGates, ({ checks, enabled, isExposed, permits }) => {
    const gatedApp = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, method, url }) => {
      const header: HeaderLookup = (name) => headers[name]
      const peer = peerFor(enabled, url, header)
      const isPing = peer === workloadCredentials && splitUrl(url)[0] === PING_PATH
      const response = checkGuard(peer, url, header, isPing, isExposed)
      if (response !== undefined) return Effect.succeed(response)
      if (isPing) return Effect.succeed(method === "GET" ? healthy : peer.methodNotAllowed)
      return Effect.flatMap(hasToken(checks, enabled, header), (isValid) =>
        isValid
          ? limited(permits, app(peer), peer.tooManyRequests)
          : Effect.succeed<HttpServerResponse>(peer.badToken),
      )
    })
    return protecting(gatedApp)
  })
