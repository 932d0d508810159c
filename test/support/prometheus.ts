/**
 * A strict parser of Prometheus' text format, version 0.0.4, written from the specification:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 *
 * It is stricter than scrapers, so that all of them read what it accepts in the same way.
 */

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

type FamilyType = "counter" | "gauge" | "histogram" | "summary" | "untyped"

interface Family {
  readonly name: string
  readonly type: FamilyType
  readonly help: string
  readonly samples: ReadonlyArray<Sample>
}

/** What is wrong in which line, counted from 1. */
export class NotExposition extends Error {
  constructor(line: number, what: string) {
    super(`line ${line}: ${what}`)
  }
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/
const TYPES: ReadonlySet<string> = new Set(["counter", "gauge", "histogram", "summary", "untyped"])
/** A number as Go's ParseFloat reads it, or one of three words. */
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]Inf)$/
const SAMPLE = /^([^\s{]+)(?:\{(.*)\})? (\S+)(?: (-?\d+))?$/
/** One label and what follows it. In a value, `\`, `"` and line feeds are escaped, and nothing else is. */
const LABEL = /^([^\s=]+)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/

const numberOf = (text: string): number =>
  text.endsWith("Inf") ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text)

const UNESCAPED: Readonly<Record<string, string>> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" }
const unescape = (text: string): string => text.replace(/\\[\\"n]/g, (escape) => UNESCAPED[escape] ?? escape)

const parseLabels = (text: string, fail: (what: string) => never): Readonly<Record<string, string>> => {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== "") {
    const [all = "", name = "", value = "", end] = LABEL.exec(rest) ?? fail(`labels end in ${rest}`)
    if (!LABEL_NAME.test(name)) fail(`a label is called ${name}`)
    if (name in labels) fail(`the label ${name} occurs twice`)
    labels[name] = unescape(value)
    rest = rest.slice(all.length)
    if (end === "," && rest === "") fail("a comma ends the labels")
  }
  return labels
}

const parseSample = (text: string, fail: (what: string) => never): Sample => {
  const [, name = "", labels = "", value = ""] = SAMPLE.exec(text) ?? fail(`no sample: ${text}`)
  if (!NAME.test(name)) fail(`a metric is called ${name}`)
  if (!NUMBER.test(value)) fail(`no number: ${value}`)
  return { name, labels: parseLabels(labels, fail), value: numberOf(value) }
}

/** The names of samples that a family of this type may have. */
const namesOf = (name: string, type: FamilyType): ReadonlyArray<string> => {
  switch (type) {
    case "histogram":
      return [`${name}_bucket`, `${name}_sum`, `${name}_count`]
    case "summary":
      return [name, `${name}_sum`, `${name}_count`]
    default:
      return [name]
  }
}

const keyOf = ({ labels, name }: Sample): string =>
  JSON.stringify([name, Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1))])

/** The series of a histogram by their labels without the bucket. */
const seriesOf = (samples: ReadonlyArray<Sample>) =>
  Map.groupBy(samples, ({ labels }) => keyOf({ name: "", labels: { ...labels, le: "" }, value: 0 }))

const checkHistogram = ({ name, samples }: Family, fail: (what: string) => never): void => {
  for (const series of seriesOf(samples).values()) {
    const only = (suffix: string): number => {
      const found = series.filter((sample) => sample.name === name + suffix)
      return found.length === 1
        ? (found[0]?.value ?? fail(""))
        : fail(`${name} has ${found.length} ${suffix}`)
    }
    const buckets = series.filter((sample) => sample.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels: { le } }) => numberOf(le ?? fail(`a bucket of ${name} has no le`)))
    if (bounds.at(-1) !== Infinity) fail(`${name} has no last bucket +Inf`)
    if (bounds.some((bound, index) => bound <= (bounds[index - 1] ?? -Infinity)))
      fail(`the buckets of ${name} are out of order`)
    if (buckets.some(({ value }, index) => value < (buckets[index - 1]?.value ?? 0)))
      fail(`the buckets of ${name} are not cumulative`)
    if (buckets.at(-1)?.value !== only("_count")) fail(`${name}_count is not its last bucket`)
    if (Number.isNaN(only("_sum"))) fail(`${name}_sum is no number`)
  }
}

const checkFamily = (family: Family, fail: (what: string) => never): void => {
  const { name, samples, type } = family
  if (samples.length === 0) fail(`${name} has no samples`)
  if (type === "counter" && !name.endsWith("_total")) fail(`the counter ${name} does not end in _total`)
  if (type === "counter" && samples.some(({ value }) => !(value >= 0)))
    fail(`the counter ${name} is negative`)
  if (type === "histogram") checkHistogram(family, fail)
}

interface Open {
  readonly name: string
  readonly help: string
  readonly type: FamilyType | undefined
  readonly samples: Array<Sample>
}

/** Parses a text. Throws `NotExposition` at the first fault. */
export const parseExposition = (text: string): ReadonlyArray<Family> => {
  const lines = text.split("\n")
  const families: Array<Family> = []
  const seen = new Set<string>()
  let open: Open | undefined
  let at = 0
  const fail = (what: string): never => {
    throw new NotExposition(at, what)
  }

  const close = () => {
    if (open === undefined) return
    const { help, name, samples, type = fail(`${name} has no TYPE`) } = open
    const family: Family = { name, help, type, samples }
    checkFamily(family, fail)
    families.push(family)
  }

  const onHelp = (name: string, help: string) => {
    close()
    if (families.some((family) => family.name === name)) fail(`${name} occurs in two places`)
    if (!/^(?:[^\\]|\\[\\n])*$/.test(help)) fail(`a backslash is not escaped: ${help}`)
    open = { name, help: unescape(help), type: undefined, samples: [] }
  }

  const onType = (name: string, type: string) => {
    if (open?.name !== name) return fail(`TYPE of ${name} without its HELP`)
    if (open.type !== undefined) fail(`${name} has a second TYPE`)
    if (!TYPES.has(type)) fail(`${name} is a ${type}`)
    open = { ...open, type: type as FamilyType }
  }

  const onSample = (line: string) => {
    const sample = parseSample(line, fail)
    if (open?.type === undefined) return fail(`${sample.name} before its TYPE`)
    if (!namesOf(open.name, open.type).includes(sample.name)) fail(`${sample.name} within ${open.name}`)
    const key = keyOf(sample)
    if (seen.has(key)) fail(`the series ${line} occurs twice`)
    seen.add(key)
    open.samples.push(sample)
  }

  if (lines.pop() !== "") fail("the last line does not end in a line feed")
  for (const line of lines) {
    at += 1
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (keyword !== undefined && !NAME.test(name)) fail(`a metric is called ${name}`)
    if (keyword === "HELP") onHelp(name, rest)
    else if (keyword === "TYPE") onType(name, rest)
    else onSample(line)
  }
  close()
  return families
}

/** The value of the one series of a name with these labels, or undefined. */
export const valueOf = (
  families: ReadonlyArray<Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined => {
  const wanted = keyOf({ name, labels, value: 0 })
  return families.flatMap(({ samples }) => samples).find((sample) => keyOf(sample) === wanted)?.value
}
