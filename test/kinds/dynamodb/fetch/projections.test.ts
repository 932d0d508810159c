/**
 * Items of which only some attributes are read, over a client that records what it is asked: the projection of each call, which
 * items share one, and what a value has.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { make } from "../../../../src/kinds/dynamodb/fetch/items.ts"
import { recordedSource, shown } from "../../../support/recordedCalls.ts"

describe("an item with attributes", () => {
  const item = (attributes?: ReadonlyArray<string>, id = "a") =>
    ({
      kind: "dynamodb",
      region: "us-west-2",
      table: "Things",
      hash: { name: "id", type: "S", value: id },
      consistentRead: false,
      numbers: "number",
      ...(attributes === undefined ? {} : { attributes }),
    }) as const

  it.effect("is read with its key, which is no part of the value", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* recordedSource(make, () => ({
        Item: { id: { S: "a" }, size: { M: { eu: { N: "42" } } } },
      }))
      assert.deepStrictEqual(shown(yield* fetch(item(["size.eu"]))), ['{"size":{"eu":42}}'])
      assert.deepInclude(calls[0]?.input, {
        ProjectionExpression: "#0.#1,#2",
        ExpressionAttributeNames: { "#0": "size", "#1": "eu", "#2": "id" },
      })
    }),
  )

  it.effect("shares a call with items that have the same attributes", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* recordedSource(make, () => ({
        Responses: { Things: ["b", "a"].map((id) => ({ id: { S: id }, n: { N: "1" } })) },
      }))
      assert.deepStrictEqual(shown(yield* fetch(item(["n"]), item(["n"], "b"))), ['{"n":1}', '{"n":1}'])
      assert.deepStrictEqual(
        calls.map(({ input }) => input["RequestItems"]),
        [
          {
            Things: {
              Keys: [{ id: { S: "a" } }, { id: { S: "b" } }],
              ConsistentRead: false,
              ProjectionExpression: "#0,#1",
              ExpressionAttributeNames: { "#0": "n", "#1": "id" },
            },
          },
        ],
      )
    }),
  )

  it.effect("shares none with items that have others", () =>
    Effect.gen(function* () {
      const { source } = yield* recordedSource(make, () => ({}))
      const groups = [item(["n"]), item(["n"], "b"), item(["n", "m"]), item()].map(source.groupOf)
      assert.strictEqual(groups[0], groups[1])
      assert.lengthOf(new Set(groups), 3)
    }),
  )

  it.effect("that has none of them is an empty object, and one that does not exist is not found", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(make, (_, count) =>
        count === 1 ? { Item: { id: { S: "a" } } } : {},
      )
      assert.deepStrictEqual(shown(yield* fetch(item(["n"]))), ["{}"])
      assert.deepStrictEqual(shown(yield* fetch(item(["n"]))), ["NotFound"])
    }),
  )
})
