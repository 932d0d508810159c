/**
 * Metrics as a log line that CloudWatch makes metrics of: the Embedded Metric Format. Pure; `lambda/Reporter` writes it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * CloudWatch adds up what the lines say, over all environments of the function. So a line holds what has been counted
 * since the line before; gauges are as they are.
 */
import type { Totals } from "./totals.ts"

interface EmfMetric {
  readonly name: string
  readonly unit: "Count" | "Bytes" | "Milliseconds"
  readonly of: (totals: Totals) => number
  /** Not counted up but measured: shown as it is. */
  readonly isGauge?: boolean
}

const MILLISECONDS = 1_000

/** Every metric, in the order of the line. The format allows 100. */
export const EMF_METRICS: ReadonlyArray<EmfMetric> = [
  { name: "Invokes", unit: "Count", of: ({ invokes }) => invokes },
  { name: "Reads", unit: "Count", of: ({ reads }) => reads },
  { name: "Hits", unit: "Count", of: ({ hits }) => hits },
  { name: "Misses", unit: "Count", of: ({ misses }) => misses },
  { name: "StaleReads", unit: "Count", of: ({ stale }) => stale },
  { name: "AbsentReads", unit: "Count", of: ({ absent }) => absent },
  { name: "FailedReads", unit: "Count", of: ({ failed }) => failed },
  { name: "CoalescedReads", unit: "Count", of: ({ coalesced }) => coalesced },
  { name: "AwsCalls", unit: "Count", of: ({ awsCalls }) => awsCalls },
  { name: "FailedAwsCalls", unit: "Count", of: ({ awsFailures }) => awsFailures },
  { name: "Refreshes", unit: "Count", of: ({ refreshes }) => refreshes },
  { name: "Evictions", unit: "Count", of: ({ evictions }) => evictions },
  { name: "InvokeHold", unit: "Milliseconds", of: ({ holdSeconds }) => holdSeconds * MILLISECONDS },
  { name: "Entries", unit: "Count", of: ({ entries }) => entries, isGauge: true },
  { name: "CacheMemory", unit: "Bytes", of: ({ bytes }) => bytes, isGauge: true },
  { name: "ResidentMemory", unit: "Bytes", of: ({ residentBytes }) => residentBytes, isGauge: true },
]

/** A whole number of thousandths: differences of seconds have a tail of digits that mean nothing. */
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000

interface EmfContext {
  readonly namespace: string
  /** The one dimension. */
  readonly functionName: string
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** The line, without its end. `before`: the totals of the line before, if there was one. */
export const emfLine = (
  now: Totals,
  before: Totals | undefined,
  { functionName, namespace, timestamp }: EmfContext,
): string => {
  const valueOf = ({ isGauge = false, of }: EmfMetric): number =>
    rounded(isGauge || before === undefined ? of(now) : of(now) - of(before))
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [["FunctionName"]],
          Metrics: EMF_METRICS.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    FunctionName: functionName,
    ...Object.fromEntries(EMF_METRICS.map((metric) => [metric.name, valueOf(metric)])),
  })
}
