/**
 * What becomes of a request when the connection that was kept for it is dead: a reset, silence, a slow service, with any
 * number of dead connections. The runtime below is a fake that decides the fate of each connection.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import * as TestClock from "effect/testing/TestClock"
import { MAX_TRUSTED_IDLE, FIRST_BYTE_WAIT } from "../../src/domain/defaults.ts"
import { SERVICES } from "../support/services.ts"
import type { SentRequest, AwsResponse, AwsRequest } from "../../src/host/Platform.ts"
import {
  sendReconnecting,
  makeRequestHandler,
  outgoing,
  type Outgoing,
} from "../../src/aws/requestHandler.ts"

type Fate = "answers" | "is reset" | "is silent" | "breaks off" | "is slow"

interface Kept {
  readonly fate: Fate
  readonly idleFor: number
}

const answered = (body: string): AwsResponse => ({
  status: 200,
  reason: "OK",
  headers: {},
  body: Buffer.from(body),
})

const reset = () => Object.assign(new Error("reset"), { code: "ECONNRESET" })

/** A pool that holds `kept`; new connections answer unless `fresh` says otherwise. What was sent on which is recorded. */
const makeWire = (kept: ReadonlyArray<Kept>, fresh: Fate = "answers") => {
  let pool = [...kept]
  const sent: Array<string> = []
  const aborted: Array<string> = []
  let slow: ((reply: AwsResponse) => void) | undefined
  const send = ({ isFresh, signal }: AwsRequest): SentRequest => {
    const connection = isFresh ? undefined : pool.shift()
    const fate = connection?.fate ?? fresh
    const on = connection === undefined ? "new" : "kept"
    sent.push(on)
    let responseStarted = false
    const reply = new Promise<AwsResponse>((resolve, reject) => {
      signal.addEventListener("abort", () => {
        aborted.push(on)
        reject(signal.reason)
      })
      if (fate === "answers") resolve(answered(on))
      if (fate === "is reset") reject(reset())
      if (fate === "is slow") slow = resolve
      if (fate === "breaks off") {
        responseStarted = true
        reject(reset())
      }
    })
    return {
      reply,
      idleFor: () => connection?.idleFor,
      responseStarted: () => responseStarted,
      retirePool: () => void (pool = []),
    }
  }
  return {
    send,
    retirePools: () => void (pool = []),
    sent,
    aborted,
    left: () => pool.length,
    answerSlowly: () => slow?.(answered("slow")),
  }
}

const LONG = MAX_TRUSTED_IDLE + 1
const SHORT = MAX_TRUSTED_IDLE - 1

const REQUEST: Outgoing = {
  method: "POST",
  origin: "https://ssm.eu-west-1.amazonaws.com",
  path: "/",
  headers: {},
  maxReplyBytes: 1,
  isRepeatable: true,
}

const textOf = ({ body }: AwsResponse): string => Buffer.from(body).toString()

const dead = (count: number, fate: Fate, idleFor: number): ReadonlyArray<Kept> =>
  Array.from({ length: count }, () => ({ fate, idleFor }))

const settle = Effect.promise(() => new Promise(setImmediate))

describe("a kept connection that is dead", () => {
  it.effect.each(
    [1, 2, 10, 16, 64].flatMap((count) => [0, SHORT, LONG].map((idleFor) => ({ count, idleFor }))),
  )(
    "costs a read nothing, however many of them there are: $count, idle for $idleFor ms",
    ({ count, idleFor }) =>
      Effect.gen(function* () {
        const wire = makeWire(dead(count, "is reset", idleFor))
        assert.strictEqual(textOf(yield* sendReconnecting(wire, REQUEST)), "new")
        assert.deepStrictEqual(wire.sent, ["kept", "new"])
        assert.strictEqual(wire.left(), 0, "none of the others is used again")
      }),
  )

  it.effect("and silent is given a short while, then the call is made on a new one", () =>
    Effect.gen(function* () {
      const wire = makeWire(dead(10, "is silent", LONG))
      const fiber = yield* Effect.forkChild(sendReconnecting(wire, REQUEST))
      yield* TestClock.adjust(FIRST_BYTE_WAIT)
      assert.strictEqual(textOf(yield* Fiber.join(fiber)), "new")
      yield* settle
      assert.deepStrictEqual([wire.sent, wire.aborted, wire.left()], [["kept", "new"], ["kept"], 0])
    }),
  )

  it.effect("is forgotten with all others when whoever waits for it gives up", () =>
    Effect.gen(function* () {
      const wire = makeWire(dead(10, "is silent", SHORT))
      const fiber = yield* Effect.forkChild(sendReconnecting(wire, REQUEST))
      yield* TestClock.adjust(FIRST_BYTE_WAIT * 2)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual([wire.sent, wire.left()], [["kept"], 0])
      assert.strictEqual(textOf(yield* sendReconnecting(wire, REQUEST)), "new")
    }),
  )

  it.effect("and whose request must not reach AWS twice fails the call, and the next one has a new one", () =>
    Effect.gen(function* () {
      const wire = makeWire(dead(10, "is reset", LONG))
      const once = sendReconnecting(wire, { ...REQUEST, isRepeatable: false })
      assert.isTrue(Result.isFailure(yield* Effect.result(once)))
      assert.strictEqual(textOf(yield* once), "new")
      assert.deepStrictEqual(wire.sent, ["kept", "new"])
    }),
  )
})

