/**
 * Effect's HTTP client under Bun: its own `fetch`, without redirects, and as on Node with a connection for each request:
 * one that is kept may be dead after a freeze, and its spans lost. Imported where a collector of spans is configured.
 */
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"

export const layer = Layer.provide(
  FetchHttpClient.layer,
  Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual", keepalive: false }),
)
