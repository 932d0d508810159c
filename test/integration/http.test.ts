/**
 * The HTTP contract of the built extension beside the values: what it says to what it does not serve, and where it
 * listens.
 */
import { assert, it, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { once } from "node:events"
import os from "node:os"
import { ALONE, type Environment, onEachPath, startEnvironment } from "../support/extension.ts"
import { type Answer, ask, connect, LOOPBACK } from "../support/extensionHttp.ts"
import { skipped } from "../support/skipped.ts"

class Started extends Context.Service<Started, Environment>()("test/Started") {}

const CONFIG = `
parameters:
  - names: [A, missing]
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: missing }
  - { table: NoSuchTable, hashkey: id, hashkeytype: S, hashkeyvalue: one }
secrets:
  - names: [missing]
`
const SEED = {
  parameters: [
    { name: "A", value: "größer" },
    { name: "unlisted", value: "there, but not listed" },
  ],
  tables: [{ name: "Things", hashKey: { name: "id" }, items: [{ id: "one" }] }],
}

/** An address of this machine that is not its loopback interface's. */
const OUTSIDE = Object.values(os.networkInterfaces())
  .flat()
  .find((address) => address !== undefined && !address.internal && address.family === "IPv4")?.address

const HAS_IPV6 = Object.values(os.networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1")

interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
}

const problemOf = (answer: Answer): Problem => {
  assert.strictEqual(answer.headers["content-type"], "application/problem+json")
  const problem = JSON.parse(answer.text) as Problem
  assert.strictEqual(problem.status, answer.status)
  return problem
}

onEachPath("the port", (artifact, variables) => {
  const options = { artifact, config: CONFIG, seed: SEED, variables }
  const started = Layer.effect(Started, startEnvironment(options))
  layer(started, { excludeTestServices: true })("answers", (it) => {
    it.effect.each(["/parameters?name=missing", "/secrets?name=missing", "/dynamodb?name=Things-missing"])(
      "404 No data found for what AWS does not have: %s",
      (target) =>
        Effect.gen(function* () {
          const { ask } = yield* Started
          const answer = yield* ask(target)
          assert.strictEqual(answer.status, 404)
          assert.strictEqual(problemOf(answer).title, "No data found")
        }),
    )

    it.effect.each([
      "/parameters?name=unlisted",
      "/secrets?name=A",
      "/dynamodb?name=Things",
      "/dynamodb?name=A",
    ])(
      "404 No data found without a call to AWS for what is not listed: %s",
      (target) =>
        Effect.gen(function* () {
          const { ask, aws } = yield* Started
          yield* aws.calls.clear
          const answer = yield* ask(target)
          assert.strictEqual(answer.status, 404)
          const { detail, title } = problemOf(answer)
          assert.strictEqual(title, "No data found")
          assert.match(detail, /is not listed under \w+ in config\.yaml$/)
          assert.deepStrictEqual(yield* aws.calls.all, [])
        }),
      ALONE,
    )

    it.effect.each(["POST", "PUT", "PATCH"])("405 with the methods that are allowed to %s", (method) =>
      Effect.gen(function* () {
        const { ask } = yield* Started
        const answer = yield* ask("/parameters?name=A", { method })
        assert.strictEqual(answer.status, 405)
        assert.strictEqual(answer.headers["allow"], "GET, HEAD, DELETE, OPTIONS")
        assert.include(problemOf(answer).detail, method)
      }),
    )

    it.effect.each([
      ["/parameters", "name is missing"],
      ["/parameters?name=", "name is empty"],
      ["/parameters?name=A&name=A", "2 times"],
      ["/parameters?nmae=A", '"nmae"'],
      ["/parameters?name=A&ttl=5s", '"ttl"'],
      ["/secrets?name=A&version=1", '"version"'],
      ["/parameters?name=A&version=1&label=x", "version and label exclude each other"],
      ["/parameters?name=A&version=latest", "a whole number from 1"],
      ["/parameters?name=A&json=%23/a", "the form of a URI fragment is not allowed"],
      ["/parameters?name=%E0%A4", "percent-encoded"],
      ["/dynamodb?name=%zz", "percent-encoded"],
    ] as const)("400 that says what is wrong with %s", ([target, words]) =>
      Effect.gen(function* () {
        const { ask } = yield* Started
        const answer = yield* ask(target)
        assert.strictEqual(answer.status, 400)
        assert.include(problemOf(answer).detail, words)
      }),
    )

    it.effect.each(["/", "/parameter?name=A", "/parameters/A", "/health/x", "/secret"])(
      "404 with the paths there are to %s",
      (target) =>
        Effect.gen(function* () {
          const { ask } = yield* Started
          const answer = yield* ask(target)
          assert.strictEqual(answer.status, 404)
          assert.include(problemOf(answer).detail, "/parameters?name=")
        }),
    )

    it.effect("404 with AWS's own words where a table does not exist", () =>
      Effect.gen(function* () {
        const { ask } = yield* Started
        const answer = yield* ask("/dynamodb?name=NoSuchTable-one")
        assert.strictEqual(answer.status, 404)
        assert.include(problemOf(answer).detail, "ResourceNotFoundException")
      }),
    )

    it.effect("HEAD with the headers of GET and no body", () =>
      Effect.gen(function* () {
        const { ask } = yield* Started
        const get = yield* ask("/parameters?name=A")
        const head = yield* ask("/parameters?name=A", { method: "HEAD" })
        assert.deepInclude(get, { status: 200, text: "größer" })
        assert.deepInclude(head, { status: 200, text: "" })
        assert.strictEqual(head.headers["content-type"], get.headers["content-type"])
        assert.strictEqual(get.headers["content-length"], String(Buffer.byteLength("größer")))
      }),
    )

    it.effect("200 at /health", () =>
      Effect.gen(function* () {
        const { ask } = yield* Started
        assert.deepInclude(yield* ask("/health"), { status: 200, text: "ok" })
      }),
    )

    it.effect("names in every way that URLs may spell them", () =>
      Effect.gen(function* () {
        const { ask } = yield* Started
        for (const target of ["/parameters?name=A", "/parameters?name=%41", "/parameters?%6eame=A"]) {
          assert.deepInclude(yield* ask(target), { status: 200, text: "größer" }, target)
        }
      }),
    )

    it.effect("400 to bytes that are no HTTP, and serves the next one", () =>
      Effect.gen(function* () {
        const { ask, port } = yield* Started
        const socket = yield* connect(port)
        socket.write("\x16\x03\x01 this is no HTTP\r\n\r\n")
        const [reply] = yield* Effect.promise(() => once(socket, "data"))
        assert.match(String(reply), /^HTTP\/1\.1 400 /)
        assert.strictEqual((yield* ask("/health")).status, 200)
      }),
    )
  })

  it.live.each([LOOPBACK, ...(HAS_IPV6 ? ["::1"] : [])])("is open at %s", (host) =>
    Effect.gen(function* () {
      const { ask } = yield* startEnvironment(options)
      assert.deepInclude(yield* ask("/parameters?name=A", { host }), { status: 200, text: "größer" })
    }),
  )

  it.live.skipIf(OUTSIDE === undefined)(
    `is closed at the machine's other addresses${skipped(OUTSIDE === undefined, "where it has none")}`,
    () =>
      Effect.gen(function* () {
        const { port } = yield* startEnvironment(options)
        const error = yield* Effect.flip(ask(port, "/health", { host: OUTSIDE ?? "" }))
        assert.strictEqual(error.code, "ECONNREFUSED")
      }),
  )
})
