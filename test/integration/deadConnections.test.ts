/**
 * Kept connections to AWS that die while the extension is frozen, many at once: whatever their death, reads go on with
 * new values, as AWS is up. And where none dies, they are used again.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Certificate } from "../../bench/support/certificates.ts"
import { certificateFor } from "../support/certificates.ts"
import { onEachArtifact } from "../support/extension.ts"
import { type Death, DEATHS } from "../support/extensionRelay.ts"
import { CHANGED, COUNTS, keepConnections } from "../support/keptConnections.ts"

const [FEWEST, MIDDLE, MOST] = COUNTS

/** The counts of failed calls to AWS, as text. On a busy machine a call may time out before any connection dies. */
const failuresIn = (metric: (name: string) => Effect.Effect<ReadonlyArray<string>>) =>
  Effect.map(metric("cache_extension_aws_calls_total"), (lines) =>
    lines.filter((line) => !line.includes(`"ok"`)).join("\n"),
  )

onEachArtifact("connections to AWS that died in a freeze", (artifact) => {
  const survives = Effect.fnUntraced(function* (count: number, death: Death, certificate?: Certificate) {
    const { forget, frozen, metric, names, relay, say } = yield* keepConnections(artifact, count, certificate)
    const [held = "", gone = "", ...others] = names
    yield* forget(gone)
    const failedBefore = yield* failuresIn(metric)
    yield* frozen(relay.kill(death))
    assert.strictEqual(yield* say(held), "200 new", "a value that was held")
    assert.strictEqual(yield* say(gone), "200 new", "a value that was not")
    for (const name of others.slice(0, CHANGED - 2)) assert.strictEqual(yield* say(name), "200 new")
    const open = (yield* metric("cache_extension_circuit_open")).filter((line) => line.endsWith(" 1"))
    assert.deepStrictEqual(open, [])
    if (death !== "silent")
      assert.strictEqual(yield* failuresIn(metric), failedBefore, "no attempt has failed")
  })

  // The count in the middle is tried over TLS.
  it.live.each([FEWEST, MOST].flatMap((count) => DEATHS.map((death) => ({ count, death }))))(
    "cost no read its new value: $count, $death",
    ({ count, death }) => survives(count, death),
  )

  it.live.each(DEATHS)(`cost no read its new value over TLS: ${MIDDLE}, %s`, (death) =>
    Effect.gen(function* () {
      const certificate = certificateFor()
      if (certificate === undefined) return yield* Effect.die("openssl is needed for this test")
      yield* survives(MIDDLE, death, certificate)
    }),
  )

  it.live("cost all reads at once nothing either", () =>
    Effect.gen(function* () {
      const { frozen, metric, names, relay, say } = yield* keepConnections(artifact, MOST)
      const failedBefore = yield* failuresIn(metric)
      yield* frozen(relay.kill("reset when used"))
      const said = yield* Effect.forEach(names, say, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        said,
        names.map((_, index) => (index < CHANGED ? "200 new" : "200 old")),
      )
      assert.strictEqual(yield* failuresIn(metric), failedBefore)
    }),
  )
})

onEachArtifact("connections to AWS that live", (artifact) => {
  it.live.each([undefined, "reset when used"] as const)(
    "are used again and again, also after others have died: %s",
    (death) =>
      Effect.gen(function* () {
        const { frozen, names, relay, say } = yield* keepConnections(artifact, FEWEST)
        if (death !== undefined) {
          yield* frozen(relay.kill(death))
          // The first is made on a connection of its own, the second on one that is kept.
          yield* Effect.forEach(names.slice(0, 2), say)
        }
        const before = relay.accepted()
        const said = yield* Effect.forEach([...names, ...names], say)
        assert.deepStrictEqual(new Set(said), new Set(["200 old", "200 new"]))
        assert.strictEqual(relay.accepted(), before)
      }),
  )
})
