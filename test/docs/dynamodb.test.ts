/**
 * docs/dynamodb.md: its config.yaml is valid, lists what the comments say, and gives the values that the page shows, on local AWS.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../local/aws/seed.ts"
import type { Attribute } from "../../src/kinds/dynamodb/fetch/attributes.ts"
import { itemRenderer } from "../../src/kinds/dynamodb/fetch/itemJson.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { REGION } from "../support/aws.ts"
import { entriesOf, planOf } from "../support/configs.ts"
import { bodyOf } from "../support/entries.ts"
import { onLocalAws } from "../support/localSources.ts"
import { blocksOf, codesIn, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/dynamodb.md")
const [CONFIG = ""] = blocksOf(PAGE, "yaml")

/** An order of each day of November, by a customer. */
const ORDERS = Array.from({ length: 30 }, (_, index) => ({
  id: String(index),
  customer: "42",
  day: `2026-11-${String(index + 1).padStart(2, "0")}`,
  total: index,
  address: { street: "Main Street", lines: ["Main Street 1", "Second floor"], city: "Berlin" },
}))

const TABLE = {
  name: "Orders",
  hashKey: { name: "id" },
  indexes: [{ name: "byCustomer", hashKey: { name: "customer" }, sortKey: { name: "day" } }],
  items: ORDERS,
}

describe("docs/dynamodb.md", () => {
  it("has in its config.yaml what the comments say", () => {
    const plan = planOf(CONFIG, { region: REGION })
    const asked = Array.from(
      CONFIG.matchAll(/[/?](?:dynamodb\?)?name=([^\s&,]+)(?:&hashkeyvalue=([^\s,]+))?/g),
    )
    assert.lengthOf(asked, plan.entries.size + 2)
    const found = asked.map(([, name = "", hashkeyvalue]) => plan.find("dynamodb", name, { hashkeyvalue }))
    assert.isTrue(found.every((one) => one !== undefined && one.fault === undefined))
    assert.deepStrictEqual(
      found.slice(0, plan.entries.size).map((one) => one?.entry),
      [...plan.entries.values()],
    )
    assert.deepStrictEqual(found.at(-1), found.at(-2))
  })

  it.live("is right about the values of its config.yaml", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* AwsEmulator
      yield* seedFrom(endpoint, { region: REGION, tables: [TABLE] })
      const sources = yield* Sources
      const [item, parts, query] = yield* Effect.forEach(
        entriesOf(CONFIG, { region: REGION }),
        ({ address }) =>
          Effect.map(sources.fetch(address), (value): unknown => JSON.parse(String(bodyOf(value)))),
      )
      assert.deepStrictEqual(item, ORDERS[7])
      assert.deepStrictEqual(parts, {
        address: { street: "Main Street", lines: ["Main Street 1"] },
        total: 7,
      })
      assert.deepStrictEqual(query, ORDERS.toReversed().slice(0, 20))
    }).pipe(onLocalAws),
  )

  it("shows how each type is written in both formats", () => {
    const rows = tablesOf(PAGE, "attribute", "`format: plain`", "`format: dynamodb`")
    assert.lengthOf(rows, 6)
    for (const [, plain = "", typed = ""] of rows) {
      const forms = codesIn(typed).map((text) => JSON.parse(text) as Attribute)
      for (const [index, form] of forms.entries()) {
        const write = (address: Parameters<typeof itemRenderer>[0]) =>
          itemRenderer(address)({ a: form }).slice('{"a":'.length, -1)
        assert.strictEqual(write({ numbers: "number", format: "dynamodb" }), codesIn(typed)[index])
        assert.include(codesIn(plain), write({ numbers: "number" }))
        // The page shows the other form of numbers once.
        if ("N" in form) assert.include(codesIn(plain), write({ numbers: "string" }))
      }
    }
  })
})
