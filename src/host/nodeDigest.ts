/**
 * `Platform.digest` with `node:crypto`. As the default of `Digest` it is in the executable too, where importing
 * `node:process` would make Bun open the standard streams (5 to 9 ms). So it uses the global `process`.
 */
import { DIGEST_KEY_LENGTH, type DigestFunction } from "./Platform.ts"

export const makeDigest = (): DigestFunction => {
  let key: Uint8Array | undefined
  return (...parts) => {
    // Imported here because the module takes 4 ms of a cold start; by the first digest the SDK has loaded it.
    const { createHmac, randomBytes } = globalThis.process.getBuiltinModule("node:crypto")
    key ??= randomBytes(DIGEST_KEY_LENGTH)
    const hmac = createHmac("sha256", key)
    for (const part of parts) hmac.update(part)
    return hmac.digest("base64url")
  }
}
