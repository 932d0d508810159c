/**
 * Content codings (RFC 9110, section 8.4) of values that are stored in one, such as a gzip file in S3: whether a request accepts
 * the coding, and the value without it.
 *
 * Imported with the first such value, because others need none of it.
 */
import { promisify } from "node:util"
import * as Zlib from "node:zlib"
import * as Effect from "effect/Effect"
import { decodeBody } from "../kinds/content.ts"
import type { Refusal } from "./problems.ts"
import type { Part } from "./reply.ts"

const WEIGHT = /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i

/** Whether `Accept-Encoding` names a coding, or `*`, and does not give it the weight 0 (section 12.5.3). */
export const accepts = (header: string | undefined, coding: string): boolean => {
  const weights = new Map(
    (header ?? "").split(",").map((member) => {
      const [name = "", ...parameters] = member.split(";")
      const weight = parameters
        .map((parameter) => WEIGHT.exec(parameter)?.[1])
        .find((text) => text !== undefined)
      return [name.trim().toLowerCase(), Number(weight ?? 1)]
    }),
  )
  return coding.split(", ").every((one) => (weights.get(one) ?? weights.get("*") ?? 0) > 0)
}

type Decode = (body: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Uint8Array>

const gunzip: Decode = promisify(Zlib.gunzip)

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  deflate: promisify(Zlib.inflate),
  br: promisify(Zlib.brotliDecompress),
  zstd: promisify(Zlib.zstdDecompress),
}

const TOO_LONG = "ERR_BUFFER_TOO_LARGE"

/**
 * The body of a value without its codings. Never longer than `maxBytes`, so that a small value cannot become one that fills the
 * memory.
 */
const withoutCodings = (
  body: Uint8Array,
  coding: string,
  maxBytes: number,
): Effect.Effect<Uint8Array, Refusal> =>
  // The last coding was applied last.
  Effect.reduce(
    coding.split(", ").toReversed(),
    () => body,
    (bytes, one) => {
      const decode = DECODERS[one]
      if (decode === undefined)
        return Effect.fail<Refusal>({
          problem: "unusable-value",
          detail: `the value is stored in the content coding ${JSON.stringify(one)}; only ${Object.keys(DECODERS).join(", ")} can be removed, so the request must accept it`,
        })
      return Effect.tryPromise({
        try: () => decode(bytes, { maxOutputLength: maxBytes }),
        catch: (cause): Refusal =>
          (cause as { readonly code?: unknown }).code === TOO_LONG
            ? {
                problem: "value-too-large",
                detail: `without its content coding the value is longer than cache.max_bytes (${maxBytes})`,
              }
            : {
                problem: "unusable-value",
                detail: `the value is not in the content coding ${one} that it claims`,
              },
      })
    },
  )

/** The part without its content codings. */
export const decoded = (part: Part, coding: string, maxBytes: number): Effect.Effect<Part, Refusal> =>
  Effect.map(
    withoutCodings(typeof part.body === "string" ? Buffer.from(part.body) : part.body, coding, maxBytes),
    (bytes): Part => {
      const { coding: _, ...rest } = part
      return { ...rest, body: decodeBody(bytes), isWhole: false, isNegotiated: true }
    },
  )
