/**
 * The second port that `compatibility.parameters_and_secrets: on` opens: from INIT to SHUTDOWN, and what its variables
 * do to a start.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import net from "node:net"
import { isEvent } from "../../local/lambda/events.ts"
import { AUTHORIZED, LISTED, optionsFor, PARAMETER, PORT, start } from "../support/compatible.ts"
import { makeEnvironment, onEachArtifact } from "../support/extension.ts"
import { ask, freePort, listen } from "../support/extensionHttp.ts"

/** The design's bound for leaving. */
const LEAVE_WITHIN = 500

/** A busy machine may delay a process once, but not thrice. */
const ATTEMPTS = 3

onEachArtifact("the routes of the AWS Parameters and Secrets extension", (artifact) => {
  it.live("are answered during INIT already, where that extension says 400, and join the load", () =>
    Effect.gen(function* () {
      const given = { config: LISTED, preload: true, latency: 300 }
      const { compatiblePort, options } = yield* optionsFor(artifact, given)
      // An environment that is frozen when INIT ends would keep the answer to itself.
      const { aws, lambda, operations } = yield* makeEnvironment({ ...options, lambda: { freeze: false } })
      const loading = yield* Effect.forkScoped(aws.calls.next(() => true))
      yield* Effect.forkScoped(lambda.init)
      yield* Fiber.join(loading)
      const answer = yield* ask(compatiblePort, `${PARAMETER}?name=plain`, AUTHORIZED)
      assert.strictEqual(JSON.parse(answer.text).Parameter.Value, "größer <&>")
      assert.deepStrictEqual(yield* operations, ["GetParameter"])
    }),
  )

  /** Milliseconds from SHUTDOWN to the exit, while a request hangs on each of the ports. */
  const leaveTime = Effect.gen(function* () {
    const environment = yield* start(artifact, { config: LISTED, latency: 10_000 })
    const { aws, compatiblePort, lambda, port } = environment
    const asked = yield* Effect.forkScoped(aws.calls.next(() => true))
    yield* Effect.forkScoped(Effect.ignore(ask(port, "/parameters?name=plain")))
    yield* Effect.forkScoped(Effect.ignore(ask(compatiblePort, `${PARAMETER}?name=plain`, AUTHORIZED)))
    yield* Fiber.join(asked)
    yield* lambda.shutdown()
    const sent = yield* lambda.events.waitFor(isEvent("shutdown-sent"))
    const exited = yield* lambda.events.waitFor(isEvent("exited"))
    assert.strictEqual(exited.code, 0)
    for (const closed of [port, compatiblePort]) {
      assert.strictEqual((yield* Effect.flip(ask(closed, "/"))).code, "ECONNREFUSED")
    }
    return exited.at - sent.at
  })

  it.live("end with SHUTDOWN as the other port does, both within one grace period", () =>
    Effect.gen(function* () {
      const times = yield* Effect.replicateEffect(Effect.scoped(leaveTime), ATTEMPTS)
      assert.isBelow(Math.min(...times), LEAVE_WITHIN)
    }),
  )

  it.live(
    "are not there unless config.yaml asks for them, and then the variables are nobody's business",
    () =>
      Effect.gen(function* () {
        const variables = { SSM_PARAMETER_STORE_TTL: "soon" }
        const { compatiblePort } = yield* start(artifact, { config: "", variables })
        assert.strictEqual((yield* Effect.flip(ask(compatiblePort, "/"))).code, "ECONNREFUSED")
      }),
  )

  it.live("log at the level that the variable asks for", () =>
    Effect.gen(function* () {
      const variables = { PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL: "none" }
      const { get, lines } = yield* start(artifact, { variables })
      assert.strictEqual((yield* get(`${PARAMETER}?name=missing`)).status, 400)
      assert.notMatch(lines().join("\n"), /Cache successfully loaded|request encountered an error/)
    }),
  )

  it.live("fail INIT where the port is taken, and name the variable that chooses another", () =>
    Effect.gen(function* () {
      const port = yield* listen(net.createServer(), yield* freePort)
      const { options } = yield* optionsFor(artifact, { variables: { [PORT]: String(port) } })
      const { lambda } = yield* makeEnvironment(options)
      yield* Effect.flip(lambda.init)
      const report = yield* lambda.events.waitFor(isEvent("init-error"))
      assert.strictEqual(report.errorType, "Extension.PortInUse")
      assert.match(report.body, new RegExp(`port ${port} cannot be opened .*; ${PORT} chooses another`))
    }),
  )

  it.live("fail INIT with every variable that makes no sense", () =>
    Effect.gen(function* () {
      const variables = { SSM_PARAMETER_STORE_TTL: "5m", CACHE_EXTENSION_LOG_FORMAT: "xml" }
      const { options } = yield* optionsFor(artifact, { variables })
      const { lambda } = yield* makeEnvironment(options)
      yield* Effect.flip(lambda.init)
      const { body } = yield* lambda.events.waitFor(isEvent("init-error"))
      const { errorMessage } = JSON.parse(body) as { readonly errorMessage: string }
      const keys = errorMessage.split("\n").map((line) => /(\w+): found/.exec(line)?.[1])
      assert.deepStrictEqual(keys, ["CACHE_EXTENSION_LOG_FORMAT", "SSM_PARAMETER_STORE_TTL"])
    }),
  )
})
