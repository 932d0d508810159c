/**
 * How an agent ends while AWS does not answer: within its bound, although the read in flight would wait far longer.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { endBy, makeAgent, serving, TOKEN, TOKEN_HEADER } from "../support/agent.ts"
import { onEachArtifact } from "../support/extension.ts"
import { ask } from "../support/extensionHttp.ts"

/** No read gives up before the test does. */
const CONFIG = "parameters:\n  - names: [A]\ncache: { read_budget: 10m }\n"

onEachArtifact("an agent with a read that AWS never answers", (artifact) => {
  it.live("ends with 0 on SIGTERM, without waiting for it", () =>
    Effect.gen(function* () {
      const agent = yield* makeAgent({
        artifact,
        config: CONFIG,
        seed: { parameters: [{ name: "A", value: "v" }] },
      })
      yield* agent.aws.faults.inject({ service: "ssm", effect: { kind: "hang" } })
      const program = yield* agent.start()
      yield* serving(program)
      const headers = { [TOKEN_HEADER]: TOKEN }
      const reading = yield* Effect.forkChild(
        Effect.exit(ask(agent.port, "/parameters?name=A", { headers })),
        { startImmediately: true },
      )
      yield* agent.aws.calls.until(({ service }) => service === "ssm")
      const { code, output } = yield* endBy(program, "SIGTERM")
      assert.strictEqual(code, 0, output)
      assert.match(output, /Exiting\n$/)
      assert.strictEqual((yield* Fiber.join(reading))._tag, "Failure")
    }),
  )
})
