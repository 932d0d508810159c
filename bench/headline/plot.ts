/**
 * The plot of the headline bench as an SVG, without a library: a row per function with the spread of its durations. Pure.
 *
 * It brings its own background, so that it is readable on any page, and colours for light and dark. `title` and `desc` say
 * the same in words.
 */
import type { Spread } from "./figures.ts"

const WIDTH = 760
const LEFT = 220
const RIGHT = 72
const TOP = 64
const ROW = 44
const BAR = 16
const BOTTOM = 62
/** Half the height of the mark at the median. */
const MARK = 14
const TICKS = 6

/** The colours by theme: text and lines against their background. `test/bench/headline.test.ts` checks their contrast. */
export const COLOURS = {
  light: { background: "#ffffff", text: "#1f2328", faint: "#59636e", grid: "#d1d9e0", bar: "#0969da" },
  dark: { background: "#0d1117", text: "#f0f6fc", faint: "#9198a1", grid: "#3d444d", bar: "#4493f8" },
} as const

type Theme = (typeof COLOURS)[keyof typeof COLOURS]

const rules = ({ background, bar, faint, grid, text }: Theme): string =>
  [
    `.background{fill:${background}}`,
    `text{fill:${text}}`,
    `.faint{fill:${faint}}`,
    `.grid{stroke:${grid}}`,
    `.bar{fill:${bar}}`,
    `.whisker{stroke:${bar}}`,
    `.median{stroke:${text}}`,
  ].join("")

/** Round steps from 0 to at least `largest`: at most `TICKS` of them, each 1, 2 or 5 times a power of ten. */
export const ticksFor = (largest: number): ReadonlyArray<number> => {
  const power = 10 ** Math.floor(Math.log10(largest / TICKS))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step * TICKS >= largest) ?? power
  const count = Math.ceil(largest / step)
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const round = (value: number): string => Number(value.toFixed(1)).toString()

export interface Plot {
  readonly title: string
  /** How and when it was measured. */
  readonly subtitle: string
  readonly rows: ReadonlyArray<Spread>
}

/** The plot in words, for those who do not see it. */
export const wordsOf = ({ rows, subtitle }: Plot): string =>
  [
    ...rows.map(
      ({ name, p50, p90, p99 }) =>
        `${name}: median ${round(p50)} ms, 90 % within ${round(p90)} ms, 99 % within ${round(p99)} ms.`,
    ),
    subtitle,
  ].join(" ")

/** The SVG, as text that ends with a line feed. The same rows give the same bytes. */
export const plotOf = (plot: Plot): string => {
  const { rows, subtitle, title } = plot
  const height = TOP + rows.length * ROW + BOTTOM
  const ticks = ticksFor(Math.max(...rows.map(({ p99 }) => p99)))
  const last = ticks.at(-1) ?? 1
  const x = (value: number): string => round(LEFT + (value / last) * (WIDTH - LEFT - RIGHT))
  const bottom = TOP + rows.length * ROW

  const gridOf = (tick: number) => [
    `<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${TOP}" y2="${bottom}"/>`,
    `<text class="faint" x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`,
  ]
  const rowOf = ({ name, p1, p10, p50, p90, p99 }: Spread, index: number) => {
    const y = TOP + (index + 0.5) * ROW
    const width = round(Number(x(p90)) - Number(x(p10)))
    return [
      `<text x="${LEFT - 14}" y="${y + 5}" text-anchor="end">${escape(name)}</text>`,
      `<line class="whisker" x1="${x(p1)}" x2="${x(p99)}" y1="${y}" y2="${y}"/>`,
      `<rect class="bar" x="${x(p10)}" y="${y - BAR / 2}" width="${width}" height="${BAR}" rx="2"/>`,
      `<line class="median" x1="${x(p50)}" x2="${x(p50)}" y1="${y - MARK}" y2="${y + MARK}"/>`,
      `<text class="value" x="${round(Number(x(p99)) + 8)}" y="${y + 5}">${p50.toFixed(1)} ms</text>`,
    ]
  }
  const legend =
    "milliseconds; mark and number: median; bar: 10th to 90th percentile; line: 1st to 99th percentile"
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escape(title)}</title>`,
    `<desc id="desc">${escape(wordsOf(plot))}</desc>`,
    "<style>",
    "text{font:13px system-ui,sans-serif}.title{font-size:16px;font-weight:600}.value{font-weight:600}",
    ".median{stroke-width:3}.whisker{stroke-width:2}",
    rules(COLOURS.light),
    `@media (prefers-color-scheme:dark){${rules(COLOURS.dark)}}`,
    "</style>",
    `<rect class="background" width="${WIDTH}" height="${height}" rx="6"/>`,
    `<text class="title" x="20" y="28">${escape(title)}</text>`,
    `<text class="faint" x="20" y="48">${escape(subtitle)}</text>`,
    ...ticks.flatMap(gridOf),
    ...rows.flatMap(rowOf),
    `<text class="faint" x="20" y="${height - 16}">${legend}</text>`,
    "</svg>",
  ].join("\n")}\n`
}
