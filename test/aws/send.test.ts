/**
 * One request of an SDK client: what comes of it, how it is counted, and that who leaves aborts it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Metric, Tracer } from "effect"
import * as Metrics from "../../src/observability/Metrics.ts"
import { KINDS, kinds } from "../../src/kinds/kinds.ts"
import { STS } from "../../src/aws/AwsClients.ts"
import { send } from "../../src/aws/send.ts"

const countOf = (outcome: string) =>
  Effect.map(
    Metric.value(
      Metric.withAttributes(Metrics.awsCalls, { service: "SSM", operation: "GetParameter", outcome }),
    ),
    ({ count }) => count,
  )

/** Counts from zero on. */
const counting = <A, E>(test: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.provideService(test, Metric.MetricRegistry, new Map())

/** Collects the spans that are made. */
const collecting = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    },
  })
  return { spans, tracer }
}

/** As the SDK throws it. */
const refused = Object.assign(new Error("slow down"), {
  name: "ThrottlingException",
  __type: "ThrottlingException",
  $fault: "client",
  $metadata: { httpStatusCode: 400 },
})

describe("a request to AWS", () => {
  it.live("gives the reply, and is counted as ok", () =>
    Effect.gen(function* () {
      const reply = { Parameter: {} }
      assert.strictEqual(yield* send("SSM", "GetParameter", () => Promise.resolve(reply)), reply)
      assert.deepStrictEqual([yield* countOf("ok"), yield* countOf("TimedOut")], [1, 0])
    }).pipe(counting),
  )

  it.live("fails with the reason of what the SDK rejects with, and is counted by it", () =>
    Effect.gen(function* () {
      const failing = send("SSM", "GetParameter", () => Promise.reject(refused))
      const { reason } = yield* Effect.flip(failing)
      assert.deepInclude(reason, { _tag: "Throttled", detail: "ThrottlingException: slow down" })
      assert.deepStrictEqual([yield* countOf("Throttled"), yield* countOf("ok")], [1, 0])
    }).pipe(counting),
  )

  it.live("is aborted when who waits for it leaves, and is counted as a time-out", () =>
    Effect.gen(function* () {
      let signal: AbortSignal | undefined
      const hanging = send("SSM", "GetParameter", ({ abortSignal }) => {
        signal = abortSignal
        return new Promise(() => {})
      })
      const fiber = yield* Effect.forkChild(hanging, { startImmediately: true })
      assert.isFalse(signal?.aborted)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(signal?.aborted)
      assert.deepStrictEqual([yield* countOf("TimedOut"), yield* countOf("ok")], [1, 0])
    }).pipe(counting),
  )

  it.live("has a span within another one, with what came of it, and else none", () =>
    Effect.gen(function* () {
      const { spans, tracer } = collecting()
      const traced = Effect.provideService(Tracer.Tracer, tracer)
      const ok = send("SSM", "GetParameter", () => Promise.resolve({}))
      const failing = Effect.exit(send("STS", "AssumeRole", () => Promise.reject(refused)))
      yield* traced(ok)
      assert.lengthOf(spans, 0)
      yield* traced(Effect.withSpan(Effect.andThen(ok, failing), "read"))
      const shown = spans
        .slice(1)
        .map(({ attributes, kind, name }) => [name, kind, Object.fromEntries(attributes)])
      assert.deepStrictEqual(shown, [
        [
          "SSM GetParameter",
          "client",
          {
            "rpc.system": "aws-api",
            "rpc.service": "SSM",
            "rpc.method": "GetParameter",
            "aws.outcome": "ok",
          },
        ],
        [
          "STS AssumeRole",
          "client",
          {
            "rpc.system": "aws-api",
            "rpc.service": "STS",
            "rpc.method": "AssumeRole",
            "aws.outcome": "Throttled",
          },
        ],
      ])
    }).pipe(counting),
  )

  it("goes to the service's own host", () => {
    const services = [...KINDS.flatMap((kind) => kinds[kind].service.aws ?? []), STS]
    assert.deepStrictEqual(Object.fromEntries(services.map(({ host, id }) => [id, host])), {
      SSM: "ssm",
      SECRETS_MANAGER: "secretsmanager",
      DYNAMODB: "dynamodb",
      APPCONFIGDATA: "appconfigdata",
      S3: "s3",
      RDS_DATA: "rds-data",
      STS: "sts",
    })
  })
})
