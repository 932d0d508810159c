/**
 * A clock that is wrong, as after a freeze: AWS refuses the signature, the SDK learns the time from that answer, and the
 * one retry is signed with it. Through the sources and the real SDK, on a server that has another time.
 */
import * as Http from "node:http"
import { type AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Clock, DateTime, Effect, Layer, Result } from "effect"
import { Settings } from "../../src/config/Settings.ts"
import { Host } from "../../src/host/Host.ts"
import { makeTransport } from "../../src/host/nodeAwsTransport.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { REGION } from "../support/aws.ts"
import { bodyOf, HOUR, MINUTE } from "../support/entries.ts"

/** The longest that AWS lets a signature differ. */
const TOLERANCE = 5 * MINUTE

/** `20261124T120000Z`, as signatures have it, in epoch milliseconds. */
const signedAt = (text: string): number =>
  DateTime.toEpochMillis(
    DateTime.makeUnsafe(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z")),
  )

/** A Parameter Store whose clock is `ahead` ms ahead of ours, and refuses what seems to be signed at another time. */
const serverAhead = (ahead: number, type: string) =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const differences: Array<number> = []
    const server = Http.createServer((request, response) => {
      const now = clock.currentTimeMillisUnsafe() + ahead
      const difference = signedAt(String(request.headers["x-amz-date"])) - now
      differences.push(difference)
      request.resume()
      request.once("end", () => {
        const isTaken = Math.abs(difference) < TOLERANCE
        response.setHeader("date", DateTime.toDateUtc(DateTime.makeUnsafe(now)).toUTCString())
        response.writeHead(isTaken ? 200 : 400, { "content-type": "application/x-amz-json-1.1" })
        const refusal = { __type: type, message: "Signature not yet current" }
        response.end(JSON.stringify(isTaken ? { Parameter: { Name: "A", Value: "a", Version: 1 } } : refusal))
      })
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () =>
        Effect.sync(() => {
          server.close()
          server.closeAllConnections()
        }),
    )
    const { port } = server.address() as AddressInfo
    return { differences, endpoint: `http://127.0.0.1:${port}` }
  })

const fetchTwice = (endpoint: string) =>
  Effect.gen(function* () {
    const { fetch } = yield* Sources
    const results: Array<string> = []
    for (let read = 0; read < 2; read += 1) {
      const result = yield* Effect.result(fetch({ kind: "parameters", region: REGION, name: "A" }))
      results.push(Result.isSuccess(result) ? String(bodyOf(result.success)) : result.failure.reason._tag)
    }
    return results
  }).pipe(
    Effect.provide(
      Sources.layer.pipe(
        Layer.provide([
          Layer.mock(Host, {
            environment: {},
            extensionName: "cache-extension",
            awsTransport: () => Effect.sync(makeTransport),
          }),
          Settings.layer({
            AWS_ENDPOINT_URL: endpoint,
            AWS_REGION: REGION,
            AWS_ACCESS_KEY_ID: "AKIAFUNCTION",
            AWS_SECRET_ACCESS_KEY: "secret",
          }),
        ]),
      ),
    ),
  )

describe("a clock that differs from AWS's", () => {
  it.live.each([
    [2 * HOUR, "InvalidSignatureException"],
    [-2 * HOUR, "InvalidSignatureException"],
    [2 * HOUR, "RequestTimeTooSkewed"],
    [-2 * HOUR, "RequestExpired"],
    [2 * HOUR, "RequestInTheFuture"],
    [2 * HOUR, "SignatureDoesNotMatch"],
  ] as const)("by %i ms costs one more call, once: %s", ([ahead, type]) =>
    Effect.gen(function* () {
      const { differences, endpoint } = yield* serverAhead(ahead, type)
      assert.deepStrictEqual(yield* fetchTwice(endpoint), ["a", "a"])
      assert.deepStrictEqual(
        differences.map((difference) => Math.abs(difference) < TOLERANCE),
        [false, true, true],
      )
    }),
  )

  it.live("by less than AWS minds costs nothing", () =>
    Effect.gen(function* () {
      const { differences, endpoint } = yield* serverAhead(4 * MINUTE, "InvalidSignatureException")
      assert.deepStrictEqual(yield* fetchTwice(endpoint), ["a", "a"])
      assert.strictEqual(differences.length, 2)
    }),
  )
})
