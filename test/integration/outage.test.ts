/**
 * AWS down while the built extension loads: never fatal, never past the load's budget, and the values are there as
 * soon as AWS is back.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type FaultEffect } from "../../local/aws/Faults.ts"
import { isEvent } from "../../local/lambda/events.ts"
import { casesOn, type Environment, makeEnvironment, onEachArtifact } from "../support/extension.ts"
import { freePort, LOOPBACK } from "../support/extensionHttp.ts"
import { makeRelay } from "../support/extensionRelay.ts"
import { WRONG_MEMBERS } from "../support/wrongReplies.ts"

const CONFIG = `
parameters:
  - names: [A, B]
secrets:
  - names: [S]
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }
cache:
  negative_ttl: 0s
`
const SEED = {
  parameters: [
    { name: "A", value: "value A" },
    { name: "B", value: "value B" },
  ],
  secrets: [{ name: "S", value: "value S" }],
  tables: [{ name: "Things", hashKey: { name: "id" }, items: [{ id: "one" }] }],
}
const READS = [
  ["parameters", "A", "value A"],
  ["parameters", "B", "value B"],
  ["secrets", "S", "value S"],
  ["dynamodb", "Things-one", '{"id":"one"}'],
] as const

/** What the load may take (design: 8 s), so that INIT, which ends after 10 s, succeeds. */
const LOAD_BUDGET = 8_000

const OUTAGES: ReadonlyArray<{
  readonly name: string
  readonly effect: FaultEffect
  /** What a read says meanwhile. */
  readonly status: number
}> = [
  {
    name: "answers 503",
    effect: { kind: "error", status: 503, type: "ServiceUnavailable" },
    status: 502,
  },
  { name: "answers 500", effect: { kind: "error", status: 500, type: "InternalServerError" }, status: 502 },
  { name: "throttles", effect: { kind: "throttle" }, status: 429 },
  {
    name: "denies access",
    effect: { kind: "error", status: 400, type: "AccessDeniedException" },
    status: 403,
  },
  {
    name: "says that the credentials have expired",
    effect: { kind: "error", status: 400, type: "ExpiredTokenException" },
    status: 502,
  },
  {
    name: "does not know the credentials",
    effect: { kind: "error", status: 400, type: "UnrecognizedClientException" },
    status: 502,
  },
  { name: "is answered for by a firewall, with 403", effect: { kind: "page", status: 403 }, status: 502 },
  { name: "is answered for by a proxy, with 407", effect: { kind: "page", status: 407 }, status: 502 },
  { name: "resets connections", effect: { kind: "resetBefore" }, status: 502 },
  { name: "resets connections in the middle of answers", effect: { kind: "resetMid" }, status: 502 },
  { name: "breaks answers off", effect: { kind: "truncate" }, status: 502 },
  { name: "answers something that is no JSON", effect: { kind: "wrongJson" }, status: 502 },
  { name: "answers nothing", effect: { kind: "emptyBody" }, status: 502 },
  { name: "answers null", effect: { kind: "body", body: "null" }, status: 502 },
  { name: "answers with members of wrong types", effect: { kind: "body", body: WRONG_MEMBERS }, status: 502 },
  { name: "hangs", effect: { kind: "hang" }, status: 504 },
]

/** What the artifact's own HTTP client sees, and not the code that both share. */
const isOfTransport = ({ effect }: (typeof OUTAGES)[number]): boolean =>
  ["resetBefore", "resetMid", "truncate", "emptyBody", "hang"].includes(effect.kind)

/** Reads everything; all must be served. */
const expectAll = ({ read }: Environment) =>
  Effect.forEach(READS, ([kind, name, value]) =>
    Effect.map(read(kind, name), (answer) =>
      assert.deepInclude(answer, { status: 200, text: value }, `${kind} ${name}`),
    ),
  )

/** From `register` to the first poll, in milliseconds. */
const loadTime = ({ lambda }: Environment) =>
  Effect.gen(function* () {
    const registered = yield* lambda.events.waitFor(isEvent("registered"))
    const polled = yield* lambda.events.waitFor(isEvent("next", ({ kind }) => kind === "extension"))
    return polled.at - registered.at
  })

onEachArtifact("while the extension loads, AWS", (artifact) => {
  const options = { artifact, config: CONFIG, seed: SEED, preload: true, lambda: { freeze: false } }

  it.live.each(casesOn(artifact, OUTAGES, isOfTransport))(
    "$name: INIT succeeds in time, and later reads too",
    ({ effect, status }) =>
      Effect.gen(function* () {
        const environment = yield* makeEnvironment(options)
        const { faults } = environment.aws
        yield* faults.inject({ effect })
        yield* environment.lambda.init
        assert.isBelow(yield* loadTime(environment), LOAD_BUDGET)
        const log = environment.lines().join("\n")
        for (const key of ["parameters:A", "parameters:B", "secrets:S", "dynamodb:Things-one"]) {
          const words = `${key} could not be loaded and will be tried again at its first read`
          assert.include(log, words)
        }

        const down = yield* environment.read("parameters", "A")
        assert.strictEqual(down.status, status, down.text)
        assert.strictEqual(down.headers["content-type"], "application/problem+json")
        if (status === 429) assert.strictEqual(down.headers["retry-after"], "1")

        yield* faults.clear
        yield* expectAll(environment)
      }),
  )

  it.live("cannot be reached: INIT succeeds at once, and reads do when it is back", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const environment = yield* makeEnvironment({
        ...options,
        endpointOf: () => `http://${LOOPBACK}:${port}`,
      })
      yield* environment.lambda.init
      assert.isBelow(yield* loadTime(environment), LOAD_BUDGET / 4)
      const down = yield* environment.read("parameters", "A")
      assert.strictEqual(down.status, 502)
      assert.include(down.text, "ECONNREFUSED")

      yield* makeRelay(environment.aws.port, port)
      yield* expectAll(environment)
    }),
  )

  it.live("throttles for a moment: a first read that has no old value to serve insists, and is served", () =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment({ ...options, preload: false })
      // More refusals than one fetch makes attempts.
      const glitch = yield* environment.aws.faults.inject({ times: 6, effect: { kind: "throttle" } })
      yield* environment.lambda.init
      assert.deepInclude(yield* environment.read("parameters", "A"), { status: 200, text: "value A" })
      assert.strictEqual(yield* glitch.hits, 6)
    }),
  )

  it.live("fails for one entry alone: the others are loaded", () =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment(options)
      yield* environment.aws.faults.inject({
        match: ["S"],
        effect: { kind: "error", status: 400, type: "AccessDeniedException" },
      })
      yield* environment.lambda.init
      yield* environment.aws.faults.inject({ effect: { kind: "hang" } })
      assert.strictEqual((yield* environment.read("parameters", "A")).text, "value A")
      assert.strictEqual((yield* environment.read("parameters", "B")).text, "value B")
      assert.strictEqual((yield* environment.read("dynamodb", "Things-one")).text, '{"id":"one"}')
      assert.strictEqual((yield* environment.read("secrets", "S")).status, 403)
    }),
  )

  it.live("fails once and then works: the retry is enough, and nobody notices", () =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment(options)
      const glitch = yield* environment.aws.faults.inject({ times: 3, effect: { kind: "resetBefore" } })
      yield* environment.lambda.init
      assert.strictEqual(yield* glitch.hits, 3)
      assert.notInclude(environment.lines().join("\n"), "could not be loaded")
      yield* environment.aws.calls.clear
      yield* expectAll(environment)
      assert.deepStrictEqual(yield* environment.operations, [])
    }),
  )
})
