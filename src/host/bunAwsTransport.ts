/**
 * How the SDK's clients reach AWS under Bun: `fetch`, which keeps connections alive by itself, and Bun's own
 * SHA-256 for the signature.
 */
import { FetchHttpHandler } from "@smithy/fetch-http-handler"
import type { AwsTransport } from "./Platform.ts"

type Data = string | ArrayBuffer | ArrayBufferView

interface Hasher {
  readonly update: (data: Data) => unknown
  readonly digest: () => Uint8Array
}

/** The part of Bun's API that is used. https://bun.com/docs/api/hashing */
declare const Bun: {
  readonly CryptoHasher: new (algorithm: "sha256", key?: Data) => Hasher
}

/** SHA-256, or HMAC-SHA-256 with a secret, in the form that the SDK asks for. */
class Sha256 {
  readonly #secret: Data | undefined
  #hasher: Hasher

  constructor(secret?: Data) {
    this.#secret = secret
    this.#hasher = new Bun.CryptoHasher("sha256", secret)
  }

  update(data: Data): void {
    this.#hasher.update(data)
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hasher.digest())
  }

  reset(): void {
    this.#hasher = new Bun.CryptoHasher("sha256", this.#secret)
  }
}

export const makeTransport = (): AwsTransport => ({
  requestHandler: FetchHttpHandler.create({ keepAlive: true }),
  sha256: Sha256,
})
