/**
 * Effect's HTTP client over `node:http` and `node:https`, for exporting spans; the global `fetch` would load undici.
 * Imported only if a collector is configured.
 */
export { layerNodeHttp as layer } from "@effect/platform-node/NodeHttpClient"
