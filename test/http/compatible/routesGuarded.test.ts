/**
 * Whom the routes of the AWS Parameters and Secrets extension let in, and how many at a time.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TOKEN, NAME, start, PARAMETER } from "./routesSetup.ts"

describe("the routes of the AWS Parameters and Secrets extension", () => {
  it.effect.each([
    ["no token", {}],
    ["another token", { [NAME]: "the function's session tokem" }],
    ["the beginning of the token", { [NAME]: TOKEN.slice(0, -1) }],
    ["the token twice", { [NAME]: `${TOKEN}${TOKEN}` }],
    ["an empty token", { [NAME]: "" }],
  ] as ReadonlyArray<readonly [string, Record<string, string>]>)(
    "refuse a request with %s in that extension's words",
    ([, headers]) =>
      Effect.gen(function* () {
        const { ask, asked } = yield* start()
        const answer = yield* ask(`${PARAMETER}?name=listed`, { headers })
        assert.deepInclude(answer, { status: 401, body: "bad session token or header key" })
        assert.strictEqual(answer.headers.get("x-amzn-errortype"), "AccessDeniedException")
        assert.strictEqual(answer.headers.get("content-type"), "text/plain")
        assert.deepStrictEqual(asked, [])
      }),
  )

  it.effect("let nobody in where the function has no session token", () =>
    Effect.gen(function* () {
      const { ask } = yield* start({ env: { AWS_SESSION_TOKEN: "" } })
      assert.strictEqual((yield* ask(`${PARAMETER}?name=listed`, { headers: { [NAME]: "" } })).status, 401)
    }),
  )

  it.effect(
    "take the token of the container's endpoint where a session token is not set, as with SnapStart",
    () =>
      Effect.gen(function* () {
        const env = { AWS_SESSION_TOKEN: "", AWS_CONTAINER_AUTHORIZATION_TOKEN: "container" }
        const { ask } = yield* start({ env })
        const headers = { [NAME]: "container" }
        assert.strictEqual((yield* ask(`${PARAMETER}?name=listed`, { headers })).status, 200)
      }),
  )

  it.effect.each([
    ["under a foreign Host", { host: "evil.example" }],
    ["through a proxy", { "x-forwarded-for": "10.0.0.1" }],
    ["from a web page", { origin: "https://evil.example" }],
  ] as ReadonlyArray<readonly [string, Record<string, string>]>)("refuse what comes %s", ([, headers]) =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      const answer = yield* ask(`${PARAMETER}?name=listed`, { headers: { [NAME]: TOKEN, ...headers } })
      assert.deepStrictEqual([answer.status, answer.headers.get("content-type")], [403, "text/plain"])
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect("let no more requests wait than config.yaml allows", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start({ read: () => Effect.never, limits: { maxConcurrentRequests: 1 } })
      yield* Effect.forkChild(ask(`${PARAMETER}?name=listed`), { startImmediately: true })
      const answer = yield* ask(`${PARAMETER}?name=listed`)
      assert.deepStrictEqual([answer.status, answer.headers.get("retry-after")], [429, "1"])
      assert.strictEqual(asked.length, 1)
    }),
  )

  it.effect.each([
    `${PARAMETER}?name=/shop/*`,
    `${PARAMETER}?name=shop/db`,
    `${PARAMETER}?name=listed&label=a%20b`,
    `/secretsmanager/get?secretId=a%20b`,
    `/secretsmanager/get?secretId=listed&versionStage=${"s".repeat(257)}`,
  ])("refuse what AWS cannot have with 400, as AWS would, without asking it: %s", (path) =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      assert.strictEqual((yield* ask(path)).status, 400)
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect("take the token's header in any case", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      const headers = { "X-AWS-Parameters-Secrets-Token": TOKEN }
      assert.strictEqual((yield* ask(`${PARAMETER}?name=listed`, { headers })).status, 200)
    }),
  )
})
