/**
 * What an encrypted record looks like: `v1.A256GCM.<key id>.<nonce>.<ciphertext>`, and behind it the wrapped data key if the
 * key is one of KMS. Binary parts are in base64url. Pure.
 *
 * The version, the algorithm and the key id are authenticated with the record, so none of them can be exchanged.
 */
import { Buffer } from "node:buffer"

const VERSION = "v1"
/** AES-256 in Galois/Counter Mode, by its name in RFC 7518. */
const ALGORITHM = "A256GCM"

export interface Envelope {
  readonly keyId: string
  readonly nonce: Uint8Array<ArrayBuffer>
  readonly ciphertext: Uint8Array<ArrayBuffer>
  /** The data key, encrypted by KMS. */
  readonly wrappedKey?: Uint8Array<ArrayBuffer>
}

const BASE64URL = /^[\w-]*$/

/** Undefined if the text is not base64url. */
export const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> | undefined =>
  BASE64URL.test(text) && text.length % 4 !== 1 ? new Uint8Array(Buffer.from(text, "base64url")) : undefined

export const toBase64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url")

/** What is authenticated besides the text: the format, the key, and where the record belongs. */
export const additionalData = (keyId: string, context: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode([VERSION, ALGORITHM, keyId, context].join("\n"))

export const formatEnvelope = ({ ciphertext, keyId, nonce, wrappedKey }: Envelope): string =>
  [
    VERSION,
    ALGORITHM,
    keyId,
    toBase64Url(nonce),
    toBase64Url(ciphertext),
    ...(wrappedKey === undefined ? [] : [toBase64Url(wrappedKey)]),
  ].join(".")

/** The parts of an envelope; undefined for anything else, also for one of another version. */
export const parseEnvelope = (text: string): Envelope | undefined => {
  const [version, algorithm, keyId, nonceText, cipherText, wrapped, ...more] = text.split(".")
  if (version !== VERSION || algorithm !== ALGORITHM || more.length > 0) return undefined
  const nonce = fromBase64Url(nonceText ?? "-.-")
  const ciphertext = fromBase64Url(cipherText ?? "-.-")
  const wrappedKey = wrapped === undefined ? undefined : fromBase64Url(wrapped)
  if (!keyId || nonce === undefined || ciphertext === undefined) return undefined
  if (wrapped !== undefined && wrappedKey === undefined) return undefined
  return { keyId, nonce, ciphertext, ...(wrappedKey === undefined ? {} : { wrappedKey }) }
}
