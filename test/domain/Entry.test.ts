/**
 * Keys of entries: one per kind and name, whatever the name looks like.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { entryKey } from "../../src/domain/Entry.ts"

const kind = Schema.Literals(["parameters", "secrets", "dynamodb", "appconfig"])

describe("the key of an entry", () => {
  it.effect.prop(
    "is the same for the same kind and name, and for no other",
    { left: Schema.Tuple([kind, Schema.String]), right: Schema.Tuple([kind, Schema.String]) },
    ({ left, right }) =>
      Effect.sync(() => {
        const isSame = left[0] === right[0] && left[1] === right[1]
        assert.strictEqual(entryKey(...left) === entryKey(...right), isSame)
        assert.strictEqual(entryKey(...left), entryKey(...left))
      }),
    { arbitrary: { runs: 500 } },
  )

  it.effect.prop("tells a name with a colon from a kind", { name: Schema.String }, ({ name }) =>
    Effect.sync(() =>
      assert.notStrictEqual(entryKey("parameters", `secrets:${name}`), entryKey("secrets", name)),
    ),
  )
})
