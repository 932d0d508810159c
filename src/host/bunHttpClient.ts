/**
 * Effect's HTTP client under Bun: its own `fetch`. Imported where a collector of spans is configured.
 */
export { layer } from "effect/http/FetchHttpClient"
