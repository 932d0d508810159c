/**
 * Keys of entries: one per kind and name, whatever the name looks like.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { entryKey, queryKey } from "../../src/domain/Entry.ts"

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

  it("names its kind, so that it is the path of a URL", () => {
    assert.strictEqual(entryKey("secrets", "db"), "secrets:db")
    assert.strictEqual(queryKey("dynamodb", { table: "a&b", id: "1" }), "dynamodb?table=a%26b&id=1")
  })

  it("of a query is no name's, and tells its parts apart", () => {
    const keys = [
      queryKey("parameters", { name: "A", version: "1" }),
      queryKey("secrets", { name: "A", version: "1" }),
      queryKey("parameters", { name: "A&version=1" }),
      queryKey("parameters", {}),
      entryKey("parameters", "name=A&version=1"),
    ]
    assert.strictEqual(new Set(keys).size, keys.length)
  })
})
