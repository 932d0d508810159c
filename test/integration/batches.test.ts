/**
 * How many calls the built extension makes: one per key at a time, names and keys in the services' batches, and what
 * one bad member of a batch means to the others.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Environment, makeEnvironment, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { type Answer } from "../support/extensionHttp.ts"

const range = (size: number): ReadonlyArray<number> => Array.from({ length: size }, (_, index) => index)
const names = (size: number) => range(size).map((index) => `p${index}`)
const parameters = (size: number) => names(size).map((name) => ({ name, value: `value of ${name}` }))
const listing = (section: string, listed: ReadonlyArray<string>) =>
  `${section}:\n  - names: [${listed.join(", ")}]\n`

/** A budget that a busy machine can keep: what is counted are calls, not milliseconds. */
const PATIENT = "cache:\n  read_budget: 30s\n"

const ITEM = "table: Things, hashkey: id, hashkeytype: S"
const items = (size: number) =>
  `dynamodb:\n${names(size)
    .map((id) => `  - { ${ITEM}, hashkeyvalue: ${id} }\n`)
    .join("")}`
const things = (size: number) => ({
  tables: [{ name: "Things", hashKey: { name: "id" }, items: names(size).map((id) => ({ id, n: 1 })) }],
})

/** Long enough for all requests of a test to arrive before the first call is answered. */
const SLOW = 1_000

const readAll = (
  { read }: Environment,
  kind: string,
  asked: ReadonlyArray<string>,
): Effect.Effect<ReadonlyArray<Answer>> =>
  Effect.forEach(asked, (name) => read(kind, name), { concurrency: "unbounded" })

const statuses = (answers: ReadonlyArray<Answer>) => answers.map(({ status }) => status)
const texts = (answers: ReadonlyArray<Answer>) => answers.map(({ text }) => text)

