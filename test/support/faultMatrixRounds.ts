/**
 * The part of the fault matrix about fetches of several calls, with a fault after the first: a BatchGetItem with
 * unprocessed keys, and a path of three pages.
 *
 * Complete values are served, incomplete ones are not, and the rest comes once the fault is over.
 */
import { Duration, Effect, Schedule, Schema } from "effect"
import { seedFrom } from "../../local/aws/seed.ts"
import { REGION } from "./aws.ts"
import { type Artifact, type Environment, startEnvironment } from "./extension.ts"
import { type Answer } from "./extensionHttp.ts"
import { type Fault, FAULTS } from "./faultMatrixFaults.ts"

export const ROUND_MOMENTS = ["at first read", "at expiry"] as const
type RoundMoment = (typeof ROUND_MOMENTS)[number]

export interface RoundCell {
  readonly title: string
  readonly moment: RoundMoment
  /** What the reads of the items said, each with how often. */
  readonly items: string
  /** What the read of the path said. */
  readonly path: string
  /** Milliseconds that the slowest of the reads took. */
  readonly took: number
  /** Milliseconds from the end of the fault until everything is new. */
  readonly recovery: number
  /** The promises that were not kept. */
  readonly broken: ReadonlyArray<string>
}

/** Answers that fail; a delay alone is no failure of a round. */
export const ROUND_FAULTS: ReadonlyArray<Fault> = FAULTS.filter(
  ({ cause, status }) => cause.kind === "answer" && status !== 200,
)

const IDS = ["a", "b", "c", "d", "e", "f"]
/** So many of them come in the first round. */
const PROCESSED = 2

/** Three pages. */
const PARAMETERS = Array.from({ length: 25 }, (_, index) => `/tree/p${index}`)
const PATH = "/parameters?path=/tree/"

const READ_BUDGET = 2_500
const MAX_RECOVERY = 6_000
/** For a machine that does other things too. */
const SLACK = 1_000

const config = `
cache: { ttl: 0s }
parameters:
  - paths: [/tree/]
dynamodb:
${IDS.map((id) => `  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: ${id} }\n`).join("")}`

const seedOf = (value: "old" | "new") => ({
  region: REGION,
  parameters: PARAMETERS.map((name) => ({ name, value })),
  tables: [{ name: "Things", hashKey: { name: "id" }, items: IDS.map((id) => ({ id, value })) }],
})

/** All items in one request, so that they go out in one BatchGetItem however busy the machine is. */
const ITEMS = `/dynamodb?${IDS.map((id) => `name=Things-${id}`).join("&")}`

/** A text with an old and a new part is wrong whatever is asked. */
const valueIn = (text: string): string =>
  `200 ${["old", "new"].filter((value) => text.includes(value)).join(" and ")}`

const Several = Schema.fromJsonString(
  Schema.Struct({
    values: Schema.Record(Schema.String, Schema.Struct({ id: Schema.String, value: Schema.String })),
    errors: Schema.Record(Schema.String, Schema.Struct({ status: Schema.Number })),
  }),
)

/** What was said of each item. */
const itemsIn = ({ text }: Answer): ReadonlyArray<string> => {
  const { errors, values } = Schema.decodeUnknownSync(Several)(text)
  const served = Object.values(values).map(({ value }) => valueIn(value))
  return served.concat(Object.values(errors).map(({ status }) => String(status)))
}

const say = ({ ask }: Environment) =>
  Effect.all([ask(ITEMS), ask(PATH)], { concurrency: 2 }).pipe(
    Effect.map(([items, path]) => ({
      items: itemsIn(items),
      path: path.status === 200 ? valueIn(path.text) : String(path.status),
      pathText: path.text,
    })),
  )

const counted = (words: ReadonlyArray<string>): string =>
  [...new Set(words)]
    .toSorted()
    .map((word) => `${words.filter((other) => other === word).length} × ${word}`)
    .join(", ")

const isWhole = (text: string): boolean =>
  Object.keys(JSON.parse(text) as object).length === PARAMETERS.length

/** Plays a fault from the second round on. */
export const playRounds = Effect.fnUntraced(function* (
  artifact: Artifact,
  { cause, status, title }: Fault,
  moment: RoundMoment,
) {
  if (cause.kind !== "answer") return yield* Effect.die("the network has no rounds")
  const isHeld = moment === "at expiry"
  const seed = seedOf(isHeld ? "old" : "new")
  const environment = yield* startEnvironment({ artifact, config, seed, preload: isHeld, latency: 5 })
  if (isHeld) yield* Effect.orDie(seedFrom(environment.aws.endpoint, seedOf("new")))

  const { faults } = environment.aws
  const first = { kind: "unprocessed", processed: PROCESSED } as const
  yield* faults.inject({ operation: "BatchGetItem", times: 1, effect: first })
  yield* faults.inject({ service: "dynamodb", effect: cause.effect })
  yield* faults.inject({ operation: "GetParametersByPath", after: 1, effect: cause.effect })
  const [elapsed, said] = yield* Effect.timed(say(environment))
  const took = Duration.toMillis(elapsed)

  yield* faults.clear
  const statuses = new Set<string>()
  const untilNew = Effect.repeat(
    Effect.tap(say(environment), ({ items, path }) =>
      Effect.sync(() => [...items, path].forEach((word) => statuses.add(word))),
    ),
    {
      until: ({ items, path }) => [...items, path].every((word) => word === "200 new"),
      schedule: Schedule.spaced("25 millis"),
    },
  ).pipe(Effect.timeoutOption(MAX_RECOVERY + SLACK))
  const [recovered, last] = yield* Effect.timed(untilNew)
  const recovery = Duration.toMillis(recovered)

  const missing = isHeld ? "200 old" : String(status)
  const wanted = counted([
    ...IDS.slice(0, PROCESSED).map(() => "200 new"),
    ...IDS.slice(PROCESSED).map(() => missing),
  ])
  // Where the tries have taken the whole budget, the read says that instead of what AWS said.
  const understood = (word: string): string => (word === "504" && took >= READ_BUDGET ? missing : word)
  const items = counted(said.items.map(understood))
  const promises: ReadonlyArray<readonly [kept: boolean, words: string]> = [
    [items === wanted, `the items are ${wanted}, not ${items}`],
    [understood(said.path) === missing, `the path is ${missing}, not ${said.path}`],
    [!isHeld || isWhole(said.pathText), "the old path is whole"],
    [took <= READ_BUDGET + SLACK, `${took} ms are in time`],
    [recovery <= MAX_RECOVERY, `everything is new after ${recovery} ms: ${[...statuses].join(", ")}`],
    [last._tag === "Some" && isWhole(last.value.pathText), "the new path is whole"],
    [!isHeld || [...statuses].every((word) => word.startsWith("200")), "no error follows a served value"],
  ]
  const broken = promises.filter(([kept]) => !kept).map(([, words]) => `${moment}: ${words}`)
  const seen = { items: counted(said.items), path: said.path }
  const cell: RoundCell = { title, moment, ...seen, took, recovery, broken }
  return cell
}, Effect.scoped)
