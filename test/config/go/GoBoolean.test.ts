/**
 * The twelve spellings of strconv.ParseBool, and that there is no thirteenth.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as GoBoolean from "../../../src/config/go/GoBoolean.ts"

const TRUE = ["1", "t", "T", "TRUE", "true", "True"]
const FALSE = ["0", "f", "F", "FALSE", "false", "False"]

describe("a boolean in Go's format", () => {
  it.each(TRUE)("is true as %s", (text) => {
    assert.deepStrictEqual(GoBoolean.parse(text), Result.succeed(true))
  })

  it.each(FALSE)("is false as %s", (text) => {
    assert.deepStrictEqual(GoBoolean.parse(text), Result.succeed(false))
  })

  it.each(["", "yes", "no", "on", "off", "TRue", "tRUE", " true", "true ", "2", "10"])(
    "is not %j",
    (text) => {
      const result = GoBoolean.parse(text)
      assert.strictEqual(
        Result.isFailure(result) ? result.failure.message : "accepted",
        `invalid boolean ${JSON.stringify(text)}: not one of 1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False`,
      )
    },
  )

  it.effect.prop("has these twelve spellings and no other", { text: Schema.String }, ({ text }) =>
    Effect.sync(() =>
      assert.strictEqual(Result.isSuccess(GoBoolean.parse(text)), [...TRUE, ...FALSE].includes(text)),
    ),
  )
})
