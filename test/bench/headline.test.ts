/**
 * The plot and the table of `npm run bench:headline` (bench/headline): what they say of the samples, that the plot can be read in
 * light, in dark and by a screen reader, and that README.md shows the last run's. `test/slow/headline.test.ts` runs the bench.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { readFileSync } from "node:fs"
import path from "node:path"
import { rowOf, type Spread, spreadOf } from "../../bench/headline/figures.ts"
import { COLOURS, plotOf, ticksFor } from "../../bench/headline/plot.ts"
import { ROOT, tablesOf, textOf } from "../docs/markdown.ts"

const spread = (name: string, p50: number): Spread => ({
  name,
  p1: p50 * 0.8,
  p10: p50 * 0.9,
  p50,
  p90: p50 * 1.2,
  p99: p50 * 2,
  mean: p50,
})

const plot = (...rows: ReadonlyArray<Spread>) => ({ title: "A <secret> & more", subtitle: "measured", rows })

/** A number of a tag's attribute. */
const numbersOf = (svg: string, tag: RegExp, attribute: string): ReadonlyArray<number> =>
  Array.from(svg.matchAll(tag), ([found]) => Number(new RegExp(` ${attribute}="([^"]*)"`).exec(found)?.[1]))

/** WCAG 2.2, relative luminance. */
const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const contrast = (one: string, other: string): number => {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

describe("the table", () => {
  it("has median, percentiles and mean of the durations, and the median of the reads", () => {
    const samples = Array.from({ length: 101 }, (_, index) => ({ duration: index, read: index / 10 }))
    assert.deepStrictEqual(rowOf({ name: "f", samples }), ["f", "50.0", "90.0", "99.0", "50.0", "5.0", "101"])
    assert.deepStrictEqual(spreadOf({ name: "f", samples }), {
      name: "f",
      p1: 1,
      p10: 10,
      p50: 50,
      p90: 90,
      p99: 99,
      mean: 50,
    })
  })
})

const milliseconds = Schema.Finite.check(Schema.isBetween({ minimum: 0.001, maximum: 1e9 }))

it.prop(
  "the axis starts at 0, ends past the largest value, and has at most seven round ticks",
  [milliseconds],
  ([largest]) => {
    const ticks = ticksFor(largest)
    const step = ticks[1] ?? 0
    const digit = step / 10 ** Math.floor(Math.log10(step) + 1e-9)
    assert.strictEqual(ticks[0], 0)
    assert.isAtLeast(ticks.at(-1) ?? 0, largest * (1 - 1e-9))
    assert.isAtMost(ticks.length, 7)
    assert.isTrue([1, 2, 5].some((round) => Math.abs(digit - round) < 1e-6))
  },
)

describe("the plot", () => {
  const svg = plotOf(plot(spread("slow", 26.6), spread("quick & <cached>", 3.2)))

  it("places longer durations further to the right, and a mark between the ends of its line", () => {
    const [slow = 0, quick = 0] = numbersOf(svg, /<line class="median"[^>]*>/g, "x1")
    assert.isAbove(slow, quick)
    const starts = numbersOf(svg, /<line class="whisker"[^>]*>/g, "x1")
    const ends = numbersOf(svg, /<line class="whisker"[^>]*>/g, "x2")
    assert.isTrue((starts[0] ?? 0) < slow && slow < (ends[0] ?? 0))
    assert.isTrue((starts[1] ?? 0) < quick && quick < (ends[1] ?? 0))
  })

  it.prop("keeps every line inside the picture, however long the durations are", [milliseconds], ([p50]) => {
    const ends = numbersOf(plotOf(plot(spread("a", p50))), /<line class="whisker"[^>]*>/g, "x2")
    assert.isTrue(ends.length === 1 && ends.every((x) => x <= 760))
  })

  it("tells a screen reader its title and its figures", () => {
    assert.match(svg, /<svg [^>]*role="img" aria-labelledby="title desc">\n<title id="title">/)
    assert.include(svg, "slow: median 26.6 ms, 90 % within 31.9 ms, 99 % within 53.2 ms.")
  })

  it("is well-formed, whatever names it shows", () => {
    assert.include(svg, "quick &amp; &lt;cached&gt;")
    assert.include(svg, "A &lt;secret&gt; &amp; more")
    const open: Array<string> = []
    for (const [, closing, name = "", selfClosing] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (closing === "/") assert.strictEqual(open.pop(), name)
      else if (selfClosing === "") open.push(name)
    }
    assert.deepStrictEqual(open, [])
  })

  it.each(["light", "dark"] as const)("can be read in %s: texts and bars stand out by WCAG 2.2", (theme) => {
    const { background, bar, faint, text } = COLOURS[theme]
    assert.isAtLeast(contrast(text, background), 4.5)
    assert.isAtLeast(contrast(faint, background), 4.5)
    assert.isAtLeast(contrast(bar, background), 3)
    for (const colour of [background, bar, faint, text]) assert.include(svg, colour)
  })
})

describe("docs/headline.svg", () => {
  const shown = readFileSync(path.join(ROOT, "docs/headline.svg"), "utf8")
  const rows = tablesOf(
    textOf("docs/performance.md"),
    "one invocation, ms",
    "p50",
    "p90",
    "p99",
    "mean",
    "its read, p50",
    "invocations",
  )

  it("shows the figures of the table in docs/performance.md", () => {
    assert.isAtLeast(rows.length, 3)
    for (const [name = "", p50, p90, p99] of rows) {
      const short = (cell = "") => Number(cell).toString()
      assert.include(
        shown,
        `${name}: median ${short(p50)} ms, 90 % within ${short(p90)} ms, 99 % within ${short(p99)} ms.`,
      )
    }
  })

  it("is what README.md shows, with the same medians in words", () => {
    const readme = textOf("README.md")
    assert.match(readme, /!\[[^\]]+\]\(docs\/headline\.svg\)/)
    const [straight, standalone] = rows.map(([, p50 = ""]) => p50)
    assert.include(readme, `${straight} ms`)
    assert.include(readme, `${standalone} ms`)
  })

  it("says the same in words as in the picture", () => {
    for (const [name = "", p50] of rows) {
      assert.include(shown, `>${name}</text>`)
      assert.include(shown, `>${p50} ms</text>`)
    }
  })
})
