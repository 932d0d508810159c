/**
 * The platform's keyed digest as a reference: Node's unless the standalone executable brings its own.
 */
import * as Context from "effect/Context"
import { makeDigest } from "./nodeDigest.ts"
import type { DigestOf } from "./Platform.ts"

export const Digest = Context.Reference<DigestOf>("cache-extension/host/Digest", { defaultValue: makeDigest })
