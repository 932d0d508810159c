/**
 * The part of a served value that a request asks for: the value as it is, one parameter of a path, one field of JSON.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Served } from "../cache/Served.ts"
import type { Found } from "../config/Plan.ts"
import type { Policy, Value } from "../domain/Entry.ts"
import type { Field, FieldAt } from "./jsonField.ts"
import type { Refusal } from "./problems.ts"

export const JSON_TYPE = "application/json"
const TEXT_TYPE = "text/plain; charset=utf-8"

/** A value, or the part of it that was asked for, ready to be written. */
export interface Part {
  readonly served: Served
  readonly policy: Policy
  readonly body: string | Uint8Array
  readonly contentType: string
  /** Whether the body is the value's own. */
  readonly isWhole: boolean
}

/** The value as it is. */
export const wholeOf = ({ entry }: Found, served: Served): Part => ({
  served,
  policy: entry.policy,
  body: Redacted.value(served.value.body),
  contentType: served.value.contentType,
  isWhole: true,
})

/** The parsed fields of values, kept for as long as the value itself. */
const known = new WeakMap<Value, FieldAt>()

/** Finds fields of a part. The module is loaded for the first request that asks for a field. */
const fieldsOf = ({ body, isWhole, served }: Part): Effect.Effect<FieldAt> => {
  if (typeof body !== "string") return Effect.succeed(() => Result.fail("the value is binary"))
  const fields = isWhole ? known.get(served.value) : undefined
  if (fields !== undefined) return Effect.succeed(fields)
  return Effect.map(
    Effect.promise(() => import("./jsonField.ts")),
    (jsonField) => {
      const made = jsonField.fieldsOf(body)
      if (isWhole) known.set(served.value, made)
      return made
    },
  )
}

const fieldIn = (part: Part, tokens: ReadonlyArray<string>): Effect.Effect<Field, string> =>
  Effect.flatMap(fieldsOf(part), (fieldAt) => Effect.fromResult(fieldAt(tokens)))

/** The value of one parameter of a path that is kept as a whole. */
export const memberOf = (part: Part, name: string): Effect.Effect<Part, Refusal> =>
  fieldIn(part, [name]).pipe(
    Effect.map(({ body }) => ({ ...part, body, contentType: TEXT_TYPE, isWhole: false })),
    Effect.mapError((): Refusal => ({
      problem: "no-data-found",
      detail: `there is no ${JSON.stringify(name)} below its path`,
    })),
  )

/** One field of a value that is JSON. */
export const fieldOf = (part: Part, field: ReadonlyArray<string>): Effect.Effect<Part, Refusal> =>
  fieldIn(part, field).pipe(
    Effect.map(({ body, isJson }) => ({
      ...part,
      body,
      contentType: isJson ? JSON_TYPE : TEXT_TYPE,
      isWhole: false,
    })),
    Effect.mapError((detail): Refusal => ({ problem: "no-such-field", detail })),
  )
