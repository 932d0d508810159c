/**
 * The lines for CloudWatch: valid in its format, and such that their sum is what has been counted.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { EMF_METRICS, emfLine, emfMetrics } from "../../src/observability/emf.ts"
import { type Totals, totalsOf } from "../../src/observability/totals.ts"
import { parseEmf } from "../support/emf.ts"

const NOW = 1_700_000_000_123
const CONTEXT = { namespace: "Shop/Cache", functionName: "shop", hasTier: true, timestamp: NOW }

const count = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })))
const NONE: Totals = totalsOf([])
const totals: Arbitrary.Arbitrary<Totals> = Arbitrary.map(
  Arbitrary.all(Object.keys(NONE).map(() => count)),
  (counts) => ({
    ...NONE,
    ...Object.fromEntries(Object.keys(NONE).map((key, index) => [key, counts[index]])),
  }),
)

const plus = (left: Totals, right: Totals): Totals => ({
  ...left,
  ...Object.fromEntries(
    Object.entries(left).map(([key, value]) => [key, value + right[key as keyof Totals]] as const),
  ),
})

const GAUGES = new Set(["OpenCircuits", "Entries", "CacheMemory", "ResidentMemory"])

describe("a line for CloudWatch", () => {
  it("is valid, with the function's name as its dimension", () => {
    const record = parseEmf(emfLine(NONE, undefined, CONTEXT), NOW)
    assert.deepInclude(record, {
      namespace: "Shop/Cache",
      timestamp: NOW,
      dimensions: { FunctionName: "shop" },
    })
    assert.sameMembers(
      Object.keys(record.metrics),
      EMF_METRICS.map(({ name }) => name),
    )
    assert.deepStrictEqual(record.metrics["Reads"], { value: 0, unit: "Count" })
  })

  it("has the metrics of the shared tier only if there is one", () => {
    const { metrics } = parseEmf(emfLine(NONE, undefined, { ...CONTEXT, hasTier: false }), NOW)
    const ofTier = EMF_METRICS.map(({ name }) => name).filter((name) => metrics[name] === undefined)
    assert.deepStrictEqual(ofTier, ["SharedReads", "SharedWaits", "SharedWrites", "SharedFailures"])
    assert.sameMembers(
      Object.keys(metrics),
      emfMetrics(false).map(({ name }) => name),
    )
  })

  it.effect.prop(
    "holds what has been counted since the line before, and measures as they are",
    { first: totals, more: totals },
    ({ first, more }) =>
      Effect.sync(() => {
        const second = plus(first, more)
        const lines = [emfLine(first, undefined, CONTEXT), emfLine(second, first, CONTEXT)]
        const [one, two] = lines.map((line) => parseEmf(line, NOW).metrics)
        for (const { name, of } of EMF_METRICS) {
          const values = [one?.[name]?.value ?? Number.NaN, two?.[name]?.value ?? Number.NaN]
          if (GAUGES.has(name)) assert.deepStrictEqual(values, [of(first), of(second)], name)
          else
            assert.strictEqual(
              values.reduce((sum, value) => sum + value),
              of(second),
              name,
            )
        }
      }),
  )
})

describe("the rules of the format that the tests hold to", () => {
  const LINE = emfLine(NONE, undefined, CONTEXT)
  it.each([
    ["a metric that is a text", LINE.replace('"Reads":0', '"Reads":"0"')],
    ["a metric that is missing", LINE.replace(',"Reads":0', "")],
    ["a metric that occurs twice", LINE.replace('{"Name":"Hits"', '{"Name":"Reads"')],
    ["a dimension without a value", LINE.replace('"FunctionName":"shop"', '"FunctionName":""')],
    ["a timestamp in seconds", LINE.replace(String(NOW), String(NOW / 1_000))],
    ["a timestamp from another month", LINE.replace(String(NOW), String(NOW - 31 * 86_400_000))],
    ["an unknown unit", LINE.replace('"Unit":"Count"', '"Unit":"Things"')],
    ["a second line", `${LINE}\n`],
    ["a prefix", `[cache-extension] ${LINE}`],
    ["no namespace", LINE.replace("Shop/Cache", "")],
  ])("refuse %s", (_, line) => {
    assert.notStrictEqual(line, LINE)
    assert.throws(() => parseEmf(line, NOW))
  })
})
