/**
 * HTTP/1.1 on the wire of the built extension: what well-behaved clients do rarely, and what others do on purpose. The
 * rules are those of RFC 9112. Whatever comes, the next request is served.
 */
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { type Environment, onEachPath, STANDALONE, startEnvironment } from "../support/extension.ts"
import { converse, requestText } from "../support/rawHttp.ts"

class Started extends Context.Service<Started, Environment>()("test/Started") {}

const READ = "/parameters?name=A"
/** A read that asks AWS each time. */
const WAITING = "/parameters?name=slow"
const CONFIG = "parameters:\n  - names: [A, B]\n  - names: [slow]\n    ttl: 0s\n"
const SEED = { parameters: ["A", "B", "slow"].map((name) => ({ name, value: `value ${name}` })) }

/** How long AWS takes for the slow one, in milliseconds. */
const SLOW = 300

/** Header bytes that must be served, and more than any host takes. */
const MANY = 10_000
const TOO_MANY = 40_000

const statusesOf = (answers: ReadonlyArray<{ readonly status: number }>) =>
  answers.map(({ status }) => status)

onEachPath("on the wire", (artifact, variables) => {
  const isStandalone = artifact.name === STANDALONE
  const started = Layer.effect(
    Started,
    Effect.tap(
      startEnvironment({ artifact, config: CONFIG, seed: SEED, variables, preload: true }),
      ({ aws }) => aws.faults.inject({ match: ["slow"], effect: { kind: "delay", duration: SLOW } }),
    ),
  )
  layer(started, { excludeTestServices: true })("the extension", (it) => {
    /** The answers to bytes on a connection that the extension then closes. */
    const refusedBy = Effect.fnUntraced(function* (bytes: string) {
      const { ask, port } = yield* Started
      const { send, untilClosed } = yield* converse(port)
      yield* send(bytes)
      const answers = yield* untilClosed
      assert.deepInclude(yield* ask(READ), { status: 200, text: "value A" })
      return statusesOf(answers)
    })

    it.effect("answers pipelined requests in their order", () =>
      Effect.gen(function* () {
        const { port } = yield* Started
        const { answers, send } = yield* converse(port)
        const targets = [READ, "/nowhere", "/health", READ, "/parameters?name=B"]
        yield* send(targets.map((target) => requestText(target)).join(""))
        const got = yield* answers(targets.length)
        assert.deepStrictEqual(statusesOf(got), [200, 404, 200, 200, 200])
        assert.deepStrictEqual(
          [got[0], got[2], got[3], got[4]].map((answer) => answer?.body),
          ["value A", "ok", "value A", "value B"],
        )
      }),
    )

    it.effect.each([READ, "/health"])(
      "answers a client that has closed its half of the connection: %s",
      (target) =>
        Effect.gen(function* () {
          const { port } = yield* Started
          const { finish, send, untilClosed } = yield* converse(port)
          yield* send(requestText(target))
          yield* finish
          assert.deepStrictEqual(statusesOf(yield* untilClosed), [200])
        }),
    )

    const PIPELINE = [WAITING, READ, WAITING]
    it.effect.skipIf(isStandalone)(
      "answers pipelined requests in their order, though a later one is ready first",
      () =>
        Effect.gen(function* () {
          const { port } = yield* Started
          const { answers, send } = yield* converse(port)
          yield* send(PIPELINE.map((target) => requestText(target)).join(""))
          const bodies = (yield* answers(PIPELINE.length)).map(({ body }) => body)
          assert.deepStrictEqual(bodies, ["value slow", "value A", "value slow"])
        }),
    )

    it.effect.skipIf(isStandalone)(
      "answers a client that has closed its half of the connection and must wait",
      () =>
        Effect.gen(function* () {
          const { port } = yield* Started
          const { finish, send, untilClosed } = yield* converse(port)
          yield* send(requestText(WAITING))
          yield* finish
          assert.deepStrictEqual(statusesOf(yield* untilClosed), [200])
        }),
    )

    it.effect.skipIf(!isStandalone)(
      "closes a connection where requests are pipelined behind one that waits, or whose half is closed meanwhile: a limit of Bun",
      () =>
        Effect.gen(function* () {
          const { port } = yield* Started
          const pipelining = yield* converse(port)
          yield* pipelining.send(PIPELINE.map((target) => requestText(target)).join(""))
          const halfClosed = yield* converse(port)
          yield* halfClosed.send(requestText(WAITING))
          yield* halfClosed.finish
          for (const { untilClosed } of [pipelining, halfClosed])
            assert.deepStrictEqual(yield* untilClosed, [])
          const { answers, send } = yield* converse(port)
          yield* send(requestText(WAITING))
          assert.deepStrictEqual(statusesOf(yield* answers(1)), [200])
        }),
    )

    it.effect("serves a request with 10,000 bytes of headers, in one header or in many", () =>
      Effect.gen(function* () {
        const { port } = yield* Started
        const { answers, send } = yield* converse(port)
        const one = `X-Padding: ${"x".repeat(MANY)}`
        const many = Array.from(
          { length: MANY / 200 },
          (_, index) => `X-Padding-${index}: ${"x".repeat(180)}`,
        )
        yield* send(requestText(READ, ["Host: localhost", one]))
        yield* send(requestText(READ, ["Host: localhost", ...many]))
        assert.deepStrictEqual(statusesOf(yield* answers(2)), [200, 200])
      }),
    )

    it.effect("refuses headers beyond the host's bound with 431", () =>
      Effect.gen(function* () {
        const padding = `X-Padding: ${"x".repeat(TOO_MANY)}`
        assert.deepStrictEqual(yield* refusedBy(requestText(READ, ["Host: localhost", padding])), [431])
      }),
    )

    it.effect("overlooks no header behind a thousand others", () =>
      Effect.gen(function* () {
        const { port } = yield* Started
        const { answers, send } = yield* converse(port)
        const headers = Array.from({ length: 1_500 }, () => "a: b")
        yield* send(requestText(READ, ["Host: localhost", ...headers, "X-Forwarded-For: 192.0.2.1"]))
        // By the guard, or because there are too many.
        assert.include([403, 431], (yield* answers(1))[0]?.status)
      }),
    )

    it.effect("goes on with a connection after it has refused a request", () =>
      Effect.gen(function* () {
        const { port } = yield* Started
        const { answers, send } = yield* converse(port)
        const requests = [
          requestText("/parameters?name=unlisted"),
          requestText("/parameters"),
          requestText(READ, ["Host: evil.example"]),
          requestText(READ, ["Host:"]),
          requestText(READ, ["Host: localhost", "X-Forwarded-For: 192.0.2.1"]),
          requestText(READ, ["Host: localhost"], "PUT"),
          requestText(READ, ["Host: localhost"], "TRACE"),
          requestText(READ, ["Host: localhost", "Host: evil.example"]),
          requestText(READ),
        ]
        for (const [index, request] of requests.entries()) {
          yield* send(request)
          yield* answers(index + 1)
        }
        const got = yield* answers(requests.length)
        assert.deepStrictEqual(statusesOf(got), [404, 400, 403, 403, 403, 405, 405, 400, 200])
      }),
    )

    it.effect("reads a request that comes byte by byte", () =>
      Effect.gen(function* () {
        const { port } = yield* Started
        const { answers, send, socket } = yield* converse(port)
        socket.setNoDelay(true)
        for (const byte of requestText(READ)) {
          yield* send(byte)
          // Lets the byte leave alone.
          yield* Effect.promise(() => new Promise(setImmediate))
        }
        assert.deepInclude((yield* answers(1))[0], { status: 200, body: "value A" })
      }),
    )

    it.effect.each([
      "GET /parameters?name=A HTTP/1.0\r\n\r\n",
      "GET /parameters?name=A HTTP/1.0\r\nHost: localhost\r\n\r\n",
    ])("answers HTTP/1.0, and closes: %j", (request) =>
      Effect.gen(function* () {
        const { port } = yield* Started
        const { send, socket } = yield* converse(port)
        const received: Array<Buffer> = []
        socket.on("data", (chunk: Buffer) => received.push(chunk))
        yield* send(request)
        yield* Effect.promise(() => new Promise((resolve) => socket.once("close", resolve)))
        assert.match(Buffer.concat(received).toString(), /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nvalue A$/)
      }),
    )

    it.effect("answers a target in absolute form, by the Host", () =>
      Effect.gen(function* () {
        const { port } = yield* Started
        const { answers, send } = yield* converse(port)
        const absolute = `http://localhost:${port}${READ}`
        yield* send(requestText(absolute, [`Host: localhost:${port}`]))
        yield* send(
          requestText(absolute.toUpperCase().replace("PARAMETERS?NAME", "parameters?name"), [
            `Host: localhost:${port}`,
          ]),
        )
        yield* send(requestText(`http://evil.example${READ}`, ["Host: evil.example"]))
        assert.deepStrictEqual(statusesOf(yield* answers(3)), [200, 200, 403])
      }),
    )

    it.effect.each([
      ["http://localhost", "evil.example"],
      ["https://127.0.0.1:4000", "evil.example:4000"],
      ["http://localhost@evil.example", "evil.example"],
    ] as const)("refuses a target at %s for the Host %s", ([origin, host]) =>
      Effect.gen(function* () {
        const { ask, port } = yield* Started
        const { finish, send, untilClosed } = yield* converse(port)
        yield* send(requestText(`${origin}${READ}`, [`Host: ${host}`]))
        yield* finish
        for (const { body, status } of yield* untilClosed) {
          assert.include([400, 403], status)
          assert.notInclude(body, "value A")
        }
        assert.deepInclude(yield* ask(READ), { status: 200, text: "value A" })
      }),
    )

    it.effect.skipIf(isStandalone)(
      "refuses a target that names another host than Host: Bun does not show it, and the Host decides there",
      () =>
        Effect.gen(function* () {
          for (const origin of [
            "http://evil.example",
            "http://localhost@evil.example",
            "http://",
            "ftp://localhost",
          ])
            assert.deepStrictEqual(yield* refusedBy(requestText(`${origin}${READ}`)), [400], origin)
        }),
    )

    it.effect.each(["0.9", "2.0", "1.2", "3.0"])("refuses HTTP/%s, and closes", (version) =>
      Effect.gen(function* () {
        const statuses = yield* refusedBy(`GET ${READ} HTTP/${version}\r\nHost: localhost\r\n\r\n`)
        assert.include(["505", "400"], statuses.join())
      }),
    )

    it.effect("refuses a request line without a version, which was HTTP/0.9", () =>
      Effect.gen(function* () {
        assert.include(["505", "400"], (yield* refusedBy(`GET ${READ}\r\n\r\n`)).join())
      }),
    )

    it.effect.each([
      ["1.1", "xchunked"],
      ["1.1", "identity"],
      ["1.1", "gzip"],
      ["1.1", "gzip, chunked"],
      ["1.1", "chunked, chunked"],
      ["1.1", "chunked;a=b"],
      ["1.1", '"chunked"'],
      ["1.0", "chunked"],
    ] as const)("refuses in HTTP/%s a body that is %s, and closes", ([version, encoding]) =>
      Effect.gen(function* () {
        const head = `POST ${READ} HTTP/${version}\r\nHost: localhost\r\nTransfer-Encoding: ${encoding}\r\n\r\n`
        const statuses = yield* refusedBy(`${head}0\r\n\r\n`)
        assert.strictEqual(statuses[0], 400)
        assert.notInclude(statuses, 405)
      }),
    )

    it.effect.each([
      "this is no HTTP\r\n\r\n",
      "GET\r\n\r\n",
      "GET parameters HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /parameters?name=A HTTP/1.1\r\n\r\n",
      "GET /parameters?name=A HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For : 192.0.2.1\r\n\r\n",
      "GET /parameters?name=A HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n X-Forwarded-For: 192.0.2.1\r\n\r\n",
      "GET /parameters?name=A HTTP/1.1\r\nHost: localhost\r\nX-A: b\rX-B: c\r\n\r\n",
      "GET /parameters?name=A HTTP/1.1\r\nHost: localhost\r\nX-A: b\0c\r\n\r\n",
      "GET /parameters?name=A HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
      "GET /parameters?name=A HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n",
      "GET /parameters?name=A HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "POST /parameters HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ])("refuses what is malformed or could be read in two ways with 400, and closes: %j", (bytes) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refusedBy(bytes), [400])
      }),
    )

    it.effect.each([
      "GET /parameters?name=A HTTP/1.1\nHost: localhost\n\n",
      "GET /parameters?name=A HTTP/9.9\r\nHost: localhost\r\n\r\n",
      "get /parameters?name=A HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "BREW /parameters?name=A HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ])("serves nothing to what it does not know, whether by an answer or by closing: %j", (bytes) =>
      Effect.gen(function* () {
        const { ask, port } = yield* Started
        const { finish, send, untilClosed } = yield* converse(port)
        yield* send(bytes)
        yield* finish
        for (const status of statusesOf(yield* untilClosed)) assert.isAtLeast(status, 400)
        assert.deepInclude(yield* ask(READ), { status: 200, text: "value A" })
      }),
    )

    it.effect("asks a client that waits for 100 Continue to go on, and answers", () =>
      Effect.gen(function* () {
        const { port } = yield* Started
        const { answers, send } = yield* converse(port)
        yield* send(requestText(READ, ["Host: localhost", "Expect: 100-continue"]))
        assert.deepStrictEqual(statusesOf(yield* answers(2)), [100, 200])
      }),
    )

    it.effect("ignores the body of a request, and reads the next one after it", () =>
      Effect.gen(function* () {
        const { port } = yield* Started
        const { answers, send } = yield* converse(port)
        const smuggled = requestText("/nowhere")
        yield* send(requestText(READ, ["Host: localhost", `Content-Length: ${smuggled.length}`]) + smuggled)
        yield* answers(1)
        const chunk = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`
        yield* send(requestText(READ, ["Host: localhost", "Transfer-Encoding: chunked"]) + chunk)
        yield* answers(2)
        yield* send(requestText("/health"))
        const got = yield* answers(3)
        assert.deepStrictEqual(
          got.map(({ body, status }) => `${status} ${body}`),
          ["200 value A", "200 value A", "200 ok"],
        )
      }),
    )
  })
})
