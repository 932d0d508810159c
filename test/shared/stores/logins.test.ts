/**
 * How the extension logs in to Valkey or Redis: the password in a secret, and the token of IAM.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../../local/aws/seed.ts"
import type { RedisLogin } from "../../../src/config/SharedPlan.ts"
import { redisUrl } from "../../../src/host/bunRedis.ts"
import { textAt } from "../../../src/kinds/textAt.ts"
import { makeLogins } from "../../../src/shared/stores/logins.ts"
import { REGION } from "../../support/aws.ts"
import { clientsOnLocalAws } from "../../support/localSources.ts"

const secret = { kind: "secrets", region: REGION, secretId: "redis", versionStage: "AWSCURRENT" } as const

const loginsFor = (login: RedisLogin, host = "cache.example.com") =>
  makeLogins({ _tag: "Redis", host, port: 6379, isTls: true, login })

const shown = (login: { readonly username?: string; readonly password?: Redacted.Redacted<string> }) => ({
  username: login.username,
  password: login.password && Redacted.value(login.password),
})

const seed = (value: string) =>
  Effect.flatMap(AwsEmulator, ({ endpoint }) =>
    seedFrom(endpoint, { region: REGION, secrets: [{ name: "redis", value }] }),
  )

describe("a password in a secret", () => {
  it.live("is the whole secret or a part of it, and is read again after the server has refused it", () =>
    Effect.gen(function* () {
      yield* seed('{"a/b":{"password":"first"}}')
      const logins = yield* loginsFor({
        _tag: "Password",
        username: "shop",
        secret,
        json: "/a~1b/password",
      })
      assert.deepStrictEqual(shown(yield* logins.get), { username: "shop", password: "first" })
      yield* seed('{"a/b":{"password":"second"}}')
      assert.strictEqual(shown(yield* logins.get).password, "first")
      yield* logins.refused
      assert.strictEqual(shown(yield* logins.get).password, "second")
      const whole = yield* loginsFor({ _tag: "Password", secret })
      assert.deepStrictEqual(shown(yield* whole.get), {
        username: undefined,
        password: '{"a/b":{"password":"second"}}',
      })
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it.live("that is not there is said to be missing, without a word of the secret", () =>
    Effect.gen(function* () {
      yield* seed('{"password":"hunter2"}')
      const logins = yield* loginsFor({ _tag: "Password", secret, json: "/other" })
      const { detail } = yield* Effect.flip(logins.get)
      assert.strictEqual(detail, "the password of the store: the secret has no text at the pointer")
    }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )

  it("is found by a JSON pointer", () => {
    const json = '{"a":{"b":["x",{"c~d/e":"y"}]},"n":1}'
    assert.strictEqual(textAt(json, "/a/b/0"), "x")
    assert.strictEqual(textAt(json, "/a/b/1/c~0d~1e"), "y")
    for (const pointer of ["/n", "/a", "/z", "/a/b/2", "/toString"]) assert.isUndefined(textAt(json, pointer))
    assert.isUndefined(textAt("no JSON", "/a"))
  })
})

describe("a token of IAM", () => {
  it.live.each([
    ["elasticache", "shop.abc.euw1.cache.amazonaws.com", null],
    ["elasticache", "shop-abc.serverless.euw1.cache.amazonaws.com", "ServerlessCache"],
    ["memorydb", "clustercfg.shop.abc.memorydb.eu-west-1.amazonaws.com", null],
  ] as const)(
    "is a request to connect that is signed for %s, valid for 15 minutes: %s",
    ([service, host, type]) =>
      Effect.gen(function* () {
        const logins = yield* loginsFor({ _tag: "Iam", user: "shop", cache: "main", region: REGION }, host)
        const { password = "", username } = shown(yield* logins.get)
        assert.strictEqual(username, "shop")
        assert.notInclude(password, "://")
        const { hostname, searchParams } = new URL(`http://${password}`)
        assert.strictEqual(hostname, "main")
        assert.strictEqual(searchParams.get("Action"), "connect")
        assert.strictEqual(searchParams.get("User"), "shop")
        assert.strictEqual(searchParams.get("ResourceType"), type)
        assert.strictEqual(searchParams.get("X-Amz-Expires"), "900")
        assert.include(searchParams.get("X-Amz-Credential") ?? "", `/${REGION}/${service}/aws4_request`)
        assert.match(searchParams.get("X-Amz-Signature") ?? "", /^[0-9a-f]{64}$/)
      }).pipe(Effect.scoped, Effect.provide(clientsOnLocalAws)),
  )
})

describe("the URL that Bun's client takes", () => {
  it("quotes user and password, and puts an address of version 6 into brackets", () => {
    const password = Redacted.make("p@ss/w:rd")
    assert.strictEqual(
      redisUrl({ host: "::1", port: 6379, isTls: true, username: "a b", password }),
      "rediss://a%20b:p%40ss%2Fw%3Ard@[::1]:6379",
    )
    assert.strictEqual(redisUrl({ host: "cache", port: 1, isTls: false }), "redis://cache:1")
  })
})
