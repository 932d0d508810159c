/**
 * The clocks of environments and of the store, which differ: whatever they show, no answer looks newer than it is.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { askedAtHere, difference, NONE, toLocal, toStore } from "../../src/shared/clocks.ts"

const integer = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const NOW = 1_000_000_000

/** One environment: how far the store's clock is ahead of its own, and what a round trip looked like. */
const environment: Arbitrary.Arbitrary<Environment> = Arbitrary.all({
  ahead: integer(-100_000, 100_000),
  there: integer(0, 5_000),
  back: integer(0, 5_000),
  clockError: integer(0, 1_000),
  error: integer(-1_000, 1_000),
})

interface Environment {
  readonly ahead: number
  readonly there: number
  readonly back: number
  readonly clockError: number
  /** How far the store's word is off, as far as `clockError` allows. */
  readonly error: number
}

const learnt = ({ ahead, back, clockError, error, there }: Environment) => {
  const wrong = Math.max(-clockError, Math.min(clockError, error))
  const storeNow = NOW + there + ahead + wrong
  return difference({ sentAt: NOW, repliedAt: NOW + there + back, storeNow, clockError })
}

describe("the difference of two clocks", () => {
  it.prop("is within what a reply tells, or too small to be told", { environment }, ({ environment }) => {
    const { ahead, back, clockError, there } = environment
    const { high, low } = learnt(environment)
    if (low === 0 && high === 0) assert.isAtMost(Math.abs(ahead), there + back + 2 * clockError)
    else assert.isTrue(low <= ahead && ahead <= high, `${low} <= ${ahead} <= ${high}`)
  })

  it.prop(
    "makes no answer look newer than it is, from one environment through the store to another",
    { writer: environment, reader: environment, asked: integer(0, 10_000) },
    ({ asked, reader, writer }) => {
      const [writing, reading] = [learnt(writer), learnt(reader)]
      if (writing === NONE || reading === NONE) return
      const stored = toStore(writing, NOW - asked)
      const truly = NOW - asked + writer.ahead - reader.ahead
      assert.isAtMost(toLocal(reading, stored), truly)
    },
  )
})

describe("an answer that another environment got", () => {
  it("counts from when it was asked for, or from now if the clocks differ by no more than a second", () => {
    assert.strictEqual(askedAtHere(NONE, NOW - 1, NOW), NOW - 1)
    assert.strictEqual(askedAtHere(NONE, NOW, NOW), NOW)
    assert.strictEqual(askedAtHere(NONE, NOW + 1_000, NOW), NOW)
    assert.strictEqual(askedAtHere({ low: 0, high: 500 }, NOW, NOW), NOW - 500)
  })

  it("counts for nothing if it comes from a time to come", () => {
    assert.isUndefined(askedAtHere(NONE, NOW + 1_001, NOW))
  })
})
