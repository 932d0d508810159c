/**
 * Which item or key of a reply of BatchGetItem belongs to which address, and what is asked with: by the values of the key
 * attributes, as DynamoDB compares them.
 */
import { assert, describe, it } from "@effect/vitest"
import type { ItemAddress, KeyAttribute, KeyType } from "../../../../src/kinds/dynamodb/address.ts"
import type { Attribute, Attributes } from "../../../../src/kinds/dynamodb/fetch/attributes.ts"
import { isAt, primaryKey, requestItems, readRound } from "../../../../src/kinds/dynamodb/fetch/itemKeys.ts"

const attribute = (name: string, type: KeyType, value: string): KeyAttribute => ({ name, type, value })

const at = (hash: KeyAttribute, sort?: KeyAttribute, more: Partial<ItemAddress> = {}): ItemAddress => ({
  kind: "dynamodb",
  region: "us-west-2",
  table: "T",
  hash,
  ...(sort === undefined ? {} : { sort }),
  consistentRead: false,
  numbers: "number",
  ...more,
})

const named = (id: string, more: Partial<ItemAddress> = {}) => at(attribute("id", "S", id), undefined, more)
const item = (id: string): Attributes => ({ id: { S: id }, data: { S: `data of ${id}` } })
const dataOf = (found: Attributes | undefined) => found?.["data"]

describe("a key", () => {
  it("is asked for as the SDK takes it, bytes as bytes", () => {
    assert.deepStrictEqual(primaryKey(at(attribute("h", "S", "a"), attribute("s", "N", "1.50"))), {
      h: { S: "a" },
      s: { N: "1.50" },
    })
    assert.deepStrictEqual(primaryKey(at(attribute("h", "B", "AP8="))), { h: { B: Buffer.from([0, 255]) } })
  })

  it.each<
    readonly [type: KeyType, asked: string, same: ReadonlyArray<string>, others: ReadonlyArray<string>]
  >([
    ["S", "1.0", ["1.0"], ["1", "1.00", "", "1.0 "]],
    [
      "N",
      "1",
      ["1", "1.0", "1.", "01", "+1", "10E-1", "0.1e1", "0.1E+1", ".1e1"],
      ["-1", "10", "1.1", "0", "11", "0.1"],
    ],
    [
      "N",
      "1200",
      ["1200", "1.2e3", "12E2", "1200.00", "0001200"],
      ["120", "12000", "1200.1", "12", "-1200", "1002"],
    ],
    ["N", "-0.05", ["-0.05", "-.05", "-5e-2", "-0.050", "-50E-3"], ["0.05", "-0.5", "-0.005", "-5"]],
    ["N", "0", ["0", "-0", "0.00", "0e5", "+0", "000", ".0"], ["1", "0.1", "-1"]],
    ["B", "AP8=", ["AP8="], ["AP4=", "AAAA", ""]],
    ["B", "AP8", ["AP8="], ["AP4=", "QVA4"]],
  ])("of type %s, %s, is at every form of the same value and at no other", (type, asked, same, others) => {
    const address = at(attribute("h", type, asked))
    const isThere = (value: string) => isAt({ h: { [type]: value } as unknown as Attribute }, address)
    assert.deepStrictEqual(
      same.filter((value) => !isThere(value)),
      [],
    )
    assert.deepStrictEqual(others.filter(isThere), [])
  })

  it("is at no item that lacks an attribute of it, or has it in another type", () => {
    const address = at(attribute("h", "S", "a"), attribute("s", "N", "1"))
    assert.isTrue(isAt({ h: { S: "a" }, s: { N: "1" }, more: { S: "" } }, address))
    const others: ReadonlyArray<Attributes> = [
      { h: { S: "a" } },
      { s: { N: "1" } },
      { h: { S: "a" }, s: { S: "1" } },
      { h: { N: "1" }, s: { N: "1" } },
      { h: { S: "a" }, s: { N: "2" } },
      { h: { B: "a" }, s: { N: "1" } },
      {},
    ]
    for (const other of others) assert.isFalse(isAt(other, address), JSON.stringify(other))
    assert.isFalse(isAt({}, at(attribute("toString", "S", "a"))))
    assert.isFalse(isAt({ h: { S: "AP8=" } }, at(attribute("h", "B", "AP8="))))
    assert.isFalse(isAt({ h: { S: "1" } }, at(attribute("h", "N", "1"))))
  })

  it("may have the name `__proto__`", () => {
    const address = at(attribute("__proto__", "S", "a"))
    assert.deepStrictEqual(Object.entries(primaryKey(address)), [["__proto__", { S: "a" }]])
    assert.isTrue(isAt(JSON.parse('{"__proto__":{"S":"a"}}'), address))
  })
})

