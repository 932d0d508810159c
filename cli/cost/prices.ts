/**
 * What AWS charges, in US dollars in us-east-1, without the free tier. The one place for prices: `cost` and docs/cost.md take
 * them from here, and `cost --prices <file>` replaces any of them.
 */
import * as Schema from "effect/Schema"

const price = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/** All prices, in dollars. */
export const Prices = Schema.Struct({
  /** A call of Parameter Store with standard throughput and standard parameters. */
  parameterStoreCall: price,
  /** The same with higher throughput, or for an advanced parameter. */
  parameterStoreHigherThroughputCall: price,
  secretsManagerCall: price,
  /** A read request unit, on demand: half of one reads an item of up to 4 kB, eventually consistent. */
  dynamoDbReadUnit: price,
  appConfigCall: price,
  /** A configuration that AppConfig sends because it is new to the session. */
  appConfigReceived: price,
  lambdaGbSecondX86: price,
  lambdaGbSecondArm: price,
  /** A custom metric for a month, among the first 10,000. */
  cloudWatchMetricMonth: price,
  cloudWatchAlarmMonth: price,
  /** A gigabyte (10^9 bytes) of logs, ingested. */
  cloudWatchLogsGb: price,
})
export type Prices = typeof Prices.Type

/** When these prices were collected. */
export const PRICES_AS_OF = "2026-11-30"

/** The pages on which AWS publishes them. */
export const PRICE_PAGES = [
  "https://aws.amazon.com/systems-manager/pricing/",
  "https://aws.amazon.com/secrets-manager/pricing/",
  "https://aws.amazon.com/dynamodb/pricing/on-demand/",
  "https://aws.amazon.com/lambda/pricing/",
  "https://aws.amazon.com/cloudwatch/pricing/",
] as const

export const DEFAULT_PRICES: Prices = {
  parameterStoreCall: 0,
  parameterStoreHigherThroughputCall: 0.05 / 10_000,
  secretsManagerCall: 0.05 / 10_000,
  dynamoDbReadUnit: 0.125 / 1_000_000,
  appConfigCall: 0.2 / 1_000_000,
  appConfigReceived: 0.0008,
  lambdaGbSecondX86: 0.000_016_666_7,
  lambdaGbSecondArm: 0.000_013_333_4,
  cloudWatchMetricMonth: 0.3,
  cloudWatchAlarmMonth: 0.1,
  cloudWatchLogsGb: 0.5,
}
