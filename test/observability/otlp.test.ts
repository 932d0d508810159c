/**
 * Spans on their way to a collector: whole, with their parents, in time; and a collector that is slow, broken or gone,
 * which costs its spans and nothing else. Real HTTP to a collector in the test.
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Layer, Logger, Option, Scope } from "effect"
import { layer as httpClient } from "../../src/host/nodeHttpClient.ts"
import { layer as otlp } from "../../src/observability/otlp.ts"
import { fromTraceparent } from "../../src/observability/traceContext.ts"
import { annotate, inSpan, Tracing } from "../../src/observability/Tracing.ts"
import { notFound } from "../../src/aws/awsErrors.ts"
import { findLeaks, makeCanary } from "../support/canaries.ts"
import { startCollector } from "../support/collector.ts"
import { freePort, LOOPBACK } from "../support/extensionHttp.ts"
import { eventually } from "../support/lambda.ts"
import { best } from "../support/best.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const PARENT = "b7ad6b7169203331"

/** Tracing to an endpoint, in a scope that the test can close, and what it logs. */
const setup = Effect.fnUntraced(function* (endpoint: string) {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const layer = otlp({ endpoint, functionName: "shop", region: "eu-west-1" })
  const context = yield* Layer.build(Layer.provide(layer, httpClient)).pipe(
    Scope.provide(scope),
    Effect.provide(Logger.layer([logger])),
  )
  const tracing = yield* Effect.provideContext(Tracing, context)
  /** A span of its own, sent. */
  const send = (wait = 2_000) =>
    Effect.andThen(tracing.around("one")(Effect.void), tracing.flush(wait)).pipe(
      Effect.provide(Logger.layer([logger])),
    )
  return { ...tracing, send, lines, close: Scope.close(scope, Exit.void) }
})

describe("spans", () => {
  it.live("are there when the flush is over, with parents, attributes and what the process is", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      const { around, childOf, flush } = yield* setup(collector.endpoint)
      const call = inSpan("call", { kind: "client" })(Effect.fail("no"))
      yield* call.pipe(
        Effect.tapError(() => annotate({ "cache.outcome": "failed" })),
        around("read", { kind: "server", attributes: { "cache.name": "A" } }),
        childOf(fromTraceparent(`00-${TRACE}-${PARENT}-01`)),
        Effect.ignore,
      )
      yield* flush(2_000)
      const [inner, outer, ...more] = collector.spans.all()
      assert.deepInclude(outer, {
        name: "read",
        kind: "server",
        traceId: TRACE,
        parentSpanId: PARENT,
        attributes: { "cache.name": "A", "cache.outcome": "failed" },
        isError: true,
      })
      assert.deepInclude(inner, { name: "call", kind: "client", traceId: TRACE, parentSpanId: outer?.spanId })
      assert.deepInclude(outer?.resource, {
        "service.name": "lambda-cache-extension",
        "faas.name": "shop",
        "cloud.region": "eu-west-1",
      })
      assert.deepStrictEqual(more, [])
    }),
  )

  it.live("say of a bug what kind it is and where, and nothing of what it says", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      const { around, flush } = yield* setup(collector.endpoint)
      const canary = makeCanary("value")
      const { text } = canary
      const bug = Object.assign(new TypeError(text, { cause: new Error(text) }), {
        code: "ERR_ODD",
        value: text,
      })
      yield* Effect.ignoreCause(around("read")(inSpan("call", {})(Effect.die(bug))))
      yield* Effect.ignoreCause(around("thrown")(Effect.die(text)))
      yield* flush(2_000)
      assert.isTrue(collector.spans.all().every(({ isError }) => isError))
      assert.deepStrictEqual(findLeaks([canary], [{ where: "spans", text: collector.bodies() }]), [])
      assert.match(collector.bodies(), /TypeError ERR_ODD at /)
    }),
  )

  it.live("say why AWS could not be asked, in the words that a read gets", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      const { around, flush } = yield* setup(collector.endpoint)
      yield* Effect.ignore(around("read")(notFound("ParameterNotFound: A")))
      yield* flush(2_000)
      assert.include(collector.bodies(), "ParameterNotFound: A")
    }),
  )

  it.live("whose caller does not record its own are not recorded either", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      const { around, childOf, flush } = yield* setup(collector.endpoint)
      yield* childOf(fromTraceparent(`00-${TRACE}-${PARENT}-00`))(around("read")(Effect.void))
      yield* around("root")(Effect.void)
      yield* flush(2_000)
      assert.deepStrictEqual(
        collector.spans.all().map(({ name }) => name),
        ["root"],
      )
    }),
  )

  it.live("that nobody flushes are sent soon, and the last ones when everything ends", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      const { around, close } = yield* setup(collector.endpoint)
      yield* around("soon")(Effect.void)
      yield* collector.spans.waitFor(({ name }) => name === "soon")
      yield* around("last")(Effect.void)
      yield* close
      assert.strictEqual(collector.spans.all().at(-1)?.name, "last")
      yield* eventually(() => collector.connections() === 0)
    }),
  )

  it("of nothing but `around` and what is within: elsewhere an effect stays as it is", () => {
    const effect = Effect.succeed(1)
    const off = Effect.runSync(Tracing)
    assert.strictEqual(off.around("read")(effect), effect)
    assert.strictEqual(off.childOf(fromTraceparent(`00-${TRACE}-${PARENT}-01`))(effect), effect)
    assert.strictEqual(Effect.runSync(inSpan("call", {})(effect)), 1)
  })
})

