/**
 * The platform's keyed digest as a reference. The default is Node's.
 */
import * as Context from "effect/Context"
import { makeDigest } from "./nodeDigest.ts"
import type { DigestFunction } from "./Platform.ts"

export const Digest = Context.Reference<DigestFunction>("cache-extension/host/Digest", {
  defaultValue: makeDigest,
})