onEachArtifact("the calls to AWS", (artifact) => {
  it.live("are one for 200 concurrent reads of a cold key", () =>
    Effect.gen(function* () {
      const environment = yield* startEnvironment({
        artifact,
        config: listing("parameters", ["p0"]) + PATIENT,
        seed: { parameters: parameters(1) },
        latency: SLOW,
      })
      const answers = yield* readAll(
        environment,
        "parameters",
        range(200).map(() => "p0"),
      )
      assert.deepStrictEqual(new Set(texts(answers)), new Set(["value of p0"]))
      assert.deepStrictEqual(yield* environment.operations, ["GetParameter"])
    }),
  )

  // How few calls these are depends on how close together the reads arrive: herd.test.ts has it. This holds on any machine.
  it.live(
    "ask once for each of 50 cold keys that 1,000 concurrent reads want, ten names at the most in each",
    () =>
      Effect.gen(function* () {
        const environment = yield* startEnvironment({
          artifact,
          config: listing("parameters", names(50)) + PATIENT,
          seed: { parameters: parameters(50) },
          latency: SLOW / 2,
        })
        const asked = range(1_000).map((index) => `p${index % 50}`)
        assert.deepStrictEqual(
          texts(yield* readAll(environment, "parameters", asked)),
          asked.map((name) => `value of ${name}`),
        )
        const calls = yield* environment.aws.calls.all
        assert.deepStrictEqual(calls.flatMap((call) => call.names).toSorted(), names(50).toSorted())
        assert.isAtMost(Math.max(...calls.map((call) => call.names.length)), 10)
      }),
  )

  it.live("are 3 for the preload of 25 parameters, 10 names each at most", () =>
    Effect.gen(function* () {
      const environment = yield* startEnvironment({
        artifact,
        config: listing("parameters", names(25)),
        seed: { parameters: parameters(25) },
        preload: true,
      })
      const get = "GetParameters"
      assert.deepStrictEqual(yield* environment.operations, [get, get, get])
      const sizes = (yield* environment.aws.calls.all).map(({ names: asked }) => asked.length)
      // They are sent at the same time, so they may arrive in any order.
      assert.deepStrictEqual(
        sizes.toSorted((a, b) => a - b),
        [5, 10, 10],
      )
      const answers = yield* readAll(environment, "parameters", names(25))
      assert.deepStrictEqual(
        texts(answers),
        names(25).map((name) => `value of ${name}`),
      )
      assert.strictEqual((yield* environment.operations).length, 3)
    }),
  )

  it.live("are 3 for the preload of 45 secrets, 20 each at most", () =>
    Effect.gen(function* () {
      const environment = yield* startEnvironment({
        artifact,
        config: listing("secrets", names(45)),
        seed: { secrets: parameters(45) },
        preload: true,
      })
      const batch = "BatchGetSecretValue"
      assert.deepStrictEqual(yield* environment.operations, [batch, batch, batch])
      const answers = yield* readAll(environment, "secrets", names(45))
      assert.deepStrictEqual(
        texts(answers),
        names(45).map((name) => `value of ${name}`),
      )
    }),
  )

  it.live("are 2 for the preload of 150 items, 100 each at most", () =>
    Effect.gen(function* () {
      const environment = yield* startEnvironment({
        artifact,
        config: items(150),
        seed: things(150),
        preload: true,
      })
      assert.deepStrictEqual(yield* environment.operations, ["BatchGetItem", "BatchGetItem"])
      const asked = names(150).map((id) => `Things-${id}`)
      const answers = yield* readAll(environment, "dynamodb", asked)
      assert.deepStrictEqual(
        texts(answers),
        names(150).map((id) => `{"id":"${id}","n":1}`),
      )
      assert.strictEqual((yield* environment.operations).length, 2)
    }),
  )

  it.live("are repeated for the keys that DynamoDB left unprocessed, and for those alone", () =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment({
        artifact,
        config: items(40),
        seed: things(40),
        preload: true,
        lambda: { freeze: false },
      })
      yield* environment.aws.faults.inject({
        operation: "BatchGetItem",
        times: 1,
        effect: { kind: "unprocessed", processed: 30 },
      })
      yield* environment.lambda.init
      const calls = yield* environment.aws.calls.all
      const keys = calls.map(({ names: touched }) => touched.filter((name) => name !== "Things").length)
      assert.deepStrictEqual(keys, [40, 10])
      const asked = names(40).map((id) => `Things-${id}`)
      const answers = yield* readAll(environment, "dynamodb", asked)
      assert.deepStrictEqual(
        texts(answers),
        names(40).map((id) => `{"id":"${id}","n":1}`),
      )
      assert.strictEqual((yield* environment.operations).length, 2)
    }),
  )

  it.live("need no second one for a missing name: it is told apart from the rest of its batch", () =>
    Effect.gen(function* () {
      const environment = yield* startEnvironment({
        artifact,
        config: listing("parameters", names(4)),
        seed: { parameters: parameters(4).filter(({ name }) => name !== "p2") },
        preload: true,
      })
      const answers = yield* readAll(environment, "parameters", names(4))
      assert.deepStrictEqual(statuses(answers), [200, 200, 404, 200])
      assert.deepStrictEqual(yield* environment.operations, ["GetParameters"])
      assert.include(environment.lines().join("\n"), "parameters:p2 could not be loaded")
    }),
  )

  it.live(
    "are made one by one for a batch that is denied, so that the names that are allowed are served",
    () =>
      Effect.gen(function* () {
        const environment = yield* makeEnvironment({
          artifact,
          config: listing("parameters", names(4)),
          seed: { parameters: parameters(4) },
          preload: true,
          lambda: { freeze: false },
        })
        const effect = { kind: "error", status: 400, type: "AccessDeniedException" } as const
        yield* environment.aws.faults.inject({ match: ["p2"], effect })
        yield* environment.lambda.init
        const one = "GetParameter"
        assert.deepStrictEqual(yield* environment.operations, ["GetParameters", one, one, one, one])
        const answers = yield* readAll(environment, "parameters", names(4))
        assert.deepStrictEqual(statuses(answers), [200, 200, 403, 200])
      }),
  )

  it.live("need no second one for a missing secret either", () =>
    Effect.gen(function* () {
      const environment = yield* startEnvironment({
        artifact,
        config: listing("secrets", ["p0", "p1", "gone"]),
        seed: { secrets: parameters(2) },
        preload: true,
      })
      const answers = yield* readAll(environment, "secrets", ["p0", "p1", "gone"])
      assert.deepStrictEqual(statuses(answers), [200, 200, 404])
      assert.deepStrictEqual(yield* environment.operations, ["BatchGetSecretValue"])
    }),
  )
})
