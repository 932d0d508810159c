/**
 * What takes AWS many calls: a batch of items that is over DynamoDB's megabyte, and a path of thirty pages. What has
 * come is served and kept, the rest is fetched in the background, and nothing is asked for twice.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  type Environment,
  type EnvironmentOptions,
  isOnNode,
  makeEnvironment,
  onEachArtifact,
} from "../support/extension.ts"
import { type Answer } from "../support/extensionHttp.ts"
import { payloadOf } from "../support/lambda.ts"

const range = (size: number): ReadonlyArray<number> => Array.from({ length: size }, (_, index) => index)

/** About a megabyte of items comes in one round: these take seven or eight. */
const ITEMS = 100
const ITEM_BYTES = 100_000
const ROUND = 400

const ids = range(ITEMS).map((index) => `s${String(index).padStart(3, "0")}`)
const KEY = "hashkey: id, hashkeytype: S, hashkeyvalue: one, sortkey: sort, sortkeytype: S"
const ITEMS_CONFIG = `dynamodb:\n${ids.map((id) => `  - { table: Big, ${KEY}, sortkeyvalue: ${id} }\n`).join("")}`
const BIG = {
  tables: [
    {
      name: "Big",
      hashKey: { name: "id" },
      sortKey: { name: "sort" },
      items: ids.map((sort) => ({ id: "one", sort, body: "x".repeat(ITEM_BYTES) })),
    },
  ],
}

/** A page has ten parameters; all of them take longer than a read waits. */
const PARAMETERS = 300
const PAGE = 150
const PATH_CONFIG = "parameters:\n  - paths: [/app/]\n"
/** An attempt has about half a budget: a page that a busy machine delays is not asked for twice. */
const PATIENT = `${PATH_CONFIG}cache:\n  read_budget: 3500ms\n  load_budget: 2500ms\n`
const TREE = {
  parameters: range(PARAMETERS).map((index) => ({ name: `/app/p${index}`, value: `value ${index}` })),
}
const IN_TREE = Object.fromEntries(TREE.parameters.map(({ name, value }) => [name, value]))

const readItems = ({ read }: Environment, wanted: ReadonlyArray<string>) =>
  Effect.forEach(
    wanted,
    (id) => Effect.map(read("dynamodb", `Big-one-${id}`), (answer) => ({ id, answer })),
    { concurrency: "unbounded" },
  )

/** Reads until every item has come, and gives what came in each pass. */
const readUntilAll = Effect.fnUntraced(function* (environment: Environment) {
  const passes: Array<number> = []
  let left: ReadonlyArray<string> = ids
  while (left.length > 0 && passes.length < 10) {
    const answers = yield* readItems(environment, left)
    for (const { answer } of answers) assert.include([200, 504], answer.status, answer.text)
    passes.push(answers.filter(({ answer }) => answer.status === 200).length)
    left = answers.filter(({ answer }) => answer.status !== 200).map(({ id }) => id)
  }
  assert.deepStrictEqual(left, [])
  return passes
})

/** How many keys each call asked for. */
const keysAsked = ({ aws }: Environment) =>
  Effect.map(aws.calls.all, (calls) =>
    calls.map(({ names }) => names.filter((name) => name !== "Big").length),
  )

const assertShrinking = (sizes: ReadonlyArray<number>) =>
  sizes.slice(1).forEach((size, index) => assert.isBelow(size, sizes[index] ?? 0, sizes.join()))

const readPath = ({ ask }: Environment) => ask("/parameters?path=/app/")

/** Reads until it is served. */
const readPathUntilServed = Effect.fnUntraced(function* (environment: Environment) {
  const statuses: Array<number> = []
  let answer: Answer
  do {
    answer = yield* readPath(environment)
    statuses.push(answer.status)
  } while (answer.status === 504 && statuses.length < 10)
  assert.deepStrictEqual(JSON.parse(answer.text), IN_TREE)
  return statuses
})

/** An environment at its first next. AWS is slow from then on that the seed is in it. */
const startSlow = Effect.fnUntraced(function* (
  options: Omit<EnvironmentOptions, "latency" | "lambda">,
  latency: number,
) {
  const environment = yield* makeEnvironment({ ...options, lambda: { freeze: false } })
  yield* environment.aws.latency.set(latency)
  yield* environment.lambda.init
  return environment
})

