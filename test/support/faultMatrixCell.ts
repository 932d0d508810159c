/**
 * Runs one cell of the fault matrix: what a function read from each service, what it cost, how soon the new value came
 * afterwards, and which promises were broken.
 */
import { Duration, Effect, Schedule } from "effect"
import { isEvent } from "../../local/lambda/events.ts"
import { type Environment } from "./extension.ts"
import { type Answer } from "./extensionHttp.ts"
import {
  canHave,
  forServices,
  hasOldValue,
  isCountOf,
  isFetchOfDescribed,
  type Moment,
  type PerService,
  type Service,
  servicesAt,
  statusOf,
  TARGETS,
} from "./faultMatrixSources.ts"
import { FREEZE_COSTS, makeWorld, type Place } from "./faultMatrixWorld.ts"

export interface Cell extends Place {
  readonly service: Service
  /** What a read said during the fault. */
  readonly status: number
  readonly value: "old" | "new" | "none"
  /** From Cache-Status: `fwd=miss`, `stale-if-error`, ...; empty for an error. */
  readonly how: string
  /** Milliseconds that the read took; at load, that the load took. */
  readonly took: number
  /** What it cost: attempts, answered or not. */
  readonly calls: number
  /** Milliseconds from the end of the fault to the new value. */
  readonly recovery: number
  /** The promises that were not kept. */
  readonly broken: ReadonlyArray<string>
}

const READ_BUDGET = 2_500
const LOAD_BUDGET = 8_000
/** For a machine that does other things too. */
const SLACK = 1_000
const MAX_RECOVERY = 6_000
/** Then nobody waits any longer for a value that does not come. */
const GIVE_UP = MAX_RECOVERY + SLACK

const POLL = Schedule.spaced("25 millis")

const valueIn = ({ status, text }: Answer): Cell["value"] => {
  if (status !== 200) return "none"
  return text.includes("old") ? "old" : "new"
}

const DETAIL = /detail=([\w-]+)/
const HOW = /fwd=\w+|hit/

const howIn = ({ headers }: Answer): string => {
  const words = String(headers["cache-status"] ?? "")
  return DETAIL.exec(words)?.[1] ?? HOW.exec(words)?.[0] ?? ""
}

interface Timed<A> {
  readonly result: A
  readonly took: number
}

const timed = <A>(effect: Effect.Effect<A>): Effect.Effect<Timed<A>> =>
  Effect.map(Effect.timed(effect), ([duration, result]) => ({ result, took: Duration.toMillis(duration) }))

const readOf = (environment: Environment, service: Service) => environment.ask(TARGETS[service])

/**
 * The attempts of each service so far, as the extension counts them: those that never reached AWS too. The metrics do not say
 * which secret was fetched; the record of local AWS does.
 */
const callsOf = Effect.fnUntraced(function* ({ ask, aws }: Environment, moment: Moment) {
  const recorded = yield* aws.calls.all
  const { text } = yield* ask("/metrics")
  const counters = text.split("\n").filter((line) => line.startsWith("cache_extension_aws_calls_total{"))
  const fetched = recorded.filter(isFetchOfDescribed).length
  const counted = (service: Service): number =>
    counters
      .filter(isCountOf(service))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0)
  const corrections: Partial<PerService<number>> = { secrets: -fetched, described: fetched }
  return yield* forServices(servicesAt(moment), (service) =>
    Effect.succeed(counted(service) + (corrections[service] ?? 0)),
  )
})

/** INIT; gives the milliseconds from `register` to the first poll. */
const load = Effect.fnUntraced(function* ({ lambda }: Environment) {
  yield* lambda.init
  const registered = yield* lambda.events.waitFor(isEvent("registered"))
  const polled = yield* lambda.events.waitFor(isEvent("next", ({ kind }) => kind === "extension"))
  return polled.at - registered.at
}, Effect.orDie)

/** Reads until the fetch behind a stale value is over: a failed one says so, a good one brings the new value. */
const untilFetched = (environment: Environment, service: Service) =>
  Effect.repeat(readOf(environment, service), {
    until: (answer) => valueIn(answer) === "new" || howIn(answer).startsWith("stale-if-"),
    schedule: POLL,
  }).pipe(Effect.timeoutOption(GIVE_UP))

/** What happens at a moment, under its fault: a read of each service, and what it took. */
const actAt = ({ moment }: Place, environment: Environment): Effect.Effect<PerService<Timed<Answer>>> => {
  const services = servicesAt(moment)
  const reads = forServices(services, (service) => timed(readOf(environment, service)))
  return moment === "at refresh"
    ? Effect.tap(reads, () => forServices(services, (service) => untilFetched(environment, service)))
    : reads
}

