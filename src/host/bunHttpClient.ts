/**
 * Effect's HTTP client over Bun's `fetch`, for exporting spans. It does not follow redirects. Each request opens a new
 * connection, as on Node: a kept-alive one may be dead after a freeze, and its spans would be lost. Imported only if a
 * collector is configured.
 */
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"

export const layer = Layer.provide(
  FetchHttpClient.layer,
  Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual", keepalive: false }),
)
