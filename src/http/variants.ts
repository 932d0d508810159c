/**
 * The members of a value that have variants, such as feature flags: those that a query wants, or all, each with the variant that the
 * request's context selects, as JSON.
 *
 * The kind knows the form (`Kind.ts`, `Variants`); it is read once per value. Imported by the first request for such a value.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Value } from "../domain/Entry.ts"
import { jsonObject } from "../kinds/jsonText.ts"
import type { Members, VariantDocument } from "../kinds/Kind.ts"
import type { Refusal } from "./problems.ts"
import { JSON_TYPE, type Named, type Part } from "./reply.ts"

/** What is known of values, kept as long as the value itself. */
const known = new WeakMap<Value, Result.Result<VariantDocument, string>>()

const unevaluated = (detail: string): Refusal => ({ problem: "unevaluated-variant", detail })

const documentOf = Effect.fnUntraced(function* (
  { body, served: { value } }: Part,
  variants: NonNullable<Members["variants"]>,
) {
  const found = known.get(value)
  if (found !== undefined) return found
  const { parse } = yield* Effect.promise(variants.load)
  const document: Result.Result<VariantDocument, string> =
    typeof body === "string" ? parse(body) : Result.fail("it is binary")
  known.set(value, document)
  return document
})

const select = (
  document: VariantDocument,
  name: string,
  what: string,
  context: string | undefined,
): Result.Result<Named<string>, Refusal> =>
  Result.gen(function* () {
    const json = yield* Result.mapError(document.select(name, context), unevaluated)
    if (json !== undefined) return [name, json] as const
    const detail = `the value has no ${what} ${JSON.stringify(name)}`
    return yield* Result.fail<Refusal>({ problem: "no-such-field", detail })
  })

/** `wanted` undefined: all members, as an object. One that cannot be evaluated fails them all. */
export const pickVariants = Effect.fnUntraced(function* (
  part: Part,
  { key, variants }: Members,
  wanted: ReadonlyArray<string> | undefined,
  context: string | undefined,
) {
  if (variants === undefined) return part
  const document = yield* documentOf(part, variants)
  if (Result.isFailure(document)) {
    const detail = `the value has the media type of flags with variants, but cannot be read: ${document.failure}`
    return yield* Effect.fail(unevaluated(detail))
  }
  const names = wanted ?? document.success.names
  const selected = yield* Effect.fromResult(
    Result.all(names.map((name) => select(document.success, name, key, context))),
  )
  const [only, ...others] = selected
  const isAlone = wanted !== undefined && only !== undefined && others.length === 0
  const body = isAlone ? only[1] : jsonObject(selected, (json) => json)
  return { ...part, body, contentType: JSON_TYPE, isWhole: false, isOfContext: true }
})
