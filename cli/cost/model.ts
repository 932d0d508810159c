/**
 * Calls and dollars of a function that reads values from AWS, directly or through a cache. Pure: `commands/cost.ts` fills it
 * in from the command line, docs/cost.md has the formulas.
 */
import type { Kind } from "../../src/domain/Address.ts"
import { fetchesOf, invokesOf, type Life } from "./fetches.ts"
import type { Prices } from "./prices.ts"

/** Values of a kind that have the same ttl. Every invoke reads each of them once. */
export interface Group {
  readonly kind: Kind
  readonly count: number
  /** Of this extension, in seconds. */
  readonly ttl: number
  /** Whether each is fetched by a call of its own, although the kind has batches. */
  readonly isAlone?: boolean
  /** Whether this extension refreshes them in the background. */
  readonly isRefreshed: boolean
  /** Whether each is checked by a call of its own, once it has been fetched (`revalidate: describe`). Default: false. */
  readonly isDescribed?: boolean
}

export interface Usage {
  /** A month. */
  readonly invocations: number
  /** How many live at a time, on average. */
  readonly environments: number
  /** How long each lives, in seconds. */
  readonly lifetime: number
  readonly groups: ReadonlyArray<Group>
  /** Whether the function reads its values at once instead of one after the other. */
  readonly together: boolean
  /** Whether this extension loads everything at the start (CACHE_EXTENSION_INIT_STARTUP). */
  readonly preload: boolean
  /** Of a call to AWS, in seconds. */
  readonly latency: number
  /** Of the function, in MB. */
  readonly memory: number
  readonly isArm: boolean
  readonly higherThroughput: boolean
  /** What this extension adds to a cold start, in seconds. */
  readonly coldStart: number
}

/** The seconds of a month of 30 days. */
export const MONTH = 30 * 24 * 3_600

/** What one way to read values needs for a million invocations. */
export interface Cost {
  readonly name: string
  readonly calls: number
  /** What AWS charges for the calls, in dollars. */
  readonly callDollars: number
  /** Lambda's time in which invokes wait for calls, in dollars. */
  readonly waitDollars: number
  /** Lambda's time that cold starts take longer, in dollars; undefined if it was not measured. */
  readonly startDollars: number | undefined
}

interface Strategy {
  readonly name: string
  /** The ttl of a group, in seconds; 0 if it is not cached. */
  readonly ttlOf: (group: Group) => number
  /** How many values of a kind a call brings if they are fetched at once. */
  readonly batches: Partial<Readonly<Record<Kind, number>>>
  /** How many calls a fetch of a kind takes. Default: one. */
  readonly rounds?: Partial<Readonly<Record<Kind, number>>>
  /** Whether the first values are fetched while the environment starts, at once and before an invoke waits. */
  readonly preloads: boolean
  /** Whether `revalidate: describe` counts. */
  readonly describes?: boolean
  readonly coldStart: number | undefined
}

/** The ttl that AWS's extension has by default, which is also its largest, and the interval of the AppConfig agent. */
const AWS_EXTENSION_TTL = 300
const APPCONFIG_AGENT_INTERVAL = 45
const POWERTOOLS_TTL = 5

/** A refresh in the background starts in the last tenth of the ttl, at a random moment. */
const REFRESHED_AT = 0.95

/** How many values a call of this extension brings: docs/deploy.md, "Permissions". */
export const BATCHES = { parameters: 10, secrets: 20, dynamodb: 100 } as const

/** How many calls a fetch of this extension takes: a query is a read-only transaction. */
const ROUNDS = { sql: 4 } as const

const awsExtensionTtl = ({ kind }: Group): number => {
  if (kind === "dynamodb" || kind === "s3" || kind === "http") return 0
  return kind === "appconfig" ? APPCONFIG_AGENT_INTERVAL : AWS_EXTENSION_TTL
}

const strategies = ({ coldStart, preload }: Usage): ReadonlyArray<Strategy> => [
  { name: "direct calls", ttlOf: () => 0, batches: {}, preloads: false, coldStart: 0 },
  {
    name: "Powertools, 5 s",
    ttlOf: () => POWERTOOLS_TTL,
    batches: { parameters: 10 },
    preloads: false,
    coldStart: undefined,
  },
  {
    name: "AWS's extensions, 300 s",
    ttlOf: awsExtensionTtl,
    batches: {},
    preloads: false,
    coldStart: undefined,
  },
  {
    name: "this extension",
    ttlOf: ({ isRefreshed, ttl }) => (isRefreshed ? REFRESHED_AT * ttl : ttl),
    batches: BATCHES,
    rounds: ROUNDS,
    preloads: preload,
    describes: true,
    coldStart,
  },
]