describe("a call is made once", () => {
  it.effect("where the kept connection answers", () =>
    Effect.gen(function* () {
      const wire = makeWire(dead(2, "answers", LONG))
      assert.strictEqual(textOf(yield* sendReconnecting(wire, REQUEST)), "kept")
      assert.deepStrictEqual([wire.sent, wire.left()], [["kept"], 1])
    }),
  )

  it.effect("where the reply has begun: what breaks then is for the retries", () =>
    Effect.gen(function* () {
      const wire = makeWire(dead(2, "breaks off", LONG))
      assert.isTrue(Result.isFailure(yield* Effect.result(sendReconnecting(wire, REQUEST))))
      assert.deepStrictEqual([wire.sent, wire.left()], [["kept"], 1])
    }),
  )

  it.effect("where a new connection fails: that is AWS's own failure", () =>
    Effect.gen(function* () {
      const wire = makeWire([], "is reset")
      assert.isTrue(Result.isFailure(yield* Effect.result(sendReconnecting(wire, REQUEST))))
      assert.deepStrictEqual(wire.sent, ["new"])
    }),
  )

  it.effect("where a service is slow on a connection that it has just answered on", () =>
    Effect.gen(function* () {
      const wire = makeWire(dead(1, "is slow", SHORT))
      const fiber = yield* Effect.forkChild(sendReconnecting(wire, REQUEST))
      yield* TestClock.adjust(FIRST_BYTE_WAIT * 2)
      wire.answerSlowly()
      assert.strictEqual(textOf(yield* Fiber.join(fiber)), "slow")
      assert.deepStrictEqual(wire.sent, ["kept"])
    }),
  )
})

it.effect("the kept connection may still be the first to answer, when AWS is slow on both", () =>
  Effect.gen(function* () {
    const wire = makeWire(dead(1, "is slow", LONG), "is silent")
    const fiber = yield* Effect.forkChild(sendReconnecting(wire, REQUEST))
    yield* TestClock.adjust(FIRST_BYTE_WAIT)
    wire.answerSlowly()
    assert.strictEqual(textOf(yield* Fiber.join(fiber)), "slow")
    yield* settle
    assert.deepStrictEqual([wire.sent, wire.aborted], [["kept", "new"], ["new"]])
  }),
)

const SDK_REQUEST = {
  protocol: "https:",
  hostname: "appconfigdata.eu-west-1.amazonaws.com",
  method: "GET",
  path: "/configuration",
  query: { configuration_token: "a b/c" },
  headers: { host: "appconfigdata.eu-west-1.amazonaws.com" },
}

describe("a request", () => {
  it("goes out as it was signed, and asks for a body as it is", () => {
    const { headers, method, origin, path } = outgoing(SERVICES.APPCONFIGDATA, SDK_REQUEST)
    assert.strictEqual(
      `${method} ${origin}${path}`,
      "GET https://appconfigdata.eu-west-1.amazonaws.com/configuration?configuration_token=a%20b%2Fc",
    )
    assert.deepStrictEqual(headers, { ...SDK_REQUEST.headers, "accept-encoding": "identity" })
  })

  it.each([
    ["SSM", "x", true],
    ["APPCONFIGDATA", undefined, false],
  ] as const)(
    "may reach AWS twice, unless it carries a token for one call: %s",
    (service, target, expected) => {
      const headers = target === undefined ? {} : { "x-amz-target": target }
      assert.strictEqual(outgoing(SERVICES[service], { ...SDK_REQUEST, headers }).isRepeatable, expected)
    },
  )
})

describe("a reply that is none", () => {
  const replied = (status: number, headers: Readonly<Record<string, string>>) => {
    const reply = { ...answered("a secret"), status, headers }
    const sent = { idleFor: () => undefined, responseStarted: () => true, retirePool: () => {} }
    const send = () => ({ ...sent, reply: Promise.resolve(reply) })
    const { handle } = makeRequestHandler(SERVICES.SSM, { send, retirePools: () => {} })
    return handle(SDK_REQUEST as never).then(
      ({ response }) => `status ${response.statusCode}`,
      (error: unknown) => String(error),
    )
  }

  it.each([300, 301, 302, 303, 304, 307, 308])("is a redirect: %s", async (status) => {
    const said = await replied(status, { location: "http://attacker.example/" })
    assert.strictEqual(said, `UnusableReply: status ${status}: redirects are not followed`)
  })

  it.each(["gzip", "br", "deflate", "zstd", "x-gzip"])(
    "is packed, as nobody asked for that: %s",
    async (encoding) => {
      assert.match(
        await replied(200, { "content-encoding": encoding }),
        /^UnusableReply: status 200: the body is encoded/,
      )
    },
  )

  it.each([200, 400, 403, 500])("is nothing else: %s", async (status) => {
    assert.strictEqual(await replied(status, { "content-encoding": "identity" }), `status ${status}`)
  })
})