interface Recovered {
  readonly recovery: number
  /** What was read, without repetitions, until the new value came. */
  readonly statuses: ReadonlyArray<number>
}

/** Reads until the new value comes. */
const recover = Effect.fnUntraced(function* (environment: Environment, service: Service) {
  const statuses = new Set<number>()
  const { took: recovery } = yield* timed(
    Effect.repeat(
      Effect.tap(readOf(environment, service), ({ status }) => Effect.sync(() => statuses.add(status))),
      { until: (answer) => valueIn(answer) === "new", schedule: POLL },
    ).pipe(Effect.timeoutOption(GIVE_UP)),
  )
  const recovered: Recovered = { recovery, statuses: [...statuses] }
  return recovered
})

/** What may be read during the fault, as status and value, as long as there is time. */
const saidInTime = ({ fault, moment }: Place, service: Service): ReadonlyArray<string> => {
  if (moment === "at refresh") return ["200 old"]
  if (fault.status === 200) return ["200 new"]
  if (!hasOldValue(moment)) return [`${statusOf(service, fault)} none`]
  return fault.mayGoUnnoticed ? ["200 old", "200 new"] : ["200 old"]
}

/** So often a call is made in all where a failure is worth one retry. */
const TRIES = 2

/**
 * What may be read during the fault. Where the service or a freeze has taken the read's whole budget, or a freeze has met the
 * second of two tries, the read says that it took too long, or has the old value: AWS's word is not known.
 */
const allowedAt = (place: Place, { calls, service, took }: Omit<Cell, "broken">): ReadonlyArray<string> => {
  const { fault, isFrozen, moment } = place
  const isBudgetOver = (isFrozen || fault.status === 200) && took >= READ_BUDGET
  const isTryLost = isFrozen && calls === TRIES
  const late = hasOldValue(moment) ? "200 old" : "504 none"
  return moment !== "at load" && (isBudgetOver || isTryLost)
    ? [...saidInTime(place, service), late]
    : saidInTime(place, service)
}

const judge = (place: Place, cell: Omit<Cell, "broken">, loadTook: number, recovered: Recovered) => {
  const slack = SLACK + (place.isFrozen ? FREEZE_COSTS : 0)
  const said = `${cell.status} ${cell.value}`
  const allowed = allowedAt(place, cell)
  const promises: ReadonlyArray<readonly [kept: boolean, words: string]> = [
    [allowed.includes(said), `the read says ${allowed.join(" or ")}, not ${said}`],
    [
      cell.took <= (place.moment === "at load" ? LOAD_BUDGET : READ_BUDGET) + slack,
      `${cell.took} ms are in time`,
    ],
    [loadTook <= LOAD_BUDGET + slack, `the load, ${loadTook} ms, is in time`],
    [recovered.recovery <= MAX_RECOVERY, `the new value is there after ${recovered.recovery} ms`],
    [
      !hasOldValue(place.moment) || recovered.statuses.every((status) => status === 200),
      `no error follows a served value: ${recovered.statuses.join(", ")}`,
    ],
  ]
  return promises.filter(([kept]) => !kept).map(([, words]) => `${cell.service}: ${words}`)
}

/** Plays a place through; gives a cell for each service. */
export const play = Effect.fnUntraced(function* (place: Place) {
  const { environment, mend, put, under } = yield* makeWorld(place)
  const { fault, moment } = place
  const services = servicesAt(moment)

  const loaded = load(environment)
  const loadTook = yield* moment === "at load" ? under(loaded) : loaded
  if (hasOldValue(moment)) yield* put("new")

  // At load, the load's own calls are what it cost; a read then shows what became of it.
  yield* environment.aws.calls.clear
  const atLoad = yield* callsOf(environment, moment)
  const act = actAt(place, environment)
  const reads = yield* moment === "at load" ? act : under(act)
  const afterReads = yield* callsOf(environment, moment)

  yield* mend
  const recoveries = yield* forServices(services, (service) => recover(environment, service))

  const cellOf = (service: Service): Cell => {
    const { result: answer, took } = reads[service]
    const cell = {
      ...place,
      service,
      status: answer.status,
      value: valueIn(answer),
      how: howIn(answer),
      took: moment === "at load" ? loadTook : took,
      calls: moment === "at load" ? atLoad[service] : afterReads[service] - atLoad[service],
      recovery: recoveries[service].recovery,
    }
    return { ...cell, broken: judge(place, cell, loadTook, recoveries[service]) }
  }
  return services.filter((service) => canHave(service, fault)).map(cellOf)
}, Effect.scoped)
