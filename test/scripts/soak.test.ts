/**
 * The verdict of the soak test: it finds a leak that the swing of the process's memory hides, and is not misled by a heap that
 * the runtime has not collected for a while. That the soak measures is seen by running it.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Sample } from "../../scripts/soak/samples.ts"
import { judge, judgeGrowth } from "../../scripts/soak/verdict.ts"

const AIMS = { anonymous: 30, rss: 80 }

const HOUR = 60
const SAMPLES_PER_MINUTE = 12
/** Samples between two forced collections. */
const COLLECTION_EVERY = 60

/** A process whose garbage swings by 8 MB, as a collector leaves it. */
const sampleAt = (index: number): Sample => ({
  minute: Math.floor(index / SAMPLES_PER_MINUTE),
  rss: 70 + ((index * 7) % 8),
  anonymous: 20 + ((index * 7) % 8),
  live: index % COLLECTION_EVERY === 0 ? 11 : undefined,
  files: 20,
  sockets: 10 + (index % 5),
  entries: 150,
})

const run = (change: (sample: Sample, index: number) => Partial<Sample> = () => ({})) =>
  Array.from({ length: HOUR * SAMPLES_PER_MINUTE }, (_, index) => {
    const sample = sampleAt(index)
    return { ...sample, ...change(sample, index) }
  })

const complaints = (samples: ReadonlyArray<Sample>): ReadonlyArray<string> =>
  judge(samples, AIMS)
    .filter(({ holds }) => !holds)
    .map(({ words }) => words.slice(0, words.indexOf(":")))

describe("the verdict of a soak", () => {
  it("accepts a process whose garbage comes and goes", () => {
    assert.deepStrictEqual(complaints(run()), [])
  })

  it("finds a leak of 10 bytes a request, which the process's memory does not show", () => {
    // At the soak's 40 requests a second.
    const leakedMB = (minute: number) => (minute * 60 * 40 * 10) / 1_048_576
    const leaking = run(({ live, minute }) => ({ live: live && live + leakedMB(minute) }))
    assert.deepStrictEqual(complaints(leaking), ["live heap"])
    assert.isTrue(judgeGrowth(leaking).every(({ holds }) => holds))
  })

  it.each([
    { percent: 1, expected: [] },
    { percent: 3, expected: ["live heap"] },
  ])("draws the line of growth of the live heap at 2 percent: $percent", ({ expected, percent }) => {
    // Two thirds of the run lie between the parts that are compared.
    const growth = (index: number) => (1.5 * percent * index) / (100 * HOUR * SAMPLES_PER_MINUTE)
    const growing = run(({ live }, index) => ({ live: live && live * (1 + growth(index)) }))
    assert.deepStrictEqual(complaints(growing), expected)
  })

  it("does not trust a run without two collections to compare", () => {
    assert.deepStrictEqual(complaints(run((_, index) => ({ live: index === 0 ? 11 : undefined }))), [
      "live heap",
    ])
  })

  it("finds memory outside the heap that grows by more than 5 % after the warm-up", () => {
    assert.deepStrictEqual(complaints(run(({ rss, minute }) => ({ rss: rss - 10 + minute / 4 }))), [
      "RSS after warm-up",
    ])
  })

  it("finds sockets that are never closed", () => {
    const leaking = run(({ minute, sockets }) => ({ sockets: sockets + Math.floor(minute / 5) }))
    assert.deepStrictEqual(complaints(leaking), ["fewest open sockets"])
  })

  it.each<Partial<Sample>>([{ anonymous: 31 }, { rss: 81 }])("finds more memory than the aim: %o", (size) => {
    assert.deepStrictEqual(complaints(run(() => size)), ["anonymous"])
  })

  it("does not take a long burst of garbage for a leak", () => {
    assert.deepStrictEqual(
      complaints(run((_, index) => (index % 10 === 0 ? { anonymous: 45, rss: 95 } : {}))),
      [],
    )
  })
})
