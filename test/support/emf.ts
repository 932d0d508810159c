/**
 * The rules of CloudWatch's Embedded Metric Format for one log line, written from its specification and its JSON Schema:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { Schema } from "effect"

/** The units of MetricDatum in CloudWatch's API. */
const UNITS = [
  "Seconds",
  "Microseconds",
  "Milliseconds",
  ...["Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"].flatMap((unit) => [
    unit,
    `${unit}/Second`,
  ]),
  ...["Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"].flatMap((unit) => [unit, `${unit}/Second`]),
  "Percent",
  "Count",
  "Count/Second",
  "None",
]

const between = (minimum: number, maximum: number) =>
  Schema.String.check(Schema.isMinLength(minimum), Schema.isMaxLength(maximum))

const Directive = Schema.Struct({
  Namespace: between(1, 1024),
  Dimensions: Schema.Array(Schema.Array(between(1, 250)).check(Schema.isMaxLength(30))).check(
    Schema.isMinLength(1),
  ),
  Metrics: Schema.Array(
    Schema.Struct({
      Name: between(1, 1024),
      Unit: Schema.optionalKey(Schema.Literals(UNITS)),
      StorageResolution: Schema.optionalKey(Schema.Literals([1, 60])),
    }),
  ).check(Schema.isMaxLength(100)),
})

const Metadata = Schema.Struct({
  _aws: Schema.Struct({ Timestamp: Schema.Int, CloudWatchMetrics: Schema.Array(Directive) }),
})

/** CloudWatch drops lines from longer ago, or from further ahead, than so many milliseconds. */
const OLDEST = 14 * 24 * 3_600_000
const NEWEST = 2 * 3_600_000
/** The longest log event, in bytes. */
const MAX_BYTES = 1_000_000

interface EmfRecord {
  readonly namespace: string
  readonly timestamp: number
  readonly dimensions: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, { readonly value: number; readonly unit: string | undefined }>>
}

const fail = (what: string): never => {
  throw new Error(`not in the Embedded Metric Format: ${what}`)
}

/** Parses a line as CloudWatch does at `now`. Throws if CloudWatch would drop anything of it. */
export const parseEmf = (line: string, now: number): EmfRecord => {
  if (Buffer.byteLength(line) > MAX_BYTES || line.includes("\n")) fail("it is no log event")
  const root = JSON.parse(line) as Readonly<Record<string, unknown>>
  const { _aws } = Schema.decodeUnknownSync(Metadata)(root, { onExcessProperty: "ignore" })
  const { CloudWatchMetrics, Timestamp } = _aws
  if (Timestamp < now - OLDEST || Timestamp > now + NEWEST) fail(`the timestamp ${Timestamp}`)
  const [directive, ...more] = CloudWatchMetrics
  if (directive === undefined || more.length > 0) return fail(`${CloudWatchMetrics.length} directives`)

  const dimensionOf = (name: string): readonly [string, string] => {
    const value = root[name]
    return typeof value === "string" && value !== "" && value.length <= 1024
      ? [name, value]
      : fail(`the dimension ${name} is ${JSON.stringify(value)}`)
  }
  const names = directive.Metrics.map(({ Name }) => Name)
  if (new Set(names).size < names.length) fail("a metric occurs twice")
  const metrics = directive.Metrics.map(({ Name, Unit }) => {
    const value = root[Name]
    return typeof value === "number" && Number.isFinite(value)
      ? ([Name, { value, unit: Unit }] as const)
      : fail(`the metric ${Name} is ${JSON.stringify(value)}`)
  })
  return {
    namespace: directive.Namespace,
    timestamp: Timestamp,
    dimensions: Object.fromEntries(directive.Dimensions.flat().map(dimensionOf)),
    metrics: Object.fromEntries(metrics),
  }
}