onEachArtifact("what takes many calls", (artifact) => {
  it.live("items of ten megabytes are loaded at start-up, each round asking for what is left alone", () =>
    Effect.gen(function* () {
      const options = { artifact, config: ITEMS_CONFIG, seed: BIG, preload: true }
      const environment = yield* startSlow(options, ROUND)
      const sizes = yield* keysAsked(environment)
      assert.isAtLeast(sizes.length, 7)
      assertShrinking(sizes)
      assert.deepStrictEqual(yield* readUntilAll(environment), [ITEMS])
      assert.strictEqual((yield* keysAsked(environment)).length, sizes.length)
    }),
  )

  it.live("a path goes on through freezes between its pages", () =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment({
        artifact,
        config: `${PATH_CONFIG}cache:\n  load_budget: 1s\n`,
        seed: TREE,
        preload: true,
        handler: (_event, { ask }) =>
          Effect.map(ask("/parameters?path=/app/"), ({ status, text }) => ({ status, text })),
      })
      yield* environment.aws.latency.set(PAGE / 2)
      const statuses: Array<number> = []
      do {
        const { status, text } = payloadOf(yield* environment.lambda.invoke()) as {
          readonly status: number
          readonly text: string
        }
        statuses.push(status)
        if (status === 200) assert.deepStrictEqual(JSON.parse(text), IN_TREE)
      } while (statuses.at(-1) === 504 && statuses.length < 20)
      assert.strictEqual(statuses.at(-1), 200)
      // A page that was frozen in flight may be asked for again.
      assert.isAtMost((yield* environment.operations).length, PARAMETERS / 10 + statuses.length * 2)
    }),
  )

  // A sample is enough on the other artifact: the code that decides on the next call is the same.
  if (!isOnNode(artifact)) return

  it.live("items are asked for on behind the first next, when the load's time is over", () =>
    Effect.gen(function* () {
      const config = `${ITEMS_CONFIG}cache:\n  load_budget: 2s\n`
      const environment = yield* startSlow({ artifact, config, seed: BIG, preload: true }, ROUND)
      const atNext = (yield* keysAsked(environment)).length
      yield* readUntilAll(environment)
      const sizes = yield* keysAsked(environment)
      assert.isBelow(atNext, sizes.length)
      assertShrinking(sizes)
    }),
  )

  it.live("items that come in time are served, the others a moment later, by reads alone", () =>
    Effect.gen(function* () {
      const environment = yield* startSlow({ artifact, config: ITEMS_CONFIG, seed: BIG }, ROUND)
      const passes = yield* readUntilAll(environment)
      assert.isAbove(passes[0] ?? 0, 0)
      assert.isAtMost(passes.length, 4)
    }),
  )

  it.live("a path of thirty pages is served by reads alone, with each page read once", () =>
    Effect.gen(function* () {
      const environment = yield* startSlow({ artifact, config: PATIENT, seed: TREE }, PAGE)
      const statuses = yield* readPathUntilServed(environment)
      assert.strictEqual(statuses[0], 504)
      assert.strictEqual((yield* environment.operations).length, PARAMETERS / 10)
    }),
  )

  it.live(
    "a parameter of a path that is on its way is read alone meanwhile, and costs the path nothing",
    () =>
      Effect.gen(function* () {
        const environment = yield* startSlow({ artifact, config: PATIENT, seed: TREE }, PAGE)
        const { operations, read } = environment
        const answer = yield* read("parameters", "/app/p299")
        assert.deepInclude(answer, { status: 200, text: "value 299" })
        const before = (yield* operations).filter((operation) => operation === "GetParametersByPath").length
        assert.isBelow(before, PARAMETERS / 10)
        yield* readPathUntilServed(environment)
        const all = yield* operations
        assert.strictEqual(
          all.filter((operation) => operation === "GetParametersByPath").length,
          PARAMETERS / 10,
        )
        assert.strictEqual(all.filter((operation) => operation === "GetParameter").length, 1)
        // From now on the path has it.
        assert.strictEqual((yield* read("parameters", "/app/p299")).text, "value 299")
        assert.strictEqual((yield* operations).length, all.length)
      }),
  )

  it.live("a path goes on behind the first next when the load's time is over", () =>
    Effect.gen(function* () {
      const environment = yield* startSlow({ artifact, config: PATIENT, seed: TREE, preload: true }, PAGE)
      assert.isBelow((yield* environment.operations).length, PARAMETERS / 10)
      yield* readPathUntilServed(environment)
      assert.strictEqual((yield* environment.operations).length, PARAMETERS / 10)
    }),
  )
})
