import { assert, describe, it } from "@effect/vitest"
import type { Value } from "../../src/domain/Entry.ts"
import { afterValue } from "../../src/cache/Slot.ts"
import { weigh } from "../../src/cache/Store.ts"
import { parameter, text } from "../support/entries.ts"

const weightOf = (value: Value) => {
  const { key, policy } = parameter("A")
  return weigh(key, afterValue(value, 0, policy, 0))
}

describe("the weight of an entry", () => {
  it("counts a value by its length", () => {
    assert.strictEqual(weightOf(text("x".repeat(1_000))) - weightOf(text("")), 2_000)
  })

  it("counts what AWS says beside the value", () => {
    const details = { Name: "A", ARN: `arn:${"x".repeat(1_000)}` }
    const more = weightOf({ ...text(""), details }) - weightOf(text(""))
    assert.isAtLeast(more, 2 * details.ARN.length)
    assert.isAtMost(more, 2 * details.ARN.length + 100)
  })
})