describe("a round of BatchGetItem", () => {
  it("says of each address which item there is, and which was left", () => {
    const addresses = [named("a"), named("b"), named("c"), named("a", { table: "U" })]
    const round = readRound(
      {
        Responses: { T: [item("a")], U: [item("a")] },
        UnprocessedKeys: { T: { Keys: [{ id: { S: "b" } }] } },
      },
      addresses,
    )
    assert.deepStrictEqual(
      addresses.map((address) => [dataOf(round?.itemAt(address)), round?.isUnprocessed(address)]),
      [
        [{ S: "data of a" }, false],
        [undefined, true],
        [undefined, false],
        [{ S: "data of a" }, false],
      ],
    )
  })

  it("says that nothing is left where the reply has no such list, and that what came is not", () => {
    const round = readRound({ Responses: { T: [item("a")] }, UnprocessedKeys: undefined }, [named("a")])
    assert.isFalse(round?.isUnprocessed(named("a")))
    const both = readRound(
      { Responses: { T: [item("a")] }, UnprocessedKeys: { T: { Keys: [{ id: { S: "a" } }] } } },
      [named("a")],
    )
    assert.isFalse(both?.isUnprocessed(named("a")))
    assert.isDefined(both?.itemAt(named("a")))
  })

  it.each<readonly [string, Parameters<typeof readRound>[0]]>([
    ["an item", { Responses: { T: [item("a"), item("x")] }, UnprocessedKeys: undefined }],
    ["a key", { Responses: {}, UnprocessedKeys: { T: { Keys: [{ id: { S: "x" } }] } } }],
    ["an item of a table", { Responses: { X: [item("a")] }, UnprocessedKeys: undefined }],
    ["a table without items", { Responses: { X: [] }, UnprocessedKeys: undefined }],
    ["a key of a table", { Responses: {}, UnprocessedKeys: { X: { Keys: [{ id: { S: "a" } }] } } }],
    ["an item without the key", { Responses: { T: [{ data: { S: "" } }] }, UnprocessedKeys: undefined }],
  ])("is no answer where it has %s that was not asked for", (_, reply) => {
    assert.isUndefined(readRound(reply, [named("a"), named("b")]))
  })

  it("finds one item under two addresses that name its key differently", () => {
    const byNumber = at(attribute("other", "N", "1"))
    const round = readRound(
      { Responses: { T: [{ ...item("a"), other: { N: "1.0" } }] }, UnprocessedKeys: undefined },
      [named("a"), byNumber],
    )
    assert.deepStrictEqual(dataOf(round?.itemAt(named("a"))), { S: "data of a" })
    assert.deepStrictEqual(dataOf(round?.itemAt(byNumber)), { S: "data of a" })
  })
})

describe("a round of several kinds of keys", () => {
  it("takes no name, type or table for another", () => {
    const items = [{ id: { S: "AP8=" }, other: { S: "b" } }, { id: { B: "AP8=" } }]
    const byText = named("AP8=")
    const byBytes = at(attribute("id", "B", "AP8="))
    const byOther = at(attribute("other", "S", "b"))
    const addresses = [byText, byBytes, byOther]
    const round = readRound({ Responses: { T: items }, UnprocessedKeys: undefined }, addresses)
    assert.deepStrictEqual(
      addresses.map((address) => round?.itemAt(address)),
      [items[0], items[1], items[0]],
    )

    const first = [{ id: { S: "AP8=" } }]
    const others = [byBytes, at(attribute("other", "S", "AP8=")), named("AP8=", { table: "U" })]
    const alone = readRound({ Responses: { T: first }, UnprocessedKeys: undefined }, [byText, ...others])
    assert.deepStrictEqual(
      others.map((address) => alone?.itemAt(address)),
      [undefined, undefined, undefined],
    )
    assert.deepStrictEqual(alone?.itemAt(byText), first[0])
  })
})

describe("the request for a batch", () => {
  it("has the keys of each table once, whatever form their numbers have, and how they are read", () => {
    const number = (value: string) =>
      at(attribute("n", "N", value), undefined, { table: "N", consistentRead: true })
    assert.deepStrictEqual(
      requestItems([named("a"), named("b"), named("a"), number("1"), number("1.0"), number("2")]),
      {
        T: { Keys: [{ id: { S: "a" } }, { id: { S: "b" } }], ConsistentRead: false },
        N: { Keys: [{ n: { N: "1.0" } }, { n: { N: "2" } }], ConsistentRead: true },
      },
    )
    assert.deepStrictEqual(requestItems([number("1")]), {
      N: { Keys: [{ n: { N: "1" } }], ConsistentRead: true },
    })
  })
})
