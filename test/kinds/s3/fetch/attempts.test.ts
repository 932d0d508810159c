/**
 * Which attempts a fetch of an object makes: each has its own time limit and retries. `objects.test.ts` tries the same source on
 * local AWS.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { AwsClients, type Caller } from "../../../../src/aws/AwsClients.ts"
import { toSourceError } from "../../../../src/aws/awsErrors.ts"
import * as sdk from "../../../../src/aws/sdkErrors.ts"
import { make } from "../../../../src/kinds/s3/fetch/objects.ts"
import type { GetObjectReply } from "../../../../src/kinds/s3/fetch/s3Protocol.ts"
import { type Attempt, UNOBSERVED } from "../../../../src/kinds/Source.ts"
import { shown } from "../../../support/recordedCalls.ts"

const reply = (status: number, headers: GetObjectReply["headers"], body = ""): GetObjectReply => ({
  status,
  headers,
  body: new TextEncoder().encode(body),
})

/** A fetch of an object whose bucket answers by region, and the calls of each attempt. */
const fetchFrom = Effect.fnUntraced(function* (replyIn: (region: string) => GetObjectReply) {
  const attempts: Array<Array<string>> = []
  const caller: Caller<{ readonly send: () => Promise<GetObjectReply> }> = (
    { region },
    _operation,
    request,
  ) =>
    Effect.tryPromise({
      try: (abortSignal) => {
        attempts.at(-1)?.push(region)
        return request({ send: () => Promise.resolve(replyIn(region)) }, { abortSignal })
      },
      catch: (cause) => toSourceError(cause, sdk),
    })
  const layer = Layer.mock(AwsClients, { caller: () => Effect.succeed(caller as Caller<never>) })
  const source = yield* Effect.provide(make, layer)
  const attempt: Attempt = (call) =>
    Effect.suspend(() => {
      attempts.push([])
      return call
    })
  let moves = 0
  const address = { kind: "s3", region: "us-west-2", bucket: "b", key: "k", maxBytes: 100 } as const
  const results = yield* source
    .fetch([address], attempt, [], { ...UNOBSERVED, moved: () => (moves += 1) })
    .pipe(Effect.catch((error) => Effect.succeed([Result.fail(error)])))
  return { attempts, moves, results: shown(results) }
})

describe("a fetch of an object", () => {
  it.effect("of a bucket in another region has as long for that region as for the first one", () =>
    Effect.gen(function* () {
      const { attempts, moves, results } = yield* fetchFrom((region) =>
        region === "us-west-2"
          ? reply(301, { "x-amz-bucket-region": "eu-west-1" })
          : reply(200, { etag: '"1"' }, "far"),
      )
      assert.deepStrictEqual(results, ["far"])
      assert.deepStrictEqual(attempts, [["us-west-2"], ["eu-west-1"]])
      assert.strictEqual(moves, 1)
    }),
  )

  it.effect("that is sent back and forth ends, in two attempts", () =>
    Effect.gen(function* () {
      const { attempts, results } = yield* fetchFrom((region) =>
        reply(301, { "x-amz-bucket-region": region === "us-west-2" ? "eu-west-1" : "us-west-2" }),
      )
      assert.deepStrictEqual(results, ["Unavailable"])
      assert.deepStrictEqual(attempts, [["us-west-2"], ["eu-west-1"]])
    }),
  )

  it.effect.each([
    ["the region that was asked", { "x-amz-bucket-region": "us-west-2" }],
    ["a host instead of a region", { "x-amz-bucket-region": "evil.example.com/" }],
    ["nothing", {}],
  ])("ends if S3 redirects it to %s", ([, headers]) =>
    Effect.gen(function* () {
      const { attempts, results } = yield* fetchFrom(() => reply(301, headers as GetObjectReply["headers"]))
      assert.deepStrictEqual(results, ["Unavailable"])
      assert.deepStrictEqual(attempts, [["us-west-2"]])
    }),
  )
})
