/**
 * The shared tier with the built extension: a fleet that starts at the same moment asks AWS once, also if the environment that
 * asks is killed or frozen. test/reliability/sharedTier.test.ts breaks the tier itself.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { best } from "../support/best.ts"
import { onEachArtifact } from "../support/extension.ts"
import { makeSharedFleet } from "../support/sharedFleet.ts"

/** A few more calls than batches are allowed: whoever waits too long, on a busy machine, asks for itself. */
const MARGIN = 2
const ATTEMPTS = 5
const TIMEOUT = 120_000

onEachArtifact("a fleet with a shared tier", (artifact) => {
  it.live(
    "asks Parameter Store once per batch, although all environments start at the same moment",
    () =>
      Effect.gen(function* () {
        const run = Effect.scoped(
          Effect.gen(function* () {
            const fleet = yield* makeSharedFleet({ artifact, environments: 6, quota: 40 })
            const outcomes = yield* fleet.storm
            for (const { failedReads, values } of outcomes) {
              assert.strictEqual(failedReads, 0)
              assert.deepStrictEqual(values, fleet.values)
            }
            return (yield* fleet.calls) - fleet.batches
          }),
        )
        assert.isAtMost(yield* best(run, MARGIN + 1, ATTEMPTS), MARGIN)
      }),
    TIMEOUT,
  )

  it.live.each(["SIGKILL", "SIGSTOP"] as const)(
    "is served although the environment that asks Parameter Store gets %s",
    (signal) =>
      Effect.gen(function* () {
        const fleet = yield* makeSharedFleet({ artifact, environments: 2 })
        yield* fleet.aws.faults.inject({ service: "ssm", times: fleet.batches, effect: { kind: "hang" } })
        const first = yield* Effect.forkScoped(fleet.begin(0))
        yield* fleet.aws.calls.until(({ service }) => service === "ssm", fleet.batches)
        yield* fleet.signal(0, signal)
        const { failedReads, values } = yield* fleet.start(1)
        assert.strictEqual(failedReads, 0)
        assert.deepStrictEqual(values, fleet.values)
        yield* Fiber.interrupt(first)
      }),
    TIMEOUT,
  )
})
