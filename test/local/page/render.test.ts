/**
 * Rendering of a snapshot, and the pure functions that it uses.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { EmulatorEvent } from "../../../local/lambda/events.ts"
import { applyEvent, NOT_STARTED } from "../../../local/page/environment.ts"
import { escape } from "../../../local/page/html.ts"
import { render } from "../../../local/page/render.ts"
import { parseSamples, sumOf } from "../../../local/page/samples.ts"
import { countCalls, type Snapshot } from "../../../local/page/Snapshot.ts"
import { duration, percent, size } from "../../../local/page/format.ts"
import { ENTRIES, METRICS, NOW, SNAPSHOT } from "./snapshots.ts"

/** The text of a page without markup. */
const textOf = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/s, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")

/** Renders the page with one changed entry. */
const withEntry = (change: Partial<(typeof ENTRIES)[number]>): string => {
  const [entry] = ENTRIES
  assert.isDefined(entry)
  const readiness = { ready: true, entries: [{ ...entry, ...change }] }
  return render({ ...SNAPSHOT, report: { at: NOW, readiness, samples: [] } })
}

describe("the page", () => {
  const seen = textOf(render(SNAPSHOT))

  it("shows each entry: state, age, ttl, hits, last error, next try", () => {
    assert.include(seen, "parameters /app/prod/db-url fresh 12 s 60 min 812")
    assert.include(
      seen,
      "/app/prod/feature-flags:live expired 95 s 30 s 472 throttled ThrottlingException: Rate exceeded next try in 3 s",
    )
    assert.include(seen, "secrets db/reporting pending 60 s 0")
    assert.include(seen, "/app/prod/gone unlisted absent")
  })

  it("shows reads by outcome, what is held, and AWS calls as the extension and as local AWS count them", () => {
    assert.include(seen, "Hits 1284 98 %")
    assert.include(seen, "Stale 9")
    assert.include(seen, "AWS calls 9")
    assert.include(seen, "Held 5 4.1 kB")
    assert.include(seen, "SSM GetParameter Throttled 4")
    assert.include(seen, "ssm GetParameters 95 s ago 3")
  })

  it("shows the environment", () => {
    assert.include(seen, "environment frozen for 0 s 214 invocations")
  })

  it("says when the extension does not answer, and how old the figures are", () => {
    const silent: Snapshot = {
      ...SNAPSHOT,
      at: NOW + 9_000,
      pollError: "connect ECONNREFUSED 127.0.0.1:4000",
    }
    const text = textOf(render(silent))
    assert.include(
      text,
      "No answer from the extension at http://127.0.0.1:4000: connect ECONNREFUSED 127.0.0.1:4000. The figures below are 9 s old.",
    )
    assert.include(text, "/app/prod/db-url fresh 21 s")
    assert.include(textOf(render({ ...silent, report: undefined })), "There is nothing to show yet.")
  })

  it("says when the extension tells nothing about its entries, or has none", () => {
    const report = { at: NOW, readiness: undefined, samples: [] }
    assert.include(textOf(render({ ...SNAPSHOT, report })), "says nothing about its entries")
    const empty = { ...report, readiness: { ready: true, entries: [] } }
    assert.include(textOf(render({ ...SNAPSHOT, report: empty })), "Nothing is listed in config.yaml")
  })

  it.prop("makes no markup of a name or an error", [Schema.String], ([text]) => {
    const hostile = `${text}<script>alert("1")</script>' onload='&`
    const page = withEntry({ name: hostile, kind: hostile, reason: { type: hostile, detail: hostile } })
    assert.notInclude(page, "<script")
    assert.notInclude(page, "' onload='")
    assert.include(page, escape(hostile))
  })

  it("needs nothing from elsewhere", () => {
    assert.notMatch(render(SNAPSHOT), /<script|<img|https?:\/\/(?!127\.0\.0\.1)|@import|url\(/)
  })
})

describe("samples of Prometheus' text format", () => {
  it("are read with their labels, escapes included", () => {
    assert.deepStrictEqual(parseSamples(`# TYPE a counter\na{b="c\\"d\\\\e\\nf",g="h"} 1.5\ni +Inf\n`), [
      { name: "a", labels: { b: `c"d\\e\nf`, g: "h" }, value: 1.5 },
      { name: "i", labels: {}, value: Number.POSITIVE_INFINITY },
    ])
  })

  it("are summed up by their labels", () => {
    const samples = parseSamples(METRICS)
    assert.strictEqual(sumOf(samples, "cache_extension_aws_calls_total"), 9)
    assert.strictEqual(sumOf(samples, "cache_extension_aws_calls_total", { outcome: "ok" }), 5)
    assert.strictEqual(sumOf(samples, "no_such_metric"), 0)
  })
})

describe("the environment", () => {
  it("starts, runs, freezes and ends as local Lambda tells it", () => {
    const told = (type: EmulatorEvent["type"], at: number) => ({ type, at, generation: 1 }) as EmulatorEvent
    const events = [
      told("init-started", 1),
      told("registered", 2),
      told("frozen", 3),
      told("thawed", 4),
      told("invoke", 5),
      told("frozen", 6),
      told("shutdown-started", 7),
      told("shutdown-done", 8),
    ]
    const lives = events.map((_, index) => events.slice(0, index + 1).reduce(applyEvent, NOT_STARTED))
    assert.deepStrictEqual(
      lives.map(({ invocations, since, state }) => `${state} ${since} ${invocations}`),
      [
        "starting 0 0",
        "starting 0 0",
        "frozen 3 0",
        "running 4 0",
        "running 4 1",
        "frozen 6 1",
        "ending 7 1",
        "ended 8 1",
      ],
    )
  })
})

describe("the record of local AWS", () => {
  it("is counted by operation, the most frequent first", () => {
    const call = (operation: string, at: number) =>
      ({ service: "ssm", operation, at, region: "", names: [], accessKeyId: "" }) as const
    assert.deepStrictEqual(
      countCalls([call("GetParameter", 1), call("GetParameters", 2), call("GetParameters", 3)]),
      [
        { service: "ssm", operation: "GetParameters", count: 2, last: 3 },
        { service: "ssm", operation: "GetParameter", count: 1, last: 1 },
      ],
    )
  })
})

describe("figures in words", () => {
  it.each([
    [-1, "0 s"],
    [0.9, "0 s"],
    [119.9, "119 s"],
    [120, "2 min"],
    [7_199, "119 min"],
    [7_200, "2 h"],
    [172_800, "2 d"],
  ])("%d seconds are %s", (seconds, text) => {
    assert.strictEqual(duration(seconds), text)
  })

  it("sizes and shares", () => {
    assert.deepStrictEqual([999, 4_120, 67_108_864].map(size), ["999 B", "4.1 kB", "67.1 MB"])
    assert.deepStrictEqual([percent(2, 3), percent(0, 0)], ["67 %", undefined])
  })
})
