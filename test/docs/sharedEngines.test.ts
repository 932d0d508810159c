/**
 * docs/shared-engines.md against the code: what a million reads through the shared tier cost.
 */
import { assert, describe, it } from "@effect/vitest"
import { priceRows } from "../../bench/fleet/prices.ts"
import { tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/shared-engines.md")

describe("docs/shared-engines.md", () => {
  it("has what a million reads cost with each engine, as the benchmark calculates it", () => {
    const rows = tablesOf(PAGE, "a million ...", "DynamoDB", "Valkey")
    assert.isAtLeast(rows.length, 3)
    assert.deepStrictEqual<ReadonlyArray<ReadonlyArray<string>>>(rows, priceRows())
  })
})
