/**
 * Removes content codings (RFC 9110, section 8.4) from bytes, within a bound: a small gzip file can become one that fills the
 * memory. Imported with the first content that is in a coding.
 */
import { promisify } from "node:util"
import * as Zlib from "node:zlib"

type Decode = (body: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Uint8Array>

const gunzip: Decode = promisify(Zlib.gunzip)

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  deflate: promisify(Zlib.inflate),
  br: promisify(Zlib.brotliDecompress),
  zstd: promisify(Zlib.zstdDecompress),
}

/** Why codings cannot be removed. `problem`: the coding is unknown, the bytes are not in it, or they are too many without it. */
export class CodingError extends Error {
  readonly problem: "unknown" | "broken" | "too long"

  constructor(problem: CodingError["problem"], message: string) {
    super(message)
    this.problem = problem
  }
}

const TOO_LONG = "ERR_BUFFER_TOO_LARGE"

/** The bytes without their codings (`br, gzip`: the last one was applied last). Rejects with a `CodingError`. */
export const withoutCodings = async (
  bytes: Uint8Array,
  coding: string,
  maxBytes: number,
): Promise<Uint8Array> => {
  let plain = bytes
  for (const one of coding.split(", ").toReversed()) {
    const decode = Object.hasOwn(DECODERS, one) ? DECODERS[one] : undefined
    if (decode === undefined)
      throw new CodingError(
        "unknown",
        `the content coding ${JSON.stringify(one)} cannot be removed, only ${Object.keys(DECODERS).join(", ")}`,
      )
    plain = await decode(plain, { maxOutputLength: maxBytes }).catch((cause: unknown) => {
      throw (cause as { readonly code?: unknown }).code === TOO_LONG
        ? new CodingError("too long", `without its content coding it is longer than ${maxBytes} bytes`)
        : new CodingError("broken", `it is not in the content coding ${one} that it claims`)
    })
  }
  return plain
}
