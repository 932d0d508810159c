/**
 * Effect's HTTP client over Bun's `fetch`, for exporting spans. Redirects are not followed. Each request has a new connection,
 * as on Node: a kept one may be dead after a freeze, and its spans would be lost. Imported if a collector is configured.
 */
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"

export const layer = Layer.provide(
  FetchHttpClient.layer,
  Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual", keepalive: false }),
)
