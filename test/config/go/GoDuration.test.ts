/**
 * Durations in Go's format: the rows of Go's own test, then properties over the whole grammar. What Go itself
 * answers is compared in GoDifferential.test.ts.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import * as GoDuration from "../../../src/config/go/GoDuration.ts"
import { durationText, NANOSECONDS, nearlyDurationText, wholeDuration } from "../../support/arbitraries.ts"

// The rows of Go's own test (src/time/time_test.go, parseDurationTests), in nanoseconds.
const SECOND = 1_000_000_000n
const MINUTE = 60n * SECOND
const HOUR = 60n * MINUTE
const ACCEPTED: ReadonlyArray<readonly [string, bigint]> = [
  ["0", 0n],
  ["+0", 0n],
  ["-0", 0n],
  ["5s", 5n * SECOND],
  ["30s", 30n * SECOND],
  ["1478s", 1478n * SECOND],
  ["-5s", -5n * SECOND],
  ["+5s", 5n * SECOND],
  ["5.0s", 5n * SECOND],
  ["5.6s", 5_600_000_000n],
  ["5.s", 5n * SECOND],
  [".5s", 500_000_000n],
  ["-.5s", -500_000_000n],
  ["1.0s", SECOND],
  ["1.00s", SECOND],
  ["1.004s", 1_004_000_000n],
  ["1.0040s", 1_004_000_000n],
  ["100.00100s", 100_001_000_000n],
  ["10ns", 10n],
  ["11us", 11_000n],
  ["12\u00b5s", 12_000n],
  ["12\u03bcs", 12_000n],
  ["13ms", 13_000_000n],
  ["14s", 14n * SECOND],
  ["15m", 15n * MINUTE],
  ["16h", 16n * HOUR],
  ["3h30m", 3n * HOUR + 30n * MINUTE],
  ["10.5s4m", 4n * MINUTE + 10_500_000_000n],
  ["-2m3.4s", -(2n * MINUTE + 3_400_000_000n)],
  ["1h2m3s4ms5us6ns", HOUR + 2n * MINUTE + 3n * SECOND + 4_005_006n],
  ["39h9m14.425s", 39n * HOUR + 9n * MINUTE + 14_425_000_000n],
  ["52763797000ns", 52_763_797_000n],
  ["0.3333333333333333333h", 20n * MINUTE],
  ["9007199254740993ns", 9_007_199_254_740_993n],
  ["9223372036854775807ns", 9_223_372_036_854_775_807n],
  ["9223372036854775.807us", 9_223_372_036_854_775_807n],
  ["9223372036s854ms775us807ns", 9_223_372_036_854_775_807n],
  ["-9223372036854775808ns", -9_223_372_036_854_775_808n],
  ["-9223372036854775.808us", -9_223_372_036_854_775_808n],
  ["-9223372036s854ms775us808ns", -9_223_372_036_854_775_808n],
  ["-2562047h47m16.854775808s", -9_223_372_036_854_775_808n],
  ["0.100000000000000000000h", 6n * MINUTE],
  ["0.830103483285477580700h", 49n * MINUTE + 48n * SECOND + 372_539_827n],
]

const REFUSED: ReadonlyArray<readonly [string, string]> = [
  ["", 'invalid duration ""'],
  ["3", 'missing unit in duration "3"'],
  ["-", 'invalid duration "-"'],
  ["s", 'invalid duration "s"'],
  [".", 'invalid duration "."'],
  ["-.", 'invalid duration "-."'],
  [".s", 'invalid duration ".s"'],
  ["+.s", 'invalid duration "+.s"'],
  ["1d", 'unknown unit "d" in duration "1d"'],
  ["1S", 'unknown unit "S" in duration "1S"'],
  ["1h ", 'unknown unit "h " in duration "1h "'],
  [" 1h", 'invalid duration " 1h"'],
  ["1e3s", 'unknown unit "e" in duration "1e3s"'],
  ["--1s", 'invalid duration "--1s"'],
  ["1h-2m", 'unknown unit "h-" in duration "1h-2m"'],
  ["00", 'missing unit in duration "00"'],
  ["\u0085\u0085", String.raw`invalid duration "\xc2\x85\xc2\x85"`],
  ["\uffff\uffff", String.raw`invalid duration "\xef\xbf\xbf\xef\xbf\xbf"`],
  ["hello \uffff world", String.raw`invalid duration "hello \xef\xbf\xbf world"`],
  ['1"\\', String.raw`unknown unit "\"\\" in duration "1\"\\"`],
  ["9223372036854775810ns", 'invalid duration "9223372036854775810ns"'],
  ["9223372036854775808ns", 'invalid duration "9223372036854775808ns"'],
  ["-9223372036854775809ns", 'invalid duration "-9223372036854775809ns"'],
  ["9223372036854776us", 'invalid duration "9223372036854776us"'],
  ["3000000h", 'invalid duration "3000000h"'],
  ["9223372036854775.808us", 'invalid duration "9223372036854775.808us"'],
  ["9223372036854ms775us808ns", 'invalid duration "9223372036854ms775us808ns"'],
]

describe("a duration in Go's format", () => {
  it.each(ACCEPTED)("reads %s to the nanosecond", (text, nanoseconds) => {
    assert.deepStrictEqual(GoDuration.parseNanoseconds(text), Result.succeed(nanoseconds))
  })

  it.each(REFUSED)("refuses %j in Go's words", (text, message) => {
    const result = GoDuration.parseNanoseconds(text)
    assert.strictEqual(Result.isFailure(result) ? result.failure.message : "accepted", message)
  })

  it.each([
    ["2us", 0.002],
    ["300ms", 300],
    ["1h30m", 5_400_000],
    ["-1s", -1_000],
    ["2562047h", 9_223_369_200_000],
  ])("is handed on in milliseconds: %s", (text, milliseconds) => {
    assert.deepStrictEqual(GoDuration.parse(text), Result.succeed(milliseconds))
  })

  it.each([
    [0, "0s"],
    [0.000001, "1ns"],
    [0.0011, "1.1µs"],
    [2.2, "2.2ms"],
    [3_300, "3.3s"],
    [60_000, "1m0s"],
    [245_000, "4m5s"],
    [245_001, "4m5.001s"],
    [18_367_001, "5h6m7.001s"],
    [-5_400_000, "-1h30m0s"],
  ])("is written to the log as Go writes it: %d ms", (milliseconds, text) => {
    assert.strictEqual(GoDuration.format(milliseconds), text)
  })

  it.effect.prop(
    "is the sum of its terms, whatever their order",
    { duration: wholeDuration },
    ({ duration: { text, terms, isNegative } }) =>
      Effect.sync(() => {
        const sum = terms.reduce(
          (total, { count, unit }) => total + BigInt(count) * (NANOSECONDS[unit] ?? 0n),
          0n,
        )
        assert.deepStrictEqual(GoDuration.parseNanoseconds(text), Result.succeed(isNegative ? -sum : sum))
      }),
    { arbitrary: { runs: 300 } },
  )

  it.effect.prop(
    "comes back unchanged from the text that is written for it",
    { text: durationText },
    ({ text }) =>
      Effect.sync(() => {
        const nanoseconds = Result.getOrThrow(GoDuration.parseNanoseconds(text))
        const written = GoDuration.formatNanoseconds(nanoseconds)
        assert.deepStrictEqual(GoDuration.parseNanoseconds(written), Result.succeed(nanoseconds))
      }),
    { arbitrary: { runs: 300 } },
  )

  it.effect.prop(
    "is read or refused with its text in the message, and never throws",
    { text: nearlyDurationText },
    ({ text }) =>
      Effect.sync(() => {
        const result = GoDuration.parse(text)
        if (Result.isSuccess(result)) return assert.isTrue(Number.isFinite(result.success))
        assert.strictEqual(result.failure.input, text)
        return assert.match(
          result.failure.message,
          /^(invalid|missing unit in|unknown unit ".*" in) ?duration "/,
        )
      }),
    { arbitrary: { runs: 500 } },
  )

  it.effect.prop(
    "has the opposite sign with a minus before it",
    { text: Arbitrary.filter(durationText, (text) => /^[0-9.]/.test(text)) },
    ({ text }) =>
      Effect.sync(() => {
        const negated = Result.map(GoDuration.parseNanoseconds(text), (nanoseconds) => -nanoseconds)
        assert.deepStrictEqual(GoDuration.parseNanoseconds(`-${text}`), negated)
      }),
  )

  it.effect.prop(
    "is refused where the text is a bare number other than zero",
    { count: Schema.Int.check(Schema.isGreaterThan(0)) },
    ({ count }) => Effect.sync(() => assert.isTrue(Result.isFailure(GoDuration.parse(String(count))))),
  )
})
