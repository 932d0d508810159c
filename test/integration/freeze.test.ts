/**
 * Freeze and thaw: every process is stopped between invokes, and the network forgets about them meanwhile. The
 * function is the test itself: it reads from the extension while it is invoked.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { isEvent } from "../../local/lambda/events.ts"
import { makeEnvironment, onEachArtifact } from "../support/extension.ts"
import { type Answer, freePort, keepAliveAgent, LOOPBACK } from "../support/extensionHttp.ts"
import { DEATHS, makeRelay } from "../support/extensionRelay.ts"
import { eventually, HAS_PROC, payloadOf, processState } from "../support/lambda.ts"
import { best } from "../support/best.ts"

const CYCLES = 200
const NO_TTL = "parameters:\n  - names: [A, B]\n    ttl: 0s\n"
const SEED = {
  parameters: [
    { name: "A", value: "value A" },
    { name: "B", value: "value B" },
  ],
}

const brief = ({ headers, status, text }: Answer) => ({ status, text, cache: headers["cache-status"] })

onEachArtifact("a thawed environment", (artifact) => {
  it.live(`serves every read through ${CYCLES} freezes, from memory and from AWS`, () =>
    Effect.gen(function* () {
      const agent = yield* keepAliveAgent
      const { lambda, lines } = yield* makeEnvironment({
        artifact,
        config: "parameters:\n  - names: [A]\n  - names: [B]\n    ttl: 0s\n",
        seed: SEED,
        preload: true,
        handler: (_event, { read }) =>
          Effect.all({
            held: read("parameters", "A", { agent }),
            fetched: read("parameters", "B", { agent }),
          }).pipe(Effect.map(({ fetched, held }) => [brief(held), brief(fetched)])),
      })
      for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
        const payload = (yield* lambda.invoke()).payload ?? "[]"
        const [held, fetched] = JSON.parse(payload) as ReadonlyArray<ReturnType<typeof brief>>
        assert.deepInclude(held ?? {}, { status: 200, text: "value A" }, `cycle ${cycle}`)
        assert.match(String(held?.cache), /^cache-extension; hit/)
        assert.deepInclude(fetched ?? {}, { status: 200, text: "value B" })
        assert.match(String(fetched?.cache), /^cache-extension; fwd=/)
      }
      const events = lambda.events.all()
      // INIT ends with a freeze too, unless it is part of the first invoke, as it is here.
      assert.strictEqual(events.filter(isEvent("frozen")).length, CYCLES)
      assert.strictEqual(events.filter(isEvent("thawed")).length, CYCLES - 1)
      const { extensions } = yield* lambda.shutdown()
      assert.deepInclude(extensions[0], { code: 0, signal: null, killed: false })
      assert.strictEqual(lines().at(-1), "[cache-extension] Exiting")
    }),
  )

  it.live.each(DEATHS)("reads from AWS although its connections died while it was frozen (%s)", (death) =>
    Effect.gen(function* () {
      const port = yield* freePort
      const { aws, lambda } = yield* makeEnvironment({
        artifact,
        config: NO_TTL,
        seed: SEED,
        endpointOf: () => `http://${LOOPBACK}:${port}`,
        handler: (_event, { read }) => Effect.map(read("parameters", "A"), brief),
      })
      const relay = yield* makeRelay(aws.port, port)
      const first = payloadOf(yield* lambda.invoke())
      assert.deepInclude(first, { status: 200, text: "value A" })
      const connections = relay.accepted()
      yield* relay.kill(death)
      const second = payloadOf(yield* lambda.invoke())
      assert.deepInclude(second, { status: 200, text: "value A" })
      assert.match(String(second.cache), /^cache-extension; fwd=stale; ttl=-?\d+; stored$/)
      assert.isAbove(relay.accepted(), connections)
    }),
  )

  it.live.skipIf(!HAS_PROC)("hands itself back to the freeze although AWS hangs in a refresh", () =>
    Effect.gen(function* () {
      const { aws, lambda } = yield* makeEnvironment({
        artifact,
        config: `${NO_TTL}    stale_while_revalidate: 1h\n`,
        seed: SEED,
        preload: true,
        latency: 5,
      })
      yield* lambda.init
      yield* aws.faults.inject({ effect: { kind: "hang" } })
      const held = Effect.map(lambda.invoke(), ({ durations, functionError }) => {
        assert.isUndefined(functionError)
        return durations.total
      })
      // The hold for refreshes is 200 ms; the function itself takes next to nothing.
      assert.isBelow(yield* best(held, 1_000), 1_000)
      const [extension] = yield* lambda.processes
      yield* eventually(() => processState(extension?.pid ?? 0) === "T")
    }),
  )
})
