/**
 * What becomes of DynamoDB's replies, one by one: those of a wrong form, those about something that was not asked for,
 * and attributes, keys and tables with names that every object has.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ItemAddress } from "../../../../src/kinds/dynamodb/address.ts"
import { make } from "../../../../src/kinds/dynamodb/fetch/items.ts"
import { recordedSource, type Reply, shown } from "../../../support/recordedCalls.ts"

const item = (value: string, more: Partial<ItemAddress> = {}): ItemAddress => ({
  kind: "dynamodb",
  region: "us-west-2",
  table: "Things",
  hash: { name: "id", type: "S", value },
  consistentRead: false,
  numbers: "number",
  ...more,
})

const fetchOne = (reply: unknown, address = item("1")) =>
  Effect.gen(function* () {
    const { fetch } = yield* recordedSource(make, () => reply)
    return shown(yield* fetch(address))[0]
  })

const fetchMany = (reply: Reply | unknown, ...addresses: ReadonlyArray<ItemAddress>) =>
  Effect.gen(function* () {
    const answer: Reply = typeof reply === "function" ? (reply as Reply) : () => reply
    const { calls, fetch } = yield* recordedSource(make, answer)
    const [first = item("1"), ...rest] = addresses
    return { results: shown(yield* fetch(first, ...rest)), calls }
  })

const NO_OBJECTS: ReadonlyArray<unknown> = [undefined, null, [], "wrong", 3, true]

/** Attribute values of no type, of an unknown one, of two, or with a value of another. */
const WRONG_VALUES: ReadonlyArray<unknown> = [
  ...NO_OBJECTS,
  {},
  { S: 3 },
  { S: null },
  { N: 3 },
  { N: "abc" },
  { N: "" },
  { N: "NaN" },
  { B: "?" },
  { B: "AP8" },
  { BOOL: "true" },
  { NULL: "yes" },
  { M: "x" },
  { M: [] },
  { M: { deep: { S: 3 } } },
  { M: { deep: null } },
  { L: {} },
  { L: [{ L: [{ N: "abc" }] }] },
  { L: [null] },
  { SS: "x" },
  { SS: [3] },
  { NS: ["1", "x"] },
  { BS: ["?"] },
  { X: "unknown" },
  { S: "x", N: "1" },
  { S: "x", Y: "1" },
  { constructor: "x" },
  { toString: "x" },
]

describe("a reply of GetItem", () => {
  it.effect("without an item says that there is none", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* fetchOne({}), "NotFound")
    }),
  )

  it.effect("that is no object says nothing", () =>
    Effect.gen(function* () {
      for (const reply of NO_OBJECTS) assert.strictEqual(yield* fetchOne(reply), "Unavailable")
    }),
  )

  it.effect("whose item is none says nothing", () =>
    Effect.gen(function* () {
      for (const Item of NO_OBJECTS.slice(1)) assert.strictEqual(yield* fetchOne({ Item }), "Unavailable")
    }),
  )

  it.effect("is checked down to the leaves", () =>
    Effect.gen(function* () {
      for (const wrong of WRONG_VALUES) {
        assert.strictEqual(yield* fetchOne({ Item: { id: { S: "1" }, wrong } }), "Unavailable")
        const nested = { M: { a: { L: [wrong] } } }
        assert.strictEqual(yield* fetchOne({ Item: { id: { S: "1" }, nested } }), "Unavailable")
      }
    }),
  )

  it.effect("that nests without end is none", () =>
    Effect.gen(function* () {
      const text = `${'{"L":['.repeat(50_000)}{"S":"x"}${"]}".repeat(50_000)}`
      const deep: unknown = JSON.parse(text)
      assert.strictEqual(yield* fetchOne({ Item: { id: { S: "1" }, deep } }), "Unavailable")
    }),
  )

  it.effect("with another item, or without its key, is not served", () =>
    Effect.gen(function* () {
      for (const Item of [{ id: { S: "2" } }, { id: { N: "1" } }, { other: { S: "1" } }, {}])
        assert.strictEqual(yield* fetchOne({ Item }), "Unavailable")
    }),
  )

  it.effect("has the key in any form of its number or its bytes", () =>
    Effect.gen(function* () {
      const number = item("1", { hash: { name: "id", type: "N", value: "1.50" } })
      assert.strictEqual(yield* fetchOne({ Item: { id: { N: "1.5" } } }, number), '{"id":1.5}')
      assert.strictEqual(yield* fetchOne({ Item: { id: { N: "1.51" } } }, number), "Unavailable")
      assert.strictEqual(yield* fetchOne({ Item: { id: { N: "-1.5" } } }, number), "Unavailable")
      const binary = item("1", { hash: { name: "id", type: "B", value: "AP8" } })
      assert.strictEqual(yield* fetchOne({ Item: { id: { B: "AP8=" } } }, binary), '{"id":"AP8="}')
      assert.strictEqual(yield* fetchOne({ Item: { id: { B: "AP4=" } } }, binary), "Unavailable")
    }),
  )

  it.effect("keeps attributes and keys with names that every object has", () =>
    Effect.gen(function* () {
      for (const name of ["__proto__", "constructor", "toString"]) {
        const address = item("1", { table: name, hash: { name, type: "S", value: "1" } })
        const reply: unknown = JSON.parse(`{"Item":{"${name}":{"S":"1"},"~map":{"M":{"${name}":{"N":"2"}}}}}`)
        const { calls, fetch } = yield* recordedSource(make, () => reply)
        assert.deepStrictEqual(shown(yield* fetch(address)), [`{"${name}":"1","~map":{"${name}":2}}`])
        assert.deepStrictEqual(Object.entries(calls[0]?.input["Key"] ?? {}), [[name, { S: "1" }]])
        // The key is missing, although every object has something of that name.
        assert.strictEqual(yield* fetchOne({ Item: { other: { S: "1" } } }, address), "Unavailable")
      }
      assert.notProperty({}, "~map")
    }),
  )
})

