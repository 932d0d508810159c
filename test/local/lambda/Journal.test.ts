/**
 * The journal of local Lambda when it is bounded, as in a session that runs all day.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as Journal from "../../../local/lambda/Journal.ts"

describe("a bounded journal", () => {
  it("drops the oldest entries, keeps at least as many as it should, and counts all", () => {
    const journal = Journal.make<number>(10)
    for (let entry = 0; entry < 1_000; entry += 1) {
      journal.append(entry)
      const all = journal.all()
      assert.isAtLeast(all.length, Math.min(entry + 1, 10))
      assert.isAtMost(all.length, 20)
      assert.strictEqual(all.at(-1), entry)
      assert.strictEqual(journal.size(), entry + 1)
    }
  })

  it.effect("finds a later entry from an index that is counted over all entries", () =>
    Effect.gen(function* () {
      const journal = Journal.make<number>(10)
      for (let entry = 0; entry < 995; entry += 1) journal.append(entry)
      const waiting = yield* Effect.forkChild(journal.waitFor((entry) => entry % 5 === 0, 991))
      yield* Effect.yieldNow
      for (const entry of [995, 996]) journal.append(entry)
      assert.strictEqual(yield* Fiber.join(waiting), 995)
    }),
  )
})
