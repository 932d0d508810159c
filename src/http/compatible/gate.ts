/**
 * What stands in front of the second port's routes: the guard, the token, which is always required here, and the bound on how
 * many requests may wait; as in front of our own (`../guarded.ts`), with the answers of the peer whose client asks.
 *
 * `/ping` of the workload credentials provider tells nothing and needs no token, as our own `/health`.
 */
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Semaphore from "effect/Semaphore"
import { Plan } from "../../config/Plan.ts"
import { Settings } from "../../config/Settings.ts"
import type { HeaderLookup, HttpApp } from "../../host/Platform.ts"
import { refusalOf } from "../guard.ts"
import { boundedBy, protecting } from "../guarded.ts"
import { type TokenCheck, tokenCheckOf } from "../token.ts"
import { partsOf } from "./compatibleQuery.ts"
import type { Peer } from "./Peer.ts"
import { type Offered, peerFor, VAULT_HEADER } from "./peers.ts"
import { healthy, workloadCredentials } from "./workloadCredentials.ts"
import { PING_PATH } from "./workloadRequest.ts"

/** The header that a proxy adds, and that the provider has an answer of its own for. */
const FORWARDED_FOR = "x-forwarded-for"

/** The path of ours that is to the guard what `/ping` is. */
const LIKE_PING = "/health"

const isForwarded = (header: HeaderLookup): boolean => (header(FORWARDED_FOR) ?? undefined) !== undefined

/** Shows a check the provider's header in place of the usual one. */
const fromVaultHeader =
  (header: HeaderLookup): HeaderLookup =>
  () =>
    header(VAULT_HEADER)

/** The checks of the tokens that count, by which a request may pass one. */
const checksOf = Effect.fnUntraced(function* (offered: Offered) {
  const { tokens, workloadTokens } = yield* Settings
  const own = offered.parametersAndSecrets ? [yield* tokenCheckOf(tokens)] : []
  return offered.workloadCredentials ? [...own, yield* tokenCheckOf(workloadTokens)] : own
})

const gates = Effect.gen(function* () {
  const { limits, ...offered } = yield* Plan
  return {
    offered,
    checks: yield* checksOf(offered),
    permits: yield* Semaphore.make(limits.maxConcurrentRequests),
  }
})

/** Whether a request shows a token, in either header where both count. */
const isShown = (
  checks: ReadonlyArray<TokenCheck>,
  { workloadCredentials: isVaultRead }: Offered,
  header: HeaderLookup,
): Effect.Effect<boolean> => {
  const headers = isVaultRead ? [header, fromVaultHeader(header)] : [header]
  if (checks.some(({ isKnown }) => headers.some(isKnown))) return Effect.succeed(true)
  const rereads = checks.flatMap(({ isKnownAfterReread }) => headers.map(isKnownAfterReread))
  return Effect.map(Effect.all(rereads), (shown) => shown.includes(true))
}

/** Why the guard refuses a request, in its peer's words; undefined: it may pass. */
const guardAnswer = (
  peer: Peer,
  url: string,
  header: HeaderLookup,
  isPing: boolean,
): HttpServerResponse | undefined => {
  if (peer === workloadCredentials && isForwarded(header) && !isPing) {
    return peer.guarded({ problem: "forbidden", detail: "" }, true)
  }
  const seen: HeaderLookup = isPing ? (name) => (name === FORWARDED_FOR ? undefined : header(name)) : header
  const refusal = refusalOf(isPing ? LIKE_PING : url, seen)
  return refusal === undefined ? undefined : peer.guarded(refusal, false)
}

/** The application behind the gate. It is given the peer in whose manner it has to answer. */
export const gated = (app: (peer: Peer) => HttpApp): Effect.Effect<HttpApp, never, Plan | Settings> =>
  Effect.map(gates, ({ checks, offered, permits }) => {
    const gatedApp = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, method, url }) => {
      const header: HeaderLookup = (name) => headers[name]
      const peer = peerFor(offered, url, header)
      const isPing = peer === workloadCredentials && partsOf(url)[0] === PING_PATH
      const refused = guardAnswer(peer, url, header, isPing)
      if (refused !== undefined) return Effect.succeed(refused)
      if (isPing) return Effect.succeed(method === "GET" ? healthy : peer.methodNotAllowed)
      return Effect.flatMap(isShown(checks, offered, header), (isShown) =>
        isShown
          ? boundedBy(permits, app(peer), peer.tooManyRequests)
          : Effect.succeed<HttpServerResponse>(peer.badToken),
      )
    })
    return protecting(gatedApp)
  })