/** How many invokes an environment gets a second after its first. */
const lifeOf = ({ environments, invocations, lifetime }: Usage): Life => {
  const perLife = (invocations * lifetime) / (environments * MONTH)
  return { lifetime, rate: Math.max(0, perLife - 1) / lifetime }
}

interface Need {
  readonly ttl: number
  readonly calls: number
  readonly dollars: number
  /** How often an invoke waits for a call. */
  readonly waits: number
}

/** What a fetch of values costs beside its calls. */
const valueDollars = (kind: Kind, prices: Prices): number =>
  kind === "dynamodb" ? prices.dynamoDbReadUnit / 2 : 0

const callDollars = (kind: Kind, { higherThroughput }: Usage, prices: Prices): number => {
  switch (kind) {
    case "parameters":
      return higherThroughput ? prices.parameterStoreHigherThroughputCall : prices.parameterStoreCall
    case "secrets":
      return prices.secretsManagerCall
    case "dynamodb":
      return 0
    case "appconfig":
      return prices.appConfigCall
    case "s3":
      return prices.s3Get
    case "sql":
      return prices.dataApiCall
    case "http":
      return 0
  }
}

/** What a group needs in the life of an environment. */
const needOf = (group: Group, strategy: Strategy, usage: Usage, prices: Prices): Need => {
  const { count, kind } = group
  const ttl = strategy.ttlOf(group)
  const fetches = fetchesOf(ttl, lifeOf(usage))
  const rounds = strategy.rounds?.[kind] ?? 1
  const perCall = group.isAlone === true ? 1 : (strategy.batches[kind] ?? 1)
  const inBatches = Math.ceil(count / perCall) * rounds
  const calls = usage.together ? inBatches : count * rounds
  const firstCalls = strategy.preloads ? inBatches : calls
  // A session is begun with a call of its own: without a cache, for every read.
  const sessions = kind === "appconfig" ? count * (ttl <= 0 ? fetches : 1) : 0
  const laterCalls = strategy.describes === true && group.isDescribed === true ? count : calls
  const all = firstCalls + (fetches - 1) * laterCalls + sessions
  const waitsPerFetch = (usage.together ? 1 : count) * rounds
  return {
    ttl,
    calls: all,
    dollars:
      all * callDollars(kind, usage, prices) +
      fetches * count * valueDollars(kind, prices) +
      sessions * prices.appConfigReceived,
    waits:
      (strategy.preloads ? fetches - 1 : fetches) * waitsPerFetch +
      (ttl <= 0 || !strategy.preloads ? sessions : 0),
  }
}

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)

/** How often an invoke waits: values that are read at once and have the same ttl are fetched in the same moment. */
const waitsOf = (needs: ReadonlyArray<Need>, together: boolean): number => {
  if (!together) return sum(needs.map(({ waits }) => waits))
  const longest = new Map<number, number>()
  for (const { ttl, waits } of needs) longest.set(ttl, Math.max(longest.get(ttl) ?? 0, waits))
  return sum([...longest.values()])
}

/** The cost of each way to read the values, for a million invocations. */
export const costsOf = (usage: Usage, prices: Prices): ReadonlyArray<Cost> => {
  const million = 1_000_000 / invokesOf(lifeOf(usage))
  const gbSecond = usage.isArm ? prices.lambdaGbSecondArm : prices.lambdaGbSecondX86
  const second = gbSecond * (usage.memory / 1_024)
  return strategies(usage).map((strategy) => {
    const needs = usage.groups.map((group) => needOf(group, strategy, usage, prices))
    return {
      name: strategy.name,
      calls: million * sum(needs.map(({ calls }) => calls)),
      callDollars: million * sum(needs.map(({ dollars }) => dollars)),
      waitDollars: million * waitsOf(needs, usage.together) * usage.latency * second,
      startDollars: strategy.coldStart === undefined ? undefined : million * strategy.coldStart * second,
    }
  })
}

/** How many custom metrics a function with metrics for CloudWatch has, and the bytes of their line, roughly. */
export interface Observed {
  readonly metrics: number
  readonly lineBytes: number
  readonly alarms: number
}

/** What metrics and alarms of one function cost a month, with a line after every `every` invokes. */
export const observabilityDollars = (
  { alarms, lineBytes, metrics }: Observed,
  every: number,
  { environments, invocations, lifetime }: Usage,
  prices: Prices,
): { readonly metrics: number; readonly logs: number; readonly alarms: number } => {
  const lines = invocations / every + (environments * MONTH) / lifetime
  return {
    metrics: metrics * prices.cloudWatchMetricMonth,
    logs: ((lines * lineBytes) / 1e9) * prices.cloudWatchLogsGb,
    alarms: alarms * prices.cloudWatchAlarmMonth,
  }
}
