/**
 * Declared tables: which item a request means, what is refused without a call, and what an item has of its table.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { PlanShape } from "../../../src/config/Plan.ts"
import type { VersionSelector } from "../../../src/kinds/Section.ts"
import { planOf, readConfig } from "../../support/configs.ts"
import { contract } from "../../../src/kinds/dynamodb/contract.ts"

const CONFIG = `
dynamodb:
  - { table: Orders, hashkey: id, hashkeytype: S, hashkeyvalue: listed }
  - { name: Stock, table: Stock, hashkey: place, hashkeytype: S, hashkeyvalue: A1, query: {} }
tables:
  - { table: Orders, hashkey: id, hashkeytype: S }
  - { table: Orders-old, hashkey: id, hashkeytype: N, ttl: 5s, consistent_read: true, attributes: [b, a], format: dynamodb }
  - { table: Stock, hashkey: place, hashkeytype: S, sortkey: item, sortkeytype: N }
  - { name: abroad, table: Orders, region: eu-central-1, hashkey: id, hashkeytype: S, role_arn: "arn:aws:iam::123456789012:role/r" }
  - { table: Blobs, hashkey: id, hashkeytype: B }
`
const plan = planOf(CONFIG, { region: "us-west-2" })

/** What a request finds: the table's region and name, and the key. */
const keyOf = (found: ReturnType<PlanShape["find"]>): string | undefined => {
  const { address } = found?.entry ?? {}
  if (address?.kind !== "dynamodb" || "query" in address) return undefined
  const key = [address.hash, ...(address.sort === undefined ? [] : [address.sort])]
  return `${address.region} ${address.table} ${key.map(({ name, type, value }) => `${name}:${type}=${value}`).join(" ")}`
}

const find = (name: string, selector: VersionSelector = {}) => plan.find("dynamodb", name, selector)

