/**
 * AWS hangs while the function is invoked: whatever the function's time-out, the function is answered before Lambda
 * ends it, early enough to answer normally itself.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { AUTHORIZED, LISTED, optionsFor, PARAMETER } from "../support/compatible.ts"
import { makeEnvironment, onEachArtifact, READER, readOf } from "../support/extension.ts"
import { type Answer, ask } from "../support/extensionHttp.ts"
import { payloadOf } from "../support/lambda.ts"

const SEED = {
  parameters: ["A", "B", "C", "/path/one"].map((name) => ({ name, value: `value ${name}` })),
  secrets: [{ name: "S", value: "value S" }],
}
const ENTRIES = "parameters:\n  - names: [A, B, C]\n  - paths: [/path]\nsecrets:\n  - names: [S]\n"
const HANG = { service: "ssm", effect: { kind: "hang" } } as const
const IN_TIME = "in the time of this invoke, which Lambda ends in"

/** Every way to wait for AWS, all at once. */
const READS = [
  readOf("parameters", "A"),
  "/parameters?name=A&name=B",
  "/parameters?path=/path",
  "/parameters?name=/path/one",
] as const

const brief = ({ headers, status, text }: Answer) => ({ status, text, cache: headers["cache-status"] ?? "" })

onEachArtifact("a function that AWS keeps waiting", (artifact) => {
  it.live.each([
    { timeout: "3 seconds", config: ENTRIES, words: "" },
    { timeout: "3 seconds", config: `cache: { read_budget: 20s }\n${ENTRIES}`, words: IN_TIME },
    { timeout: "1 second", config: ENTRIES, words: IN_TIME },
    { timeout: "10 seconds", config: `cache: { read_budget: 3s }\n${ENTRIES}`, words: "no answer within" },
  ] as const)(
    "is told 504 within its time-out of $timeout, and answers normally",
    ({ config, timeout, words }) =>
      Effect.gen(function* () {
        const { aws, lambda } = yield* makeEnvironment({
          artifact,
          config,
          seed: SEED,
          lambda: { timeout },
          handler: (_event, { read }) => Effect.map(read("parameters", "A"), brief),
        })
        yield* lambda.init
        yield* aws.faults.inject(HANG)
        const result = yield* lambda.invoke()
        assert.isUndefined(result.functionError, result.payload)
        const { status, text } = payloadOf(result)
        assert.strictEqual(status, 504)
        assert.include(String(text), words)
      }),
  )

  it.live("is told so by AWS's own runtime client, too, for every read it makes at once", () =>
    Effect.gen(function* () {
      const { aws, lambda } = yield* makeEnvironment({
        artifact,
        config: ENTRIES,
        seed: SEED,
        lambda: { function: READER, timeout: "3 seconds" },
      })
      yield* lambda.init
      yield* aws.faults.inject(HANG)
      const result = yield* lambda.invoke({ reads: READS })
      assert.isUndefined(result.functionError, result.payload)
      const { reads } = payloadOf(result) as { reads: ReadonlyArray<{ status: number; body: string }> }
      assert.deepStrictEqual(
        reads.map(({ status }) => status),
        [504, 200, 504, 504],
      )
      assert.strictEqual(reads[1]?.body.split("aws-too-slow").length, 3)
    }),
  )

  it.live("gets the old value in time where there is one, and the new one once AWS answers", () =>
    Effect.gen(function* () {
      const { aws, lambda, put } = yield* makeEnvironment({
        artifact,
        config: "parameters:\n  - names: [A]\n    ttl: 0s\n",
        seed: SEED,
        preload: true,
        lambda: { timeout: "1 second" },
        handler: (_event, { read }) => Effect.map(read("parameters", "A"), brief),
      })
      yield* lambda.init
      yield* put("A", "new")
      yield* aws.faults.inject(HANG)
      const down = yield* lambda.invoke()
      assert.isUndefined(down.functionError, down.payload)
      assert.deepInclude(payloadOf(down), { status: 200, text: "value A" })
      yield* aws.faults.clear
      const texts = yield* Effect.replicateEffect(
        Effect.map(lambda.invoke(), (result) => payloadOf(result)["text"]),
        4,
      )
      assert.strictEqual(texts.at(-1), "new")
    }),
  )

  it.live("has its invoke's time as the bound of the other extension's routes", () =>
    Effect.gen(function* () {
      const { compatiblePort, options } = yield* optionsFor(artifact, { config: LISTED })
      const { aws, lambda } = yield* makeEnvironment({
        ...options,
        lambda: { timeout: "1 second" },
        handler: () =>
          Effect.map(Effect.orDie(ask(compatiblePort, `${PARAMETER}?name=other`, AUTHORIZED)), brief),
      })
      yield* lambda.init
      yield* aws.faults.inject(HANG)
      const result = yield* lambda.invoke()
      assert.isUndefined(result.functionError, result.payload)
      assert.strictEqual(payloadOf(result)["status"], 504)
    }),
  )
})
