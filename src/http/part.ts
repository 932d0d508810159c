/**
 * The part of a served value that a request asks for: the value as it is, one parameter of a path, one field of JSON.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Served } from "../cache/Cache.ts"
import type { Found } from "../config/Plan.ts"
import type { Policy } from "../domain/Entry.ts"
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

/** The value of one parameter of a path that is kept as a whole. */
export const memberOf = (part: Part, name: string): Result.Result<Part, Refusal> => {
  const members: Readonly<Record<string, unknown>> = JSON.parse(String(part.body))
  const body = Object.hasOwn(members, name) ? members[name] : undefined
  return typeof body === "string"
    ? Result.succeed({ ...part, body, contentType: TEXT_TYPE, isWhole: false })
    : Result.fail({ problem: "no-data-found", detail: `there is no ${JSON.stringify(name)} below its path` })
}

/** The parser of JSON is loaded with the first field that is asked for. */
export const fieldOf = (part: Part, field: ReadonlyArray<string>): Effect.Effect<Part, Refusal> =>
  Effect.promise(() => import("./jsonField.ts")).pipe(
    Effect.flatMap(({ fieldAt }) =>
      Effect.fromResult(
        typeof part.body === "string" ? fieldAt(part.body, field) : Result.fail("the value is binary"),
      ),
    ),
    Effect.map(({ body, isJson }) => ({
      ...part,
      body,
      contentType: isJson ? JSON_TYPE : TEXT_TYPE,
      isWhole: false,
    })),
    Effect.mapError((detail): Refusal => ({ problem: "no-such-field", detail })),
  )
