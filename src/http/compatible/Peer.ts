/**
 * A peer: an extension whose clients the second port serves, and how it understands requests and writes answers.
 *
 * There are two: `parametersAndSecrets.ts` and `workloadCredentials.ts`. `peers.ts` finds whose client asks, `gate.ts` and
 * `compatibleRoutes.ts` answer in that one's manner from the same cache.
 */
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as Result from "effect/Result"
import type { CompatibleKind } from "../../config/ParametersAndSecrets.ts"
import type { VersionSelector } from "../../config/Plan.ts"
import type { Value } from "../../domain/Entry.ts"
import type { SourceError } from "../../domain/SourceError.ts"
import type { Refusal as GuardRefusal } from "../guard.ts"

/** What a request asks for. */
export interface CompatibleRequest {
  readonly kind: CompatibleKind
  readonly name: string
  readonly selector: VersionSelector
  /** Whether a SecureString is wanted in plain text. Secrets always are. */
  readonly withDecryption: boolean
  /** Whether AWS is to be asked whatever is held. */
  readonly refreshNow: boolean
  /** As which role; absent: as the entry says, else as the function. */
  readonly roleArn?: string
}

/** The request is none, and why. */
export interface Refusal {
  readonly status: 400 | 404
  readonly detail: string
}

/** What is done with that which a request names. */
export type Purpose = "read" | "forget"

export interface Peer {
  readonly methods: Readonly<Record<string, Purpose>>
  /** Reads a URL: path and query. */
  readonly readRequest: (url: string, purpose: Purpose) => Result.Result<CompatibleRequest, Refusal>
  /** The body for a value, which the caller may show. */
  readonly bodyFor: (kind: CompatibleKind, value: Value) => string
  readonly refused: (refusal: Refusal) => HttpServerResponse
  /** What the guard refuses; `isForwarded`: by X-Forwarded-For, for which the provider has an answer of its own. */
  readonly guarded: (refusal: GuardRefusal, isForwarded: boolean) => HttpServerResponse
  readonly badToken: HttpServerResponse
  readonly methodNotAllowed: HttpServerResponse
  readonly tooManyRequests: HttpServerResponse
  /** `only-if-cached` asks for what is not in memory. */
  readonly notCached: HttpServerResponse
  /** A bug of ours. What happened is in the log. */
  readonly internalError: HttpServerResponse
  readonly fromSourceError: (error: SourceError) => HttpServerResponse
}
