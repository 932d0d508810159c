/**
 * The verdict of the soak test: it finds a leak that the swing of the process's memory hides, and is not misled by a heap that
 * the runtime has not collected for a while. And its probe, in both runtimes. The rest of the soak is seen by running it.
 */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import process from "node:process"
import { bunPath } from "../../bench/support/subjects.ts"
import { installProbe } from "../../scripts/soak/heap.ts"
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
    // A third of the run lies between the parts that are compared.
    const growth = (index: number) => (3 * percent * index) / (100 * HOUR * SAMPLES_PER_MINUTE)
    const growing = run(({ live }, index) => ({ live: live && live * (1 + growth(index)) }))
    assert.deepStrictEqual(complaints(growing), expected)
  })

  it("takes code that is compiled in the first third for no leak", () => {
    const third = (HOUR * SAMPLES_PER_MINUTE) / 3
    const warming = run(({ live }, index) => ({ live: live && live * (index < third ? 0.9 : 1) }))
    assert.deepStrictEqual(complaints(warming), [])
  })

  it("does not trust a run without two collections to compare", () => {
    assert.deepStrictEqual(complaints(run((_, index) => ({ live: index === 0 ? 11 : undefined }))), [
      "live heap",
    ])
  })

  it("says of a run within a minute that it is too short, instead of figures that are not numbers", () => {
    const short = run().slice(0, SAMPLES_PER_MINUTE - 1)
    const findings = judge(short, AIMS)
    assert.deepStrictEqual(complaints(short), ["live heap", "memory and sockets"])
    for (const { words } of findings) {
      assert.include(words, "too short")
      assert.notMatch(words, /NaN|Infinity|undefined/)
    }
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

describe("the probe of a soak", () => {
  /** Asks the probe of its own process for the live heap, and prints it. */
  const ASK = `require("http").get({ socketPath: process.env.SOAK_PROBE, path: "/" }, (response) =>
    response.on("data", (chunk) => (console.log(String(chunk)), process.exit())))`

  it("is loaded from a path with spaces by Node, and by Bun", () => {
    const work = mkdtempSync(path.join(os.tmpdir(), "soak probe "))
    try {
      const executable = path.join(work, "opt/cache-extension/cache-extension")
      mkdirSync(path.dirname(executable), { recursive: true })
      const bun = bunPath()
      if (bun !== undefined) symlinkSync(bun, executable)
      const { environment } = installProbe(path.join(work, "opt"), work)
      const liveHeap = (command: string, variables: Readonly<Record<string, string>>) =>
        Number(
          spawnSync(command, ["-e", ASK], { env: { ...environment, ...variables }, encoding: "utf8" }).stdout,
        )

      const options = { NODE_OPTIONS: environment["CACHE_EXTENSION_NODE_OPTIONS"] ?? "" }
      assert.isAbove(liveHeap(process.execPath, options), 0)
      rmSync(path.join(work, "probe.sock"), { force: true })
      if (bun !== undefined) assert.isAbove(liveHeap(executable, { PATH: process.env["PATH"] ?? "" }), 0)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
})
