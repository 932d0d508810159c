/**
 * A peer: another extension whose clients the second port serves, with the format of its requests and responses.
 *
 * There are two, `parametersAndSecrets.ts` and `workloadCredentials.ts`. `gate.ts` determines whose client sent a request,
 * `routes.ts` answers it from the same cache as our own routes. AWS's AppConfig agent has a port of its own and other
 * requests, so it is an application of its own: `appConfigAgent.ts`.
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Result from "effect/Result"
import type { CompatibleKind } from "../../config/environment/parametersAndSecrets.ts"
import type { VersionSelector } from "../../kinds/Section.ts"
import type { Value } from "../../domain/Entry.ts"
import type { SourceError } from "../../domain/SourceError.ts"
import { PROBLEMS, type Refusal } from "../problems.ts"

/** A parsed request. */
export interface CompatibleRequest {
  readonly kind: CompatibleKind
  readonly name: string
  readonly selector: VersionSelector
  /** Whether to decrypt a SecureString. Secrets are always decrypted. */
  readonly withDecryption: boolean
  /** Whether AWS must be called even if the value in memory is fresh. */
  readonly refreshNow: boolean
  /** The role to read with. Default: the entry's, otherwise the function's. */
  readonly roleArn?: string
}

/** A request that cannot be read, or is for a path that the peer does not have. */
export type InvalidRequest = Refusal<"bad-request" | "not-found">

/** What a request does with the value that it names. */
export type Purpose = "read" | "forget"

export interface Peer {
  readonly methods: Readonly<Record<string, Purpose>>
  /** Reads a URL: path and query. */
  readonly readRequest: (url: string, purpose: Purpose) => Result.Result<CompatibleRequest, InvalidRequest>
  /** The body for a value, which contains the value in plain text. */
  readonly bodyFor: (kind: CompatibleKind, value: Value) => string
  readonly badToken: HttpServerResponse.HttpServerResponse
  readonly methodNotAllowed: HttpServerResponse.HttpServerResponse
  readonly tooManyRequests: HttpServerResponse.HttpServerResponse
  /** The response to a request with `X-Forwarded-For`, if the peer has its own. */
  readonly forwarded?: HttpServerResponse.HttpServerResponse
  /** The response to a defect, whose cause is in the log. */
  readonly internalError: HttpServerResponse.HttpServerResponse
  readonly fromSourceError: (error: SourceError) => HttpServerResponse.HttpServerResponse
}

/** A response in plain text, as both peers write most of theirs. */
export const plainText = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(body, { status, contentType: "text/plain", headers })

/** The peers' own texts for these cases are unknown, so this one is ours. */
export const refused = ({ detail, problem }: Refusal): HttpServerResponse.HttpServerResponse =>
  plainText(PROBLEMS[problem].status, detail)
