/**
 * `Platform.digest` with Bun's own hasher, because loading `node:crypto` takes 5 ms under Bun.
 */
import { DIGEST_KEY_LENGTH, type DigestFunction } from "./Platform.ts"

interface Hasher {
  readonly update: (data: string | Uint8Array) => unknown
  readonly digest: (encoding: "base64url") => string
}

/** The part of Bun's API that is used. https://bun.com/docs/api/hashing */
declare const Bun: {
  readonly CryptoHasher: new (algorithm: "sha256", key: Uint8Array) => Hasher
}

export const makeDigest = (): DigestFunction => {
  let key: Uint8Array | undefined
  return (...parts) => {
    key ??= crypto.getRandomValues(new Uint8Array(DIGEST_KEY_LENGTH))
    const hasher = new Bun.CryptoHasher("sha256", key)
    for (const part of parts) hasher.update(part)
    return hasher.digest("base64url")
  }
}
