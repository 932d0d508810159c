/**
 * What AWS charges, in US dollars in us-east-1, without the free tier. The one place for prices: `cost` and docs/cost.md take
 * them from here, and `cost --prices <file>` replaces any of them.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { similarTo } from "../explain/explain.ts"

/** All prices, in dollars. */
export interface Prices {
  /** A call of Parameter Store with standard throughput and standard parameters. */
  readonly parameterStoreCall: number
  /** The same with higher throughput, or for an advanced parameter. */
  readonly parameterStoreHigherThroughputCall: number
  readonly secretsManagerCall: number
  /** A read request unit, on demand: half of one reads an item of up to 4 kB, eventually consistent. */
  readonly dynamoDbReadUnit: number
  readonly appConfigCall: number
  /** A configuration that AppConfig sends because it is new to the session. */
  readonly appConfigReceived: number
  /** A GET of an object in the standard class. Nothing more is charged for the bytes within a region. */
  readonly s3Get: number
  /** A call of the RDS Data API with at most 32 KiB. A larger result is charged as one call for each 32 KiB. */
  readonly dataApiCall: number
  readonly lambdaGbSecondX86: number
  readonly lambdaGbSecondArm: number
  /** A custom metric for a month, among the first 10,000. */
  readonly cloudWatchMetricMonth: number
  readonly cloudWatchAlarmMonth: number
  /** A gigabyte (10^9 bytes) of logs, ingested. */
  readonly cloudWatchLogsGb: number
}

/** When these prices were typed in. They were not compared with the pages below. */
export const PRICES_AS_OF = "2026-11-30"

/** The pages on which AWS publishes them. */
export const PRICE_PAGES = [
  "https://aws.amazon.com/systems-manager/pricing/",
  "https://aws.amazon.com/secrets-manager/pricing/",
  "https://aws.amazon.com/dynamodb/pricing/on-demand/",
  "https://aws.amazon.com/s3/pricing/",
  "https://aws.amazon.com/rds/aurora/pricing/",
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
  s3Get: 0.000_4 / 1_000,
  dataApiCall: 0.35 / 1_000_000,
  lambdaGbSecondX86: 0.000_016_666_7,
  lambdaGbSecondArm: 0.000_013_333_4,
  cloudWatchMetricMonth: 0.3,
  cloudWatchAlarmMonth: 0.1,
  cloudWatchLogsGb: 0.5,
}

const NAMES = Object.keys(DEFAULT_PRICES)

const ALLOWED_NAMES = `the prices to replace, by their names: ${NAMES.join(", ")}`

const faultOf = (name: string, value: unknown): ReadonlyArray<string> => {
  if (!NAMES.includes(name)) {
    const [similar] = similarTo(name, NAMES)
    const hint = similar === undefined ? "" : ` (did you mean ${similar}?)`
    return [`found the name ${JSON.stringify(name)}; allowed: ${ALLOWED_NAMES}${hint}`]
  }
  return typeof value === "number" && Number.isFinite(value) && value >= 0
    ? []
    : [`${name}: found ${JSON.stringify(value)}; allowed: dollars, as a number of 0 or more`]
}

/** The prices above, some of them replaced. Fails with all faults, a sentence each. */
export const pricesFrom = (given: unknown): Result.Result<Prices, ReadonlyArray<string>> => {
  if (!Predicate.isReadonlyObject(given))
    return Result.fail([`found no JSON object; allowed: an object with ${ALLOWED_NAMES}`])
  const faults = Object.entries(given).flatMap(([name, value]) => faultOf(name, value))
  return faults.length > 0 ? Result.fail(faults) : Result.succeed({ ...DEFAULT_PRICES, ...given })
}