describe("a reply of BatchGetItem", () => {
  const both = [item("1"), item("2")] as const
  const one = { id: { S: "1" }, n: { N: "1" } }
  const two = { id: { S: "2" }, n: { N: "2" } }

  it.effect("may have the items in any order, and leave out those that there are not", () =>
    Effect.gen(function* () {
      const { results } = yield* fetchMany(
        { Responses: { Things: [two, one] }, UnprocessedKeys: {} },
        ...both,
      )
      assert.deepStrictEqual(results, ['{"id":"1","n":1}', '{"id":"2","n":2}'])
      const half = yield* fetchMany({ Responses: { Things: [two] } }, ...both)
      assert.deepStrictEqual(half.results, ["NotFound", '{"id":"2","n":2}'])
    }),
  )

  it.effect("of another form says nothing of any item", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<unknown> = [
        ...NO_OBJECTS,
        {},
        { UnprocessedKeys: {} },
        ...NO_OBJECTS.slice(1).map((Responses) => ({ Responses })),
        ...NO_OBJECTS.slice(1).map((UnprocessedKeys) => ({ Responses: { Things: [one] }, UnprocessedKeys })),
        { Responses: { Things: one } },
        { Responses: { Things: [one, null] } },
        { Responses: { Things: [one], Others: [] } },
        { Responses: { Things: [one, { id: { S: "3" } }] } },
        ...WRONG_VALUES.map((value) => ({ Responses: { Things: [one, { ...two, value }] } })),
        { Responses: { Things: [one] }, UnprocessedKeys: { Things: [] } },
        { Responses: { Things: [one] }, UnprocessedKeys: { Things: { Keys: {} } } },
        { Responses: { Things: [one] }, UnprocessedKeys: { Things: { Keys: [{ id: { S: 2 } }] } } },
        { Responses: { Things: [one] }, UnprocessedKeys: { Things: { Keys: [{ id: { S: "3" } }] } } },
        { Responses: { Things: [one] }, UnprocessedKeys: { Others: { Keys: [{ id: { S: "2" } }] } } },
      ]
      for (const reply of wrong)
        assert.deepStrictEqual((yield* fetchMany(reply, ...both)).results, ["Unavailable", "Unavailable"])
    }),
  )

  it.effect("keeps tables, keys and attributes with names that every object has", () =>
    Effect.gen(function* () {
      const names = ["__proto__", "constructor", "toString"]
      const addresses = names.map((name) => item("1", { table: name, hash: { name, type: "S", value: "1" } }))
      const tables = names.map((name) => `"${name}":[{"${name}":{"S":"1"}}]`).join(",")
      const reply: unknown = JSON.parse(`{"Responses":{${tables}},"UnprocessedKeys":{}}`)
      const { calls, results } = yield* fetchMany(reply, ...addresses)
      assert.deepStrictEqual(
        results,
        names.map((name) => `{"${name}":"1"}`),
      )
      const asked = Object.entries(calls[0]?.input["RequestItems"] ?? {}) as ReadonlyArray<[string, object]>
      assert.deepStrictEqual(
        asked.map(([table]) => table),
        names,
      )

      const missing = yield* fetchMany({ Responses: {} }, ...addresses)
      assert.deepStrictEqual(missing.results, ["NotFound", "NotFound", "NotFound"])
    }),
  )

  it.effect("answers a key that is asked for in two forms, and asks for it once", () =>
    Effect.gen(function* () {
      const forms = ["number", "string"] as const
      const addresses = forms.map((numbers) => item("1", { numbers }))
      const { calls, results } = yield* fetchMany({ Responses: { Things: [one] } }, ...addresses)
      assert.deepStrictEqual(results, ['{"id":"1","n":1}', '{"id":"1","n":"1"}'])
      assert.deepStrictEqual(calls[0]?.input["RequestItems"], {
        Things: { Keys: [{ id: { S: "1" } }], ConsistentRead: false },
      })
    }),
  )
})
