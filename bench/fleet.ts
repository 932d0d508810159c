/**
 * `npm run bench:fleet`: 10,000 environments that share a Parameter Store of 40 requests a second, each with 50
 * parameters, alone or with a shared tier: a cold start storm (all start within 10 s), a day of invokes (a Poisson process
 * each), and what an hour of it costs.
 *
 * A discrete-event simulation in virtual time: the decisions are the product's own pure functions, but fibers,
 * sockets and the TestClock are left out, because 10,000 real caches would take hours. Invokes that only serve fresh values
 * are not simulated one by one, which is exact because a Poisson process is memoryless. Fetches in the background continue
 * after an invoke, although Lambda would freeze them. Seeded.
 */
import process from "node:process"
import { costsOf } from "../cli/cost/model.ts"
import { DEFAULT_PRICES } from "../cli/cost/prices.ts"
import { COUNT, parseOptions } from "../scripts/options.ts"
import { type Environment, makeEnvironment } from "./fleet/Environment.ts"
import { DYNAMODB, FIRST_PACK, makeSharedStore, VALKEY } from "./fleet/engines.ts"
import { type Figures, makeFigures } from "./fleet/figures.ts"
import { PRICE_HEADER, priceRows } from "./fleet/prices.ts"
import { makeParameterStore, REQUESTS_PER_SECOND } from "./fleet/ParameterStore.ts"
import { type Chance, makeChance, makeSimulation, type Simulation } from "./fleet/Simulation.ts"
import { MINUTE, original, ours, PEER, SECOND, shared, type Strategy } from "./fleet/strategies.ts"
import { BATCH } from "./fleet/Tier.ts"
import { progress, table } from "./support/report.ts"

const HOUR = 60 * MINUTE
const STORM = 10 * SECOND
const BETWEEN_INVOKES = 2 * MINUTE
const PARAMETERS = 50
/** One in so many invokes that only serve fresh values is sampled. */
const SAMPLED = 100

/** Bytes of a parameter in the shared tier, with its name, its age and what encryption adds. */
const BYTES = 300
const values = parseOptions("Simulates a fleet of environments that share one Parameter Store.", {
  environments: { type: "string", default: "10000", check: COUNT, description: "How many there are" },
  only: { type: "string", description: "Only the rows whose name contains this" },
  seed: { type: "string", default: "1", check: COUNT, description: "The same seed gives the same run" },
  prices: { type: "boolean", default: false, description: "Only what a million reads of the tier cost" },
  // An overloaded run has many retries; the table shows when it ended. A day takes half.
  events: { type: "string", default: "4000000", check: COUNT, description: "A run ends after so many" },
})
if (values.prices) {
  console.log(table(PRICE_HEADER, priceRows()))
  process.exit(0)
}
const ENVIRONMENTS = Number(values.environments)
const MAX_EVENTS = Number(values.events)

interface Run {
  readonly simulation: Simulation
  readonly chance: Chance
  readonly figures: Figures
  readonly fleet: ReadonlyArray<Environment>
}

const makeRun = (strategy: Strategy): Run => {
  const simulation = makeSimulation()
  const chance = makeChance(Number(values.seed))
  const figures = makeFigures()
  const store = makeParameterStore(simulation, figures)
  const { tier } = strategy
  const shared =
    tier &&
    makeSharedStore({
      engine: tier.engine,
      simulation,
      chance,
      figures,
      bytesOf: (key) => (key >= FIRST_PACK ? BATCH * BYTES : BYTES),
    })
  const world = { simulation, chance, store, shared, figures, strategy, parameters: PARAMETERS }
  return {
    simulation,
    chance,
    figures,
    fleet: Array.from({ length: ENVIRONMENTS }, () => makeEnvironment(world)),
  }
}

/** Schedules the invokes of an environment. The next one is the first at which something is due. */
const live = (run: Run, environment: Environment): void => {
  const { chance, simulation } = run
  const idle = Math.max(0, environment.nextDueAt() - simulation.now())
  simulation.after(idle + chance.wait(BETWEEN_INVOKES), () =>
    environment.invoke(() => live(run, environment)),
  )
}

const storm = (strategy: Strategy): Run => {
  const run = makeRun(strategy)
  const { chance, figures, fleet, simulation } = run
  for (const environment of fleet) {
    // Lambda starts an environment for an invoke, which follows the load.
    const begin = () => environment.invoke(() => live(run, environment))
    simulation.after(chance.share() * STORM, () => (strategy.preloads ? environment.preload(begin) : begin()))
  }
  simulation.run(24 * HOUR, MAX_EVENTS, () => figures.readyAt.length === fleet.length)
  return run
}

