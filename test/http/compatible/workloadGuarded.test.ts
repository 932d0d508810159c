/**
 * Whom the routes of the workload credentials provider let in, and which peer's form an answer has if both peers are offered.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TOKEN, AWS_HEADER, VAULT_HEADER, SECRET, roleArn, start } from "./workloadSetup.ts"

describe("the routes of the workload credentials provider", () => {
  it.effect("let in whoever shows the token in either header", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      const shown = [
        { [VAULT_HEADER]: TOKEN },
        { [AWS_HEADER]: TOKEN },
        { [AWS_HEADER]: "wrong", [VAULT_HEADER]: TOKEN },
      ]
      for (const headers of shown) assert.strictEqual((yield* ask("/v1/db", headers)).status, 200)
    }),
  )

  it.effect.each<readonly [string, Record<string, string>]>([
    ["no token", {}],
    ["another token", { [AWS_HEADER]: "other" }],
    ["an empty token", { [VAULT_HEADER]: "" }],
    ["the token in a header that is none of a token's", { authorization: TOKEN, "x-token": TOKEN }],
  ])("answer 403 to %s, whatever is asked for", ([, headers]) =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      for (const path of [`${SECRET}?secretId=db`, "/v1/db", "/v1/db?refreshNow=true", "/nothing"]) {
        assert.deepInclude(yield* ask(path, headers), { status: 403, body: "Bad Token" })
      }
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect.each([
    [{ AWS_TOKEN: "own" }, "own", 200],
    [{ AWS_TOKEN: "own" }, TOKEN, 403],
    [{ AWS_SESSION_TOKEN: "", AWS_CONTAINER_AUTHORIZATION_TOKEN: "container" }, "container", 200],
    [{ AWS_TOKEN: "file:///nowhere/token" }, "file:///nowhere/token", 403],
  ] as const)("take the token from the first variable that is set: %o", ([env, token, status]) =>
    Effect.gen(function* () {
      const { ask } = yield* start({ env })
      assert.strictEqual((yield* ask("/v1/db", { [VAULT_HEADER]: token })).status, status)
    }),
  )

  it.effect("answer 400 to what a proxy has forwarded, before the token is looked at", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      for (const headers of [{ [VAULT_HEADER]: TOKEN }, {}]) {
        const answer = yield* ask("/v1/db", { ...headers, "x-forwarded-for": "10.0.0.1" })
        assert.deepInclude(answer, { status: 400, body: "Forwarded" })
      }
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect.each<readonly [string, Record<string, string>]>([
    ["under a foreign Host", { host: "evil.example" }],
    ["through another proxy", { via: "1.1 proxy" }],
    ["from a web page", { origin: "https://evil.example" }],
    ["from a browser", { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }],
  ])("answer 403 to what comes %s, token or not", ([, headers]) =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start()
      const answer = yield* ask("/v1/db", { [VAULT_HEADER]: TOKEN, ...headers })
      assert.strictEqual(answer.status, 403)
      assert.deepStrictEqual(asked, [])
    }),
  )

  it.effect("say that they are healthy to whoever asks, without a token", () =>
    Effect.gen(function* () {
      const { ask } = yield* start()
      for (const headers of [{}, { [VAULT_HEADER]: "wrong" }, { "x-forwarded-for": "10.0.0.1" }]) {
        assert.deepInclude(yield* ask("/ping", headers), { status: 200, body: "healthy" })
      }
      assert.strictEqual((yield* ask("/ping", { host: "evil.example" })).status, 403)
    }),
  )

  it.effect.each(["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])("answer %s with 405", ([...letters]) =>
    Effect.gen(function* () {
      const method = letters.join("")
      const { ask, asked } = yield* start()
      for (const path of [`${SECRET}?secretId=db`, "/v1/db", "/ping"]) {
        const answer = yield* ask(path, { [VAULT_HEADER]: TOKEN }, method)
        assert.deepStrictEqual([answer.status, answer.headers.get("allow")], [405, "GET"])
      }
      assert.deepStrictEqual(asked, [])
    }),
  )
})

describe("where both peers are offered, a request is answered in the manner of", () => {
  const manner = ({ body, status }: { readonly body: string; readonly status: number }) =>
    status === 401 || body.includes("ResultMetadata") ? "Parameters and Secrets" : "the provider"

  it.effect.each<readonly [string, string, Record<string, string>]>([
    ["Parameters and Secrets", `${SECRET}?secretId=db`, { [AWS_HEADER]: TOKEN }],
    ["Parameters and Secrets", `${SECRET}/?secretId=db`, { [AWS_HEADER]: TOKEN }],
    ["Parameters and Secrets", `${SECRET}?secretId=db`, {}],
    ["Parameters and Secrets", "/systemsmanager/parameters/get?name=p", { [AWS_HEADER]: TOKEN }],
    ["the provider", `${SECRET}?secretId=db`, { [VAULT_HEADER]: TOKEN }],
    ["the provider", `${SECRET}?secretId=db&refreshNow=false`, { [AWS_HEADER]: TOKEN }],
    ["the provider", `${SECRET}?secretId=db&roleArn=${roleArn("a")}`, { [AWS_HEADER]: TOKEN }],
    ["the provider", `${SECRET}?secretId=db&roleArn=nonsense`, {}],
    ["the provider", "/v1/db", { [AWS_HEADER]: TOKEN }],
    ["the provider", "/v1/db", {}],
    ["the provider", "/ping", {}],
  ])("%s: %s", ([whose, path, headers]) =>
    Effect.gen(function* () {
      const { ask } = yield* start({ both: true })
      assert.strictEqual(manner(yield* ask(path, headers)), whose)
    }),
  )

  it.effect("neither, if it shows no token of either", () =>
    Effect.gen(function* () {
      const { ask, asked } = yield* start({ both: true, env: { AWS_TOKEN: "own" } })
      for (const token of ["own", TOKEN]) {
        assert.strictEqual((yield* ask(`${SECRET}?secretId=db`, { [AWS_HEADER]: token })).status, 200)
      }
      assert.strictEqual((yield* ask(`${SECRET}?secretId=db`, { [AWS_HEADER]: "third" })).status, 401)
      assert.strictEqual((yield* ask("/v1/db", { [AWS_HEADER]: "third" })).status, 403)
      assert.strictEqual(asked.length, 2)
    }),
  )
})
