/**
 * Samples of Prometheus' text format, as `GET /metrics` of the extension has them:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format.
 */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g
const ESCAPED = /\\(.)/g

const unescape = (text: string): string =>
  text.replace(ESCAPED, (_, character: string) => (character === "n" ? "\n" : character))

/** The samples of a text, in their order. Comments and malformed lines are skipped. */
export const parseSamples = (text: string): ReadonlyArray<Sample> =>
  text.split("\n").flatMap((line) => {
    const [, name, labels = "", value = ""] = SAMPLE.exec(line) ?? []
    if (name === undefined) return []
    const pairs = Array.from(labels.matchAll(LABEL), ([, key = "", text = ""]) => [key, unescape(text)])
    return [
      {
        name,
        labels: Object.fromEntries(pairs) as Sample["labels"],
        value: Number(value.replace(/Inf$/, "Infinity")),
      },
    ]
  })

/** The sum of the samples of a metric whose labels have these values. */
export const sumOf = (
  samples: ReadonlyArray<Sample>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number =>
  samples
    .filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0)
