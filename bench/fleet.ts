/**
 * `npm run bench:fleet`: 10,000 environments that share a Parameter Store of 40 requests a second, each with 50
 * parameters: a cold start storm (all start within 10 s) and a day of invokes (a Poisson process each).
 *
 * A discrete-event simulation in virtual time: the decisions are the product's own pure functions, but fibers,
 * sockets and the TestClock are left out, because 10,000 real caches would take hours. Invokes that only serve fresh values
 * are not simulated one by one, which is exact because a Poisson process is memoryless. Fetches in the background continue
 * after an invoke, although Lambda would freeze them. Seeded.
 */
import { COUNT, parseOptions } from "../scripts/options.ts"
import { type Environment, makeEnvironment } from "./fleet/Environment.ts"
import { DYNAMODB, FIRST_PACK, makeSharedStore, VALKEY } from "./fleet/engines.ts"
import { type Figures, makeFigures } from "./fleet/figures.ts"
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
  // An overloaded run has many retries; the table shows when it ended. A day takes half.
  events: { type: "string", default: "4000000", check: COUNT, description: "A run ends after so many" },
})
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
  "$ an hour for the tier",
]

const dayCells = ({ figures, simulation }: Run, { tier }: Strategy): ReadonlyArray<string> => {
  const { ages, calls, failedInvokes, throttled, tierReadUnits, tierWriteUnits } = figures
  const time = simulation.now()
  const hours = time / HOUR
  const dollars =
    tier === undefined
      ? 0
      : (tierReadUnits * tier.engine.readUnitPrice + tierWriteUnits * tier.engine.writeUnitPrice) / hours +
        tier.engine.hourPrice
  return [
    duration(time),
    count(calls / hours),
    percent(throttled, calls),
    percent(failedInvokes, (ENVIRONMENTS * time) / BETWEEN_INVOKES),
    duration(ages.quantile(0.5)),
    duration(ages.quantile(0.99)),
    dollars.toFixed(3),
  ]
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
    return {
      storm: [name].concat(stormCells(storm(strategy))),
      day: [name].concat(dayCells(day(strategy), strategy)),
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
  table(
    DAY_HEADER,
    rows.map(({ day }) => day),
  ),
)
