/**
 * How long the built extension serves a value: ttl from the environment and the file, stale-while-revalidate,
 * stale-if-error while AWS is down, and how long "no such parameter" holds.
 *
 * Nothing sleeps: with a ttl of 0 a value is too old as soon as the clock has moved, which a call to AWS of a few
 * milliseconds makes sure of.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Environment, onEachPath, startEnvironment } from "../support/extension.ts"
import { type Answer } from "../support/extensionHttp.ts"

const SEED = { parameters: [{ name: "A", value: "one" }] }
const AGING = 5

const config = (policy: string) => `parameters:\n  - names: [A, absent]\n${policy}`
const NO_TTL = "    ttl: 0s\n"

const DOWN = { effect: { kind: "error", status: 500, type: "InternalServerError" } } as const

const statusOf = ({ headers }: Answer): string => String(headers["cache-status"])

const readA = ({ read }: Environment) => read("parameters", "A")

/** Reads until the value is there: each read is one try, the next follows at once. */
const readUntil = (environment: Environment, value: string) =>
  Effect.repeat(readA(environment), { until: ({ text }) => text === value })

onEachPath("a value", (artifact, path) => {
  const start = (policy: string, variables: Readonly<Record<string, string>> = {}) =>
    startEnvironment({
      artifact,
      config: config(policy),
      seed: SEED,
      latency: AGING,
      variables: { ...path, ...variables },
    })

  it.live("is served from memory for CACHE_EXTENSION_TTL, whatever happens to it in AWS", () =>
    Effect.gen(function* () {
      const environment = yield* start("", { CACHE_EXTENSION_TTL: "1h30m" })
      yield* readA(environment)
      yield* environment.put("A", "two")
      const answer = yield* readA(environment)
      assert.strictEqual(answer.text, "one")
      assert.match(statusOf(answer), /^cache-extension; hit; ttl=(5400|539\d)$/)
      assert.deepStrictEqual(yield* environment.operations, ["GetParameter"])
    }),
  )

  it.live("is asked for again once it is older than its ttl, and the new one is served at once", () =>
    Effect.gen(function* () {
      const environment = yield* start(NO_TTL)
      assert.strictEqual((yield* readA(environment)).text, "one")
      yield* environment.put("A", "two")
      const answer = yield* readA(environment)
      assert.strictEqual(answer.text, "two")
      assert.match(statusOf(answer), /^cache-extension; fwd=stale; ttl=-?\d+; stored$/)
      assert.strictEqual(answer.headers["age"], "0")
      assert.deepStrictEqual(yield* environment.operations, ["GetParameter", "GetParameter"])
    }),
  )

  it.live.each([
    ["0", "    ttl: 1h\n", 2],
    ["1ns", "    ttl: 1h\n", 2],
    ["-1s", "    ttl: 1h\n", 2],
    ["1.5h", NO_TTL, 1],
    ["300000ms", NO_TTL, 1],
    ["", NO_TTL, 2],
  ] as const)("obeys CACHE_EXTENSION_TTL=%s before the ttl of the file", ([ttl, policy, calls]) =>
    Effect.gen(function* () {
      const environment = yield* start(policy, { CACHE_EXTENSION_TTL: ttl })
      yield* readA(environment)
      yield* readA(environment)
      assert.strictEqual((yield* environment.operations).length, calls)
    }),
  )

  it.live("is served stale within stale_while_revalidate, while a new one is fetched behind it", () =>
    Effect.gen(function* () {
      const environment = yield* start(`${NO_TTL}    stale_while_revalidate: 1h\n`)
      yield* readA(environment)
      yield* environment.put("A", "two")
      const stale = yield* readA(environment)
      assert.strictEqual(stale.text, "one")
      assert.match(statusOf(stale), /^cache-extension; hit; ttl=-?\d+; detail=stale-while-revalidate$/)
      yield* environment.aws.calls.until(({ operation }) => operation === "GetParameter", 2)
      assert.strictEqual((yield* readUntil(environment, "two")).status, 200)
    }),
  )

  it.live("that is stale is refreshed by an INVOKE, before anybody reads it", () =>
    Effect.gen(function* () {
      const environment = yield* start(
        `${NO_TTL}    stale_while_revalidate: 1h\ncache:\n  idle_refresh_limit: 1h\n`,
      )
      yield* readA(environment)
      yield* environment.put("A", "two")
      yield* environment.lambda.invoke()
      assert.deepStrictEqual(yield* environment.operations, ["GetParameter", "GetParameter"])
      assert.strictEqual((yield* readA(environment)).text, "two")
    }),
  )

  it.live("outlives an outage of AWS, and the new one comes when AWS is back", () =>
    Effect.gen(function* () {
      const environment = yield* start(NO_TTL)
      yield* readA(environment)
      yield* environment.put("A", "two")
      const outage = yield* environment.aws.faults.inject(DOWN)
      const answer = yield* readA(environment)
      assert.deepInclude(answer, { status: 200, text: "one" })
      assert.match(statusOf(answer), /^cache-extension; fwd=stale; ttl=-?\d+; detail=stale-if-error$/)
      assert.isAbove(yield* outage.hits, 1)
      yield* outage.remove
      assert.match(statusOf(yield* readUntil(environment, "two")), /^cache-extension; fwd=stale; .*stored$/)
    }),
  )

  it.live("does not outlive an outage where stale_if_error is 0s", () =>
    Effect.gen(function* () {
      const environment = yield* start(`${NO_TTL}    stale_if_error: 0s\n`)
      yield* readA(environment)
      yield* environment.aws.faults.inject(DOWN)
      const answer = yield* readA(environment)
      assert.strictEqual(answer.status, 502)
      assert.strictEqual(answer.headers["content-type"], "application/problem+json")
    }),
  )

  it.live.each(["AccessDeniedException", "DecryptionFailure"])(
    "outlives that access to it is denied for stale_if_denied: %s",
    (type) =>
      Effect.gen(function* () {
        const environment = yield* start(NO_TTL)
        yield* readA(environment)
        yield* environment.aws.faults.inject({ effect: { kind: "error", status: 400, type } })
        const answer = yield* readA(environment)
        assert.deepInclude(answer, { status: 200, text: "one" })
        assert.match(statusOf(answer), /^cache-extension; fwd=stale; ttl=-?\d+; detail=stale-if-denied$/)
        assert.match(statusOf(yield* readA(environment)), /detail=stale-if-denied$/)
      }),
  )

  it.live("does not outlive that access to it is denied where stale_if_denied is 0s", () =>
    Effect.gen(function* () {
      const environment = yield* start(`${NO_TTL}    stale_if_denied: 0s\n`)
      yield* readA(environment)
      yield* environment.aws.faults.inject({
        effect: { kind: "error", status: 400, type: "AccessDeniedException", message: "no longer" },
      })
      const answer = yield* readA(environment)
      assert.strictEqual(answer.status, 403)
      assert.include(answer.text, "AccessDeniedException: no longer")
      // Remembered for negative_ttl.
      yield* readA(environment)
      assert.deepStrictEqual(yield* environment.operations, ["GetParameter", "GetParameter"])
    }),
  )

  it.live("goes at once when AWS refuses the request for it", () =>
    Effect.gen(function* () {
      const environment = yield* start(NO_TTL)
      yield* readA(environment)
      const refusal = { kind: "error", status: 400, type: "ValidationException" } as const
      yield* environment.aws.faults.inject({ effect: refusal })
      assert.strictEqual((yield* readA(environment)).status, 502)
    }),
  )

  it.live("outlives a firewall that answers in AWS's place", () =>
    Effect.gen(function* () {
      const environment = yield* start(NO_TTL)
      yield* readA(environment)
      yield* environment.aws.faults.inject({ effect: { kind: "page", status: 403 } })
      const answer = yield* readA(environment)
      assert.deepInclude(answer, { status: 200, text: "one" })
      assert.match(statusOf(answer), /detail=stale-if-error$/)
    }),
  )

  it.live("that AWS says is gone is gone, although an old one is at hand", () =>
    Effect.gen(function* () {
      const environment = yield* start(NO_TTL)
      yield* readA(environment)
      yield* environment.aws.faults.inject({
        effect: { kind: "error", status: 400, type: "ParameterNotFound" },
      })
      assert.strictEqual((yield* readA(environment)).status, 404)
    }),
  )

  it.live("that does not exist costs one call within negative_ttl", () =>
    Effect.gen(function* () {
      const { operations, put, read } = yield* start("    negative_ttl: 1h\n")
      assert.strictEqual((yield* read("parameters", "absent")).status, 404)
      yield* put("absent", "now there")
      assert.strictEqual((yield* read("parameters", "absent")).status, 404)
      assert.deepStrictEqual(yield* operations, ["GetParameter"])
    }),
  )

  it.live("that did not exist is found once negative_ttl has passed", () =>
    Effect.gen(function* () {
      const { put, read } = yield* start("    negative_ttl: 0s\n")
      assert.strictEqual((yield* read("parameters", "absent")).status, 404)
      yield* put("absent", "now there")
      assert.deepInclude(yield* read("parameters", "absent"), { status: 200, text: "now there" })
    }),
  )
})
