/**
 * Metrics as a log line from which CloudWatch extracts metrics: the Embedded Metric Format. Pure; `lambda/Reporter.ts`
 * writes it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * CloudWatch adds up the lines of all environments of the function. So each line has the counts since the previous one;
 * gauges are absolute.
 */
import type { Totals } from "./totals.ts"

interface EmfMetric {
  readonly name: string
  readonly unit: "Count" | "Bytes" | "Milliseconds"
  readonly of: (totals: Totals) => number
  /** Only if there is a shared tier: each metric costs money. */
  readonly isOfTier?: boolean
  /** Absolute, not counted since the previous line. */
  readonly isGauge?: boolean
}

const MILLISECONDS = 1_000

/** Every metric, in the order of the line. The format allows 100. */
export const EMF_METRICS: ReadonlyArray<EmfMetric> = [
  { name: "Invokes", unit: "Count", of: ({ invokes }) => invokes },
  { name: "Reads", unit: "Count", of: ({ reads }) => reads },
  { name: "Hits", unit: "Count", of: ({ hits }) => hits },
  { name: "Misses", unit: "Count", of: ({ misses }) => misses },
  { name: "SharedReads", unit: "Count", of: ({ shared }) => shared, isOfTier: true },
  { name: "StaleReads", unit: "Count", of: ({ stale }) => stale },
  { name: "StaleIfErrorReads", unit: "Count", of: ({ staleIfError }) => staleIfError },
  { name: "AbsentReads", unit: "Count", of: ({ absent }) => absent },
  { name: "FailedReads", unit: "Count", of: ({ failed }) => failed },
  { name: "CoalescedReads", unit: "Count", of: ({ coalesced }) => coalesced },
  { name: "AwsCalls", unit: "Count", of: ({ awsCalls }) => awsCalls },
  { name: "FailedAwsCalls", unit: "Count", of: ({ awsFailures }) => awsFailures },
  { name: "ThrottledAwsCalls", unit: "Count", of: ({ awsThrottled }) => awsThrottled },
  { name: "Refreshes", unit: "Count", of: ({ refreshes }) => refreshes },
  { name: "Evictions", unit: "Count", of: ({ evictions }) => evictions },
  { name: "InvokeHold", unit: "Milliseconds", of: ({ holdSeconds }) => holdSeconds * MILLISECONDS },
  { name: "SharedWaits", unit: "Count", of: ({ sharedWaits }) => sharedWaits, isOfTier: true },
  { name: "SharedWrites", unit: "Count", of: ({ sharedWrites }) => sharedWrites, isOfTier: true },
  { name: "SharedFailures", unit: "Count", of: ({ sharedFailures }) => sharedFailures, isOfTier: true },
  { name: "OpenCircuits", unit: "Count", of: ({ openCircuits }) => openCircuits, isGauge: true },
  { name: "Entries", unit: "Count", of: ({ entries }) => entries, isGauge: true },
  { name: "CacheMemory", unit: "Bytes", of: ({ bytes }) => bytes, isGauge: true },
  { name: "ResidentMemory", unit: "Bytes", of: ({ residentBytes }) => residentBytes, isGauge: true },
]

/** The metrics of a function with or without a shared tier. */
export const emfMetrics = (hasTier: boolean): ReadonlyArray<EmfMetric> =>
  hasTier ? EMF_METRICS : EMF_METRICS.filter(({ isOfTier = false }) => !isOfTier)

/** Rounded to thousandths: differences of seconds have meaningless digits. */
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000

interface EmfContext {
  readonly namespace: string
  /** The one dimension. */
  readonly functionName: string
  readonly hasTier: boolean
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** The line without its line break. `before`: the totals at the previous line, if there was one. */
export const emfLine = (
  now: Totals,
  before: Totals | undefined,
  { functionName, hasTier, namespace, timestamp }: EmfContext,
): string => {
  const metrics = emfMetrics(hasTier)
  const valueOf = ({ isGauge = false, of }: EmfMetric): number =>
    rounded(isGauge || before === undefined ? of(now) : of(now) - of(before))
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [["FunctionName"]],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    FunctionName: functionName,
    ...Object.fromEntries(metrics.map((metric) => [metric.name, valueOf(metric)])),
  })
}