describe("a declared table", () => {
  it.each<readonly [string, VersionSelector, string]>([
    ["Orders", { hashkeyvalue: "7" }, "us-west-2 Orders id:S=7"],
    ["Orders-7", {}, "us-west-2 Orders id:S=7"],
    ["Orders-a-b", {}, "us-west-2 Orders id:S=a-b"],
    ["Orders-old-7", {}, "us-west-2 Orders-old id:N=7"],
    ["Orders", { hashkeyvalue: "old-7" }, "us-west-2 Orders id:S=old-7"],
    ["Stock", { hashkeyvalue: "A-1", sortkeyvalue: "-5" }, "us-west-2 Stock place:S=A-1 item:N=-5"],
    ["Stock-A1-5", {}, "us-west-2 Stock place:S=A1 item:N=5"],
    ["abroad-7", {}, "eu-central-1 Orders id:S=7"],
    ["Blobs", { hashkeyvalue: "AQ==" }, "us-west-2 Blobs id:B=AQ=="],
  ])("has for %s with %o an item", (name, selector, key) => {
    const found = find(name, selector)
    assert.strictEqual(keyOf(found), key)
    assert.isUndefined(found?.fault)
  })

  it.each<readonly [string, VersionSelector, RegExp]>([
    ["Orders", {}, /^it is a table; hashkeyvalue, the value of id, is missing$/],
    ["Orders-", {}, /^it is a table; hashkeyvalue/],
    ["Orders", { sortkeyvalue: "1" }, /hashkeyvalue, the value of id, is missing/],
    ["Orders", { hashkeyvalue: "1", sortkeyvalue: "1" }, /has no sort key; allowed is hashkeyvalue/],
    ["Stock", { hashkeyvalue: "A" }, /^sortkeyvalue, the value of item, is missing$/],
    [
      "Stock",
      { hashkeyvalue: "A", sortkeyvalue: "one" },
      /value of sortkeyvalue must be a number of at most 38/,
    ],
    ["Stock-A-1-5", {}, /does not say which part is which key/],
    ["Stock-A", {}, /does not say which part is which key/],
    ["Orders-old-seven", {}, /value of hashkeyvalue must be a number/],
    ["Blobs-AQ", {}, /must be base64 with its padding/],
    ["Orders", { hashkeyvalue: "x".repeat(2_049) }, /must be at most 2048 bytes/],
  ])("says of %s with %o what is wrong", (name, selector, fault) => {
    assert.match(find(name, selector)?.fault ?? "no fault", fault)
  })

  it.each<readonly [string, VersionSelector]>([
    ["Others", { hashkeyvalue: "7" }],
    ["Orders-7", { hashkeyvalue: "7" }],
    ["orders-7", {}],
    ["Order", {}],
  ])("has nothing for %s with %o", (name, selector) => {
    assert.isUndefined(find(name, selector))
  })

  it("gives its items its policy and form, and needs no on_demand", () => {
    const entry = find("Orders-old-7")?.entry
    assert.strictEqual(entry?.policy.ttl, 5_000)
    assert.deepInclude(entry?.address, { consistentRead: true, attributes: ["a", "b"], format: "dynamodb" })
    assert.deepInclude(find("abroad-7")?.entry.address, { roleArn: "arn:aws:iam::123456789012:role/r" })
    assert.isUndefined(plan.regionFault(find("abroad-7")?.entry ?? assert.fail()))
  })

  it("has one entry for an item however it is asked for, and that of a listed item", () => {
    assert.deepStrictEqual(find("Orders-7"), find("Orders", { hashkeyvalue: "7" }))
    const listed = find("Orders-listed")?.entry
    assert.strictEqual(find("Orders", { hashkeyvalue: "listed" })?.entry, listed)
    assert.isTrue(plan.entries.has(listed?.key ?? assert.fail()))
  })

  it("keeps items apart whose keys read alike with dashes between", () => {
    const keys = [
      { hashkeyvalue: "a", sortkeyvalue: "-1" },
      { hashkeyvalue: "a-", sortkeyvalue: "1" },
    ].map((selector) => find("Stock", selector)?.entry.key)
    assert.lengthOf(new Set(keys), 2)
    assert.notStrictEqual(find("abroad-7")?.entry.key, find("Orders-7")?.entry.key)
  })

  it("leaves its own name to what is listed under it", () => {
    assert.isTrue("query" in (find("Stock")?.entry.address ?? {}))
    assert.strictEqual(
      keyOf(find("Stock", { hashkeyvalue: "A", sortkeyvalue: "1" })),
      "us-west-2 Stock place:S=A item:N=1",
    )
  })

  it("that is declared twice counts once, with a warning", () => {
    const { collections = [], warnings } = planOf(
      "tables:\n  - { table: Tab, hashkey: a, hashkeytype: S }\n  - { table: Tab, hashkey: b, hashkeytype: S }\n",
      { region: "us-west-2" },
    )
    assert.lengthOf(collections, 1)
    assert.match(
      warnings.join(),
      /:3:5: tables\[1\]: "Tab" is skipped, as line 2 lists this name already for something else/,
    )
  })

  it("may be all that a file has, or nothing", () => {
    assert.lengthOf(planOf("tables: [{ table: Tab, hashkey: a, hashkeytype: S }]\n").collections ?? [], 1)
    assert.isTrue(Result.isSuccess(readConfig("tables:\n")))
    assert.isUndefined(planOf("tables:\n").collections)
  })

  it("is granted single reads and batches, on the table", () => {
    const [table] = plan.collections ?? []
    const grants = contract.grants((table?.address ?? assert.fail()) as never, {
      partition: "aws",
      region: "us-west-2",
      account: "123456789012",
      ids: new Map(),
    })
    assert.deepStrictEqual(
      grants.map(({ actions, hasVersions }) => [actions.join(), hasVersions]),
      [
        ["dynamodb:GetItem", undefined],
        ["dynamodb:BatchGetItem", true],
      ],
    )
  })
})