const day = (strategy: Strategy): Run => {
  const run = makeRun(strategy)
  const { chance, fleet, simulation } = run
  for (const environment of fleet) {
    environment.fill(-chance.share() * strategy.policy.ttl)
    live(run, environment)
  }
  const observe = (): void => {
    const environment = fleet[Math.floor(chance.share() * fleet.length)]
    environment?.observe(Math.floor(chance.share() * PARAMETERS), SAMPLED * PARAMETERS)
    simulation.after(chance.wait((BETWEEN_INVOKES * SAMPLED) / fleet.length), observe)
  }
  observe()
  simulation.run(24 * HOUR, MAX_EVENTS / 2, () => false)
  return run
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`

const count = (number: number): string => Math.round(number).toLocaleString("en-US")

const duration = (ms: number): string => {
  if (ms < 2 * MINUTE) return `${(ms / SECOND).toFixed(1)} s`
  return ms < 2 * HOUR ? `${(ms / MINUTE).toFixed(1)} min` : `${(ms / HOUR).toFixed(1)} h`
}

const STORM_HEADER = [
  "cold start storm",
  "half ready",
  "all ready",
  "calls to AWS",
  "throttled",
  "failed invokes",
  "calls to the tier",
  "refused",
]

const stormCells = ({ figures, simulation }: Run): ReadonlyArray<string> => {
  const { calls, failedInvokes, readyAt, throttled, tierCalls, tierRefused } = figures
  const [half, last] = [readyAt[ENVIRONMENTS / 2 - 1], readyAt[ENVIRONMENTS - 1]]
  return [
    half === undefined ? "never" : duration(half),
    last === undefined
      ? `${percent(readyAt.length, ENVIRONMENTS)} at ${duration(simulation.now())}`
      : duration(last),
    count(calls),
    percent(throttled, calls),
    count(failedInvokes),
    count(tierCalls),
    count(tierRefused),
  ]
}

const DAY_HEADER = [
  "steady state",
  "simulated",
  "calls to AWS an hour",
  "throttled",
  "failed invokes",
  "age p50",
  "age p99",
]

/** What the tier costs, in dollars an hour. */
const tierDollars = ({ figures, simulation }: Run, { tier }: Strategy): number => {
  if (tier === undefined) return 0
  const { hourPrice, readUnitPrice, writeUnitPrice } = tier.engine
  const units = figures.tierReadUnits * readUnitPrice + figures.tierWriteUnits * writeUnitPrice
  return units / (simulation.now() / HOUR) + hourPrice
}

const callsAnHour = ({ figures, simulation }: Run): number => figures.calls / (simulation.now() / HOUR)

const dayCells = (run: Run): ReadonlyArray<string> => {
  const { ages, calls, failedInvokes, throttled } = run.figures
  const time = run.simulation.now()
  return [
    duration(time),
    count(callsAnHour(run)),
    percent(throttled, calls),
    percent(failedInvokes, (ENVIRONMENTS * time) / BETWEEN_INVOKES),
    duration(ages.quantile(0.5)),
    duration(ages.quantile(0.99)),
  ]
}

const COST_HEADER = ["an hour, in dollars", "calls to AWS", "for calls", "for the tier", "in all"]
const MONTH_IN_HOURS = 30 * 24

/** What calls cost with Parameter Store's higher throughput, without which such a fleet has too few of them. */
const { parameterStoreHigherThroughputCall: CALL_PRICE } = DEFAULT_PRICES

const costRow = (name: string, calls: number, tier: number): ReadonlyArray<string> => [
  name,
  count(calls),
  ...[calls * CALL_PRICE, tier, calls * CALL_PRICE + tier].map((dollars) => dollars.toFixed(2)),
]

/** The rows without a tier are those of the command `cost`, because a throttled fleet makes other calls than it wants. */
const costsWithoutTier = (): ReadonlyArray<ReadonlyArray<string>> => {
  const invokesAnHour = (ENVIRONMENTS * HOUR) / BETWEEN_INVOKES
  const usage = {
    invocations: invokesAnHour * MONTH_IN_HOURS,
    environments: ENVIRONMENTS,
    lifetime: 24 * 3_600,
    groups: [{ kind: "parameters", count: PARAMETERS, ttl: (5 * MINUTE) / SECOND, isRefreshed: true }],
    together: true,
    preload: true,
    latency: 0.025,
    memory: 512,
    isArm: true,
    higherThroughput: true,
    coldStart: 0,
  } as const
  return costsOf(usage, DEFAULT_PRICES).map(({ calls, name }) =>
    costRow(name === "this extension" ? "this extension, 5 min" : name, (calls * invokesAnHour) / 1e6, 0),
  )
}

const STRATEGIES = [
  ours(5 * MINUTE),
  ours(60 * MINUTE),
  shared(5 * MINUTE, DYNAMODB, true),
  shared(5 * MINUTE, VALKEY, true),
  shared(5 * MINUTE, DYNAMODB, false),
  original(5 * MINUTE),
  original(60 * MINUTE),
  PEER,
]

const only = values.only
const rows = STRATEGIES.map((strategy) => ({
  strategy,
  name: `${strategy.name}, ${strategy.policy.ttl / MINUTE} min`,
}))
  .filter(({ name }) => only === undefined || name.includes(only))
  .map(({ name, strategy }) => {
    progress(name)
    const steady = day(strategy)
    return {
      storm: [name].concat(stormCells(storm(strategy))),
      day: [name].concat(dayCells(steady)),
      costs:
        strategy.tier === undefined
          ? []
          : [costRow(name, callsAnHour(steady), tierDollars(steady, strategy))],
    }
  })

console.log(
  `${ENVIRONMENTS} environments with ${PARAMETERS} parameters each, ${REQUESTS_PER_SECOND} requests/s, an invoke each every ${BETWEEN_INVOKES / MINUTE} min, seed ${values.seed}. A cold start storm of ${STORM / SECOND} s, and a day.\n`,
)
console.log(
  `${table(
    STORM_HEADER,
    rows.map(({ storm }) => storm),
  )}\n`,
)
console.log(
  `${table(
    DAY_HEADER,
    rows.map(({ day }) => day),
  )}\n`,
)
console.log(table(COST_HEADER, [...costsWithoutTier(), ...rows.flatMap(({ costs }) => costs)]))
