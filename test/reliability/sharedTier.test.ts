/**
 * The shared tier when it fails, on both engines: every read is served, within its budget, and the tier is used again afterwards.
 * `npm run test:reliability`; a whole run on the standalone executable writes docs/shared-faults.md.
 */
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Clock, DateTime, Effect } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { isOnNode, onEachArtifact, STANDALONE } from "../support/extension.ts"
import { ask } from "../support/extensionHttp.ts"
import { REDIS_COMMAND } from "../support/RedisServer.ts"
import { makeSharedFleet } from "../support/sharedFleet.ts"
import { DYNAMO_FAULTS, REDIS_FAULTS } from "../support/tierFaults.ts"
import { playTierFault, type TierCell } from "../support/tierMatrix.ts"
import { isWholeTierRun, tierPageOf } from "../support/tierReport.ts"
import type { DynamoEngine, RedisEngine } from "../support/tierWorld.ts"

const PAGE = path.resolve(import.meta.dirname, "../../docs/shared-faults.md")

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

/** The page is about the standalone executable. */
const seen: Array<TierCell> = []

describe("DynamoDB", () => {
  onEachArtifact("no read fails while the shared tier", (artifact) => {
    it.live.each(DYNAMO_FAULTS.map((fault) => [fault.title, fault] as const))("%s", ([, fault]) =>
      Effect.gen(function* () {
        const cell = yield* playTierFault<DynamoEngine>("DynamoDB", artifact, fault)
        if (artifact.name === STANDALONE) seen.push(cell)
        assert.deepStrictEqual(cell.broken, [])
      }),
    )
  })
})

describe.skipIf(REDIS_COMMAND === undefined)(
  `Valkey or Redis${REDIS_COMMAND === undefined ? " (skipped: neither valkey-server nor redis-server is on PATH)" : ""}`,
  () => {
    onEachArtifact("no read fails while the shared tier", (artifact) => {
      it.live.each(REDIS_FAULTS.map((fault) => [fault.title, fault] as const))("%s", ([, fault]) =>
        Effect.gen(function* () {
          const cell = yield* playTierFault<RedisEngine>("Redis", artifact, fault)
          if (artifact.name === STANDALONE) seen.push(cell)
          assert.deepStrictEqual(cell.broken, [])
        }),
      )
    })
  },
)

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

afterAll(async () => {
  if (!isWholeTierRun(seen)) return
  const today = await Effect.runPromise(DateTime.now)
  writeFileSync(PAGE, tierPageOf(seen, STANDALONE, DateTime.formatIsoDateUtc(today)))
})
