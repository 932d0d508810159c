/**
 * The shared tier when it fails: it is down, hangs, loses its contents, holds what nobody can read, or was written with another
 * key or another clock. Every environment is served, and asks Parameter Store itself. `npm run test:reliability`.
 */
import { assert, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { isOnNode, onEachArtifact } from "../support/extension.ts"
import { ask } from "../support/extensionHttp.ts"
import { makeSharedFleet } from "../support/sharedFleet.ts"
import type { FaultEffect } from "../../local/aws/Faults.ts"

const TIER = { service: "dynamodb" } as const

const OUTAGES: ReadonlyArray<readonly [string, FaultEffect]> = [
  ["refuses connections", { kind: "resetBefore" }],
  ["hangs", { kind: "hang" }],
  ["throttles", { kind: "throttle" }],
  ["answers with errors", { kind: "error", status: 500, type: "InternalServerError" }],
  ["denies access", { kind: "error", status: 400, type: "AccessDeniedException" }],
  ["has no such table", { kind: "error", status: 400, type: "ResourceNotFoundException" }],
  ["answers with something that is no JSON", { kind: "wrongJson" }],
  ["answers with nothing", { kind: "emptyBody" }],
  ["answers after its time", { kind: "delay", duration: 2_000 }],
]

/**
 * DynamoDB tells its time in whole seconds, so who writes and who reads may each be wrong by 1.5 s and by the time of a round
 * trip.
 */
const STORE_CLOCK_ERROR = 4

/** Keys of 32 bytes, as parameters. */
const KEYS = {
  "/key/0": Buffer.alloc(32, 1).toString("base64"),
  "/key/1": Buffer.alloc(32, 2).toString("base64"),
}

onEachArtifact("the shared tier", (artifact) => {
  it.live("lets twenty environments start on 40 requests a second, with a call per batch", () =>
    Effect.gen(function* () {
      const fleet = yield* makeSharedFleet({ artifact, environments: 20, parameters: 50, quota: 40 })
      for (const { failedReads, values } of yield* fleet.storm) {
        assert.strictEqual(failedReads, 0)
        assert.deepStrictEqual(values, fleet.values)
      }
      assert.isAtMost(yield* fleet.calls, fleet.batches + 2)
    }),
  )

  it.live.each(OUTAGES)("fails no read when it %s", ([, effect]) =>
    Effect.gen(function* () {
      const fleet = yield* makeSharedFleet({ artifact, environments: 3 })
      yield* fleet.aws.faults.inject({ ...TIER, effect })
      for (const { failedReads, values } of yield* fleet.storm) {
        assert.strictEqual(failedReads, 0)
        assert.deepStrictEqual(values, fleet.values)
      }
      const warnings = fleet.linesOf(0).filter((line) => line.includes("The shared tier does not answer"))
      assert.strictEqual(warnings.length, 1)
    }),
  )

  it.live("is filled again after it has lost its contents", () =>
    Effect.gen(function* () {
      const fleet = yield* makeSharedFleet({ artifact, environments: 3 })
      yield* fleet.start(0)
      yield* fleet.emptyTier
      assert.deepStrictEqual((yield* fleet.start(1)).values, fleet.values)
      const before = yield* fleet.calls
      assert.deepStrictEqual((yield* fleet.start(2)).values, fleet.values)
      assert.strictEqual(yield* fleet.calls, before)
    }),
  )

  it.live.each(["", "rubbish", "{}", '{"v":99}', "[]"])("is not believed when its records say %j", (body) =>
    Effect.gen(function* () {
      const fleet = yield* makeSharedFleet({ artifact, environments: 3 })
      yield* fleet.start(0)
      const before = yield* fleet.calls
      yield* fleet.spoilTier(body === "" ? " " : body)
      const { failedReads, values } = yield* fleet.start(1)
      assert.strictEqual(failedReads, 0)
      assert.deepStrictEqual(values, fleet.values)
      assert.isAtLeast(yield* fleet.calls, before + fleet.batches)
    }),
  )

  it.live("shows no value to whoever has another key, and serves them from Parameter Store", () =>
    Effect.gen(function* () {
      const fleet = yield* makeSharedFleet({
        artifact,
        environments: 3,
        others: KEYS,
        encryption: (number) => `encryption: { parameter: /key/${number === 1 ? 1 : 0} }`,
      })
      yield* fleet.start(0)
      assert.notInclude(yield* fleet.tierText, "value of")
      const before = yield* fleet.calls
      const { failedReads, values } = yield* fleet.start(1)
      assert.strictEqual(failedReads, 0)
      assert.deepStrictEqual(values, fleet.values)
      assert.isAtLeast(yield* fleet.calls, before + fleet.batches)
    }),
  )

  it.live.skipIf(!isOnNode(artifact))(
    "gives values their true age, although the clocks of two environments are twenty seconds apart",
    () =>
      Effect.gen(function* () {
        const fleet = yield* makeSharedFleet({
          artifact,
          environments: 2,
          clock: (number) => (number === 0 ? 10_000 : -10_000),
        })
        const startedAt = yield* Clock.currentTimeMillis
        yield* fleet.start(0)
        const calls = yield* fleet.calls
        yield* fleet.start(1)
        assert.strictEqual(yield* fleet.calls, calls, "the record was of no time to come")
        const target = `/parameters?name=${encodeURIComponent(fleet.names[0] ?? "")}`
        const { headers } = yield* Effect.orDie(ask(fleet.port(1), target))
        const elapsed = ((yield* Clock.currentTimeMillis) - startedAt) / 1_000
        assert.isAtMost(Number(headers["age"]), elapsed + STORE_CLOCK_ERROR)
      }),
  )
})
