/**
 * The table of a storm of cold starts. test/integration/start.test.ts runs one.
 */
import { assert, it } from "@effect/vitest"
import { stormRow } from "../../cli/demo/storm.ts"

const ready = (readyAfter: number, failedReads = 0) => ({ readyAfter, failedReads, values: {} })

it("a storm shows when half, 99 % and all environments were ready, and adds up what failed", () => {
  const outcomes = Array.from({ length: 20 }, (_, index) => ready(1_000 * (20 - index), index === 3 ? 7 : 1))
  assert.deepStrictEqual(stormRow("alone", outcomes, { made: 152, throttled: 39 }), [
    "alone",
    "10.00 s",
    "20.00 s",
    "20.00 s",
    "152",
    "39",
    "26",
  ])
})

it("a storm of one environment is a table, too", () => {
  assert.deepStrictEqual(stormRow("alone", [ready(250)], { made: 5, throttled: 0 }).slice(1, 4), [
    "0.25 s",
    "0.25 s",
    "0.25 s",
  ])
})
