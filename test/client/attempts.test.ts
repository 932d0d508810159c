/**
 * When the plain client retries and when it gives up: with a fake `fetch` and fake timers, and over sockets.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import http from "node:http"
import { afterEach, beforeEach, vi } from "vitest"
import { createClient, type Fetch } from "../../client/Client.ts"
import { freePort, listen } from "../support/extensionHttp.ts"
import { clientOver, failureOf, notReady, refused } from "./stub.ts"

afterEach(() => {
  vi.useRealTimers()
})

describe("an extension that is not ready", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "performance"] })
  })

  it("is waited for while its port is closed", async () => {
    const { client, sent } = clientOver([refused, refused, refused, refused, () => new Response("a")])
    const read = client.get("parameters", "A")
    await vi.advanceTimersByTimeAsync(1_000)
    assert.strictEqual(await read, "a")
    assert.strictEqual(sent.length, 5)
  })

  it("is given up within a second where nothing ever answers, with what stood in the way", async () => {
    const { client, sent } = clientOver([refused])
    const failure = failureOf(client.get("parameters", "A"))
    await vi.advanceTimersByTimeAsync(1_000)
    const { message, status } = await failure
    assert.strictEqual(status, 0)
    assert.strictEqual(message, "Unreachable: http://127.0.0.1:4000: connect ECONNREFUSED 127.0.0.1:4000")
    assert.strictEqual(sent.length, 8)
  })

  it("is asked again when it says so, as long as there is time", async () => {
    const { client, sent } = clientOver([
      () => notReady({ "retry-after": "2" }),
      () => notReady({ "retry-after": "1" }),
      () => new Response("a"),
    ])
    const read = client.get("parameters", "A")
    await vi.advanceTimersByTimeAsync(2_999)
    assert.strictEqual(sent.length, 2)
    await vi.advanceTimersByTimeAsync(1)
    assert.strictEqual(await read, "a")
  })

  it.each([
    { answer: { "retry-after": "11" }, why: "asks for more patience than the timeout" },
    { answer: {}, why: "is shutting down, and does not ask for patience" },
  ])("is given up at once when it $why", async ({ answer }) => {
    const { client, sent } = clientOver([() => notReady(answer as Record<string, string>)])
    const { status } = await failureOf(client.get("parameters", "A"))
    assert.deepStrictEqual([status, sent.length], [503, 1])
  })

  it("is not asked again for what another attempt cannot change", async () => {
    for (const status of [400, 403, 404, 405, 429, 500, 502, 504]) {
      const { client, sent } = clientOver([
        () => new Response("", { status, headers: { "retry-after": "1" } }),
      ])
      const failure = await failureOf(client.get("parameters", "A"))
      assert.deepStrictEqual([failure.status, failure.type, sent.length], [status, "about:blank", 1])
    }
  })
})

describe("a caller", () => {
  it("that gives up gets its own reason, also while the client pauses", async () => {
    const controller = new AbortController()
    const { client } = clientOver([
      () => {
        queueMicrotask(() => controller.abort(new Error("enough")))
        return notReady({ "retry-after": "5" })
      },
      ({ signal }) => signal.reason as Error,
    ])
    const failure = await client.get("parameters", "A", { signal: controller.signal }).catch(String)
    assert.strictEqual(failure, "Error: enough")
  })
})

describe("over sockets", () => {
  it.live("a read begun before the port is open is answered once it is", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      let attempts = 0
      let opened: Promise<unknown> | undefined
      const server = http.createServer((_request, response) => response.end("ready"))
      const fetch: Fetch = (url, init) => {
        attempts += 1
        if (attempts === 3)
          opened = new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(0)))
        return Promise.resolve(opened).then(() => globalThis.fetch(url, init))
      }
      yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
      const client = createClient({ port, fetch })
      assert.strictEqual(yield* Effect.promise(() => client.get("parameters", "A")), "ready")
      assert.strictEqual(attempts, 3)
    }),
  )

  it.live("a connection that breaks under a request is replaced", () =>
    Effect.gen(function* () {
      let requests = 0
      const server = http.createServer((request, response) => {
        requests += 1
        if (requests === 2) request.socket.destroy()
        else response.end("a")
      })
      const client = createClient({ port: yield* listen(server) })
      const read = Effect.promise(() => client.get("parameters", "A"))
      assert.deepStrictEqual([yield* read, yield* read, requests], ["a", "a", 3])
    }),
  )

  it.live("an extension that hangs is given up after the timeout", () =>
    Effect.gen(function* () {
      const port = yield* listen(http.createServer(() => {}))
      const client = createClient({ port, timeout: 30 })
      const { message, status } = yield* Effect.promise(() => failureOf(client.get("parameters", "A")))
      assert.strictEqual(status, 0)
      assert.strictEqual(message, `Timeout: no answer from http://127.0.0.1:${port} in 30 ms`)
    }),
  )
})
