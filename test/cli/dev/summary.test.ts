/**
 * The summary of a session in a line.
 */
import { assert, describe, it } from "@effect/vitest"
import { counted, NOTHING_YET, summaryLine, type Tally } from "../../../cli/dev/summary.ts"

const result = (total: number, fails = false) => ({
  requestId: "id",
  payload: undefined,
  functionError: fails ? { type: "Error", message: "boom" } : undefined,
  durations: { response: undefined, total, billed: total, init: undefined },
})

const tallyOf = (...totals: ReadonlyArray<number>): Tally =>
  totals.reduce((tally, total) => counted(tally, result(total)), NOTHING_YET)

describe("the summary", () => {
  it("counts invocations and failures, and says how long they took", () => {
    const tally = counted(tallyOf(1, 2), result(9, true))
    assert.strictEqual(
      summaryLine(tally, undefined),
      "3 invocations (1 failed); took 1.0 ms to 9.0 ms, median 2.0 ms",
    )
  })

  it("can be about the last ones only, and tells what the extension counted", () => {
    const samples = [
      { name: "cache_extension_reads_total", labels: { outcome: "hit" }, value: 4 },
      { name: "cache_extension_reads_total", labels: { outcome: "miss" }, value: 2 },
      { name: "cache_extension_aws_calls_total", labels: {}, value: 1 },
    ]
    assert.strictEqual(
      summaryLine(tallyOf(50, 1, 3), samples, 2),
      "3 invocations (0 failed); the last 2 took 1.0 ms to 3.0 ms, median 3.0 ms; 6 reads (4 hits, 2 misses), 1 AWS call",
    )
  })

  it("keeps no more durations than it needs, however long a session runs", () => {
    const tally = tallyOf(...Array.from({ length: 3_000 }, (_, index) => index))
    assert.strictEqual(tally.count, 3_000)
    assert.strictEqual(tally.durations.length, 1_000)
  })
})
