/**
 * `Platform.digest` with `node:crypto`.
 */
import process from "node:process"
import { DIGEST_KEY_LENGTH, type DigestFunction } from "./Platform.ts"

export const makeDigest = (): DigestFunction => {
  let key: Uint8Array | undefined
  return (...parts) => {
    // Imported here because the module takes 4 ms of a cold start; by the first digest the SDK has loaded it.
    const { createHmac, randomBytes } = process.getBuiltinModule("node:crypto")
    key ??= randomBytes(DIGEST_KEY_LENGTH)
    const hmac = createHmac("sha256", key)
    for (const part of parts) hmac.update(part)
    return hmac.digest("base64url")
  }
}
