/**
 * Effect's HTTP client on Node: `node:http` and `node:https`, as the global `fetch` would load undici. Imported where
 * a collector of spans is configured.
 */
export { layerNodeHttp as layer } from "@effect/platform-node/NodeHttpClient"
