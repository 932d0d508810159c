/**
 * Content codings (RFC 9110, section 8.4) of values that are stored in one, such as a gzip file in S3: whether a request accepts
 * the coding, and the value without it.
 *
 * Imported with the first such value, because others need none of it.
 */
import * as Effect from "effect/Effect"
import { decodeBody } from "../kinds/content.ts"
import { CodingError, withoutCodings } from "../kinds/contentCodings.ts"
import type { Refusal } from "./problems.ts"
import type { Part } from "./reply.ts"

const WEIGHT = /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i

/** Whether `Accept-Encoding` names a coding, or `*`, with a weight above 0 (section 12.5.3). */
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

const toRefusal = (cause: unknown, maxBytes: number): Refusal =>
  cause instanceof CodingError && cause.problem === "too long"
    ? {
        problem: "value-too-large",
        detail: `without its content coding the value is longer than cache.max_bytes (${maxBytes})`,
      }
    : {
        problem: "unusable-value",
        detail: `${(cause as Error).message}; a request whose Accept-Encoding names the coding gets the value as it is stored`,
      }

/** The part without its content codings. */
export const decoded = (part: Part, coding: string, maxBytes: number): Effect.Effect<Part, Refusal> => {
  const { body, coding: _, ...rest } = part
  const bytes = typeof body === "string" ? Buffer.from(body) : body
  return Effect.map(
    Effect.tryPromise({
      try: () => withoutCodings(bytes, coding, maxBytes),
      catch: (cause) => toRefusal(cause, maxBytes),
    }),
    (plain): Part => ({ ...rest, body: decodeBody(plain), isWhole: false, isNegotiated: true }),
  )
}
