/**
 * Kept connections to AWS that die while the extension is frozen, many at once: whatever their death, reads go on with
 * new values, as AWS is up. And where none dies, they are used again.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Certificate, makeCertificate } from "../../bench/support/certificates.ts"
import { type Artifact, EXTENSION, onEachArtifact, readOf, startEnvironment } from "../support/extension.ts"
import { freePort, LOOPBACK } from "../support/extensionHttp.ts"
import { DEATHS, makeRelay, serveTls } from "../support/extensionRelay.ts"
import { folderOf } from "../support/lambda.ts"

/** Names in a GetParameters call, at most: as many batches at once, as many connections. */
const BATCH = 10

/** So long that all batches are under way at the same moment, in milliseconds. */
const LATENCY = 500

const COUNTS = [2, 10, 16]

/** How many values change: they are read after the thaw, one after the other. */
const CHANGED = 8

/** An environment that keeps so many connections to AWS open. */
const start = Effect.fnUntraced(function* (artifact: Artifact, count: number, certificate?: Certificate) {
  const names = Array.from({ length: count * BATCH }, (_, index) => `p${index}`)
  const port = yield* freePort
  const scheme = certificate === undefined ? "http" : "https"
  const environment = yield* startEnvironment({
    artifact,
    config: `parameters:\n  - names: [${names.join(", ")}]\n    ttl: 0s\n`,
    seed: { parameters: names.map((name) => ({ name, value: "old" })) },
    endpointOf: () => `${scheme}://${LOOPBACK}:${port}`,
    variables: certificate === undefined ? {} : { CACHE_EXTENSION_EXTRA_CA_CERTS: certificate.authority },
  })
  const { ask, aws, lambda, put, read } = environment
  const target = certificate === undefined ? aws.port : yield* serveTls(aws.port, certificate)
  const relay = yield* makeRelay(target, port)
  yield* aws.latency.set(LATENCY)
  yield* Effect.forEach(names, (name) => read("parameters", name), { concurrency: "unbounded" })
  yield* aws.latency.set(0)
  assert.isAtLeast(relay.open(), count)
  yield* Effect.forEach(names.slice(0, CHANGED), (name) => put(name, "new"))

  return {
    relay,
    names,
    frozen: <A>(meanwhile: Effect.Effect<A>) =>
      Effect.andThen(lambda.pause(EXTENSION), meanwhile).pipe(Effect.ensuring(lambda.resume(EXTENSION))),
    forget: (name: string) => ask(readOf("parameters", name), { method: "DELETE" }),
    /** The status and value of a read. */
    say: (name: string) => Effect.map(read("parameters", name), ({ status, text }) => `${status} ${text}`),
    /** The lines of a metric. */
    metric: (name: string) =>
      Effect.map(ask("/metrics"), ({ text }) =>
        text.split("\n").filter((line) => line.startsWith(`${name}{`)),
      ),
  }
})

onEachArtifact("connections to AWS that died in a freeze", (artifact) => {
  const survives = Effect.fnUntraced(function* (
    count: number,
    death: (typeof DEATHS)[number],
    certificate?: Certificate,
  ) {
    const { forget, frozen, metric, names, relay, say } = yield* start(artifact, count, certificate)
    const [held = "", gone = "", ...others] = names
    yield* forget(gone)
    yield* frozen(relay.kill(death))
    assert.strictEqual(yield* say(held), "200 new", "a value that was held")
    assert.strictEqual(yield* say(gone), "200 new", "a value that was not")
    for (const name of others.slice(0, CHANGED - 2)) assert.strictEqual(yield* say(name), "200 new")
    const open = (yield* metric("cache_extension_circuit_open")).filter((line) => line.endsWith(" 1"))
    assert.deepStrictEqual(open, [])
    const failed = (yield* metric("cache_extension_aws_calls_total")).filter((line) => !line.includes(`"ok"`))
    if (death !== "silent") assert.deepStrictEqual(failed, [], "no attempt has failed")
  })

  it.live.each(COUNTS.flatMap((count) => DEATHS.map((death) => ({ count, death }))))(
    "cost no read its new value: $count, $death",
    ({ count, death }) => survives(count, death),
  )

  it.live.each(DEATHS)("cost no read its new value over TLS: 10, %s", (death) =>
    Effect.gen(function* () {
      const certificate = makeCertificate(yield* folderOf({}))
      if (certificate === undefined) return yield* Effect.die("openssl is needed for this test")
      yield* survives(10, death, certificate)
    }),
  )

  it.live("cost all reads at once nothing either", () =>
    Effect.gen(function* () {
      const { frozen, metric, names, relay, say } = yield* start(artifact, 16)
      yield* frozen(relay.kill("reset when used"))
      const said = yield* Effect.forEach(names, say, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        said,
        names.map((_, index) => (index < CHANGED ? "200 new" : "200 old")),
      )
      const failed = (yield* metric("cache_extension_aws_calls_total")).filter(
        (line) => !line.includes(`"ok"`),
      )
      assert.deepStrictEqual(failed, [])
    }),
  )
})

onEachArtifact("connections to AWS that live", (artifact) => {
  it.live.each([undefined, "reset when used"] as const)(
    "are used again and again, also after others have died: %s",
    (death) =>
      Effect.gen(function* () {
        const { frozen, names, relay, say } = yield* start(artifact, 2)
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
