/**
 * How a request on a port of another extension reads the cache: by its `Cache-Control`, and `refreshNow` where the peer has
 * that. Used by the routes of all peers.
 */
import type * as Effect from "effect/Effect"
import type { Cache, ReadOptions } from "../../cache/Cache.ts"
import type { Served } from "../../cache/Served.ts"
import type { Entry } from "../../domain/Entry.ts"
import type { SourceError } from "../../domain/SourceError.ts"
import { type Directives, toReadOptions } from "../cacheControl.ts"
import { plainText } from "./Peer.ts"

export interface ReadMode {
  readonly options: ReadOptions
  readonly onlyIfCached: boolean
}

export const readModeOf = (directives: Directives, refreshNow: boolean): ReadMode => ({
  options: { ...toReadOptions(directives), ...(refreshNow ? { refreshNow } : {}) },
  onlyIfCached: directives.onlyIfCached,
})

/** The response if `only-if-cached` finds nothing to serve. */
export const NOT_CACHED = plainText(504, "nothing in memory will do, and only-if-cached forbids to ask AWS")

/** Reads an entry. Undefined: nothing in memory will do, and AWS may not be asked. */
export const readBy = (
  cache: Cache["Service"],
  entry: Entry,
  { onlyIfCached, options }: ReadMode,
): Effect.Effect<Served | undefined, SourceError> =>
  onlyIfCached ? cache.held(entry, options) : cache.read(entry, options)