describe("a collector", () => {
  it.live("that gives no answer is waited for as long as is allowed, and no longer", () =>
    Effect.gen(function* () {
      const run = Effect.gen(function* () {
        const collector = yield* startCollector()
        collector.behave("hang")
        const { close, send } = yield* setup(collector.endpoint)
        const [flushed] = yield* Effect.timed(send(50))
        assert.strictEqual(collector.requests(), 1)
        const [closed] = yield* Effect.timed(close)
        yield* eventually(() => collector.connections() === 0)
        return Math.max(Duration.toMillis(flushed), Duration.toMillis(closed))
      })
      assert.isBelow(yield* best(run, 500), 500)
    }),
  )

  it.live.each([503, "gone"] as const)(
    "that fails (%s) is complained of once, and is not waited for until it answers again",
    (failure) =>
      Effect.gen(function* () {
        const port = yield* freePort
        const collector = failure === "gone" ? undefined : yield* startCollector(port)
        if (failure !== "gone") collector?.behave(failure)
        const endpoint = `http://${LOOPBACK}:${port}`
        const { lines, send } = yield* setup(endpoint)
        yield* send(50)
        yield* eventually(() => lines.length > 0)
        const times: Array<number> = []
        for (let time = 0; time < 5; time++) {
          const [took] = yield* Effect.timed(send(5_000))
          times.push(Duration.toMillis(took))
        }
        assert.isBelow(Math.min(...times), 1_000)
        assert.strictEqual(lines.length, 1)
        assert.include(lines[0], `spans cannot be sent to ${endpoint}`)
      }),
  )

  it.live("that is back gets what comes then", () =>
    Effect.gen(function* () {
      const collector = yield* startCollector()
      collector.behave(503)
      const { around, lines, send } = yield* setup(collector.endpoint)
      yield* send(50)
      yield* eventually(() => lines.length > 0)
      collector.behave(200)
      yield* around("later")(Effect.void)
      const span = yield* Effect.timeoutOption(
        collector.spans.waitFor(({ name }) => name === "later"),
        "10 seconds",
      )
      assert.isTrue(Option.isSome(span), "the span did not come")
      assert.strictEqual(lines.length, 1)
    }),
  )
})
