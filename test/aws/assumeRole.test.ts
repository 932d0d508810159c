/**
 * How a session of a role is named and asked for. `CredentialsCache.test.ts` has how it is kept and renewed,
 * `localAws.test.ts` the whole way through STS.
 */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Metric } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as Metrics from "../../src/observability/Metrics.ts"
import type { ClientOptions } from "../../src/aws/AwsClients.ts"
import { makeTransport } from "../../src/host/nodeAwsTransport.ts"
import { makeRoleCredentials, roleSessionName } from "../../src/aws/assumeRole.ts"

describe("the name of a session", () => {
  it("is that of the function", () => {
    assert.strictEqual(roleSessionName("my-function_1"), "my-function_1")
  })

  it.each([undefined, "", "f"])("is the extension's where the function's is no name for it: %s", (name) => {
    assert.strictEqual(roleSessionName(name), "cache-extension")
  })

  it("is of 2 to 64 characters, with a hyphen for each that AWS does not take", () => {
    assert.strictEqual(roleSessionName("ab"), "ab")
    assert.strictEqual(roleSessionName("a b/c"), "a-b-c")
    assert.strictEqual(roleSessionName("x".repeat(64)), "x".repeat(64))
    assert.strictEqual(roleSessionName("x".repeat(65)), "x".repeat(64))
  })

  it.prop("is always one that AWS takes", [Arbitrary.schema(Schema.String)], ([name]) => {
    assert.match(roleSessionName(name), /^[\w+=,.@-]{2,64}$/)
  })
})

describe("a session", () => {
  const ROLE = "arn:aws:iam::123456789012:role/reader"
  const EXPIRATION = "2030-01-01T00:00:00Z"

  /** What STS answers in its wire format. */
  const REPLY = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>AKIAROLE</AccessKeyId><SecretAccessKey>key</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>${EXPIRATION}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`

  it.live(
    "is what STS gives for this role and the function's name, asked as the function, and its client goes with it",
    () =>
      Effect.gen(function* () {
        const bodies: Array<string> = []
        let isDestroyed = false
        let asOwn = 0
        const options = {
          region: "us-west-2",
          sha256: makeTransport().sha256,
          credentials: { accessKeyId: "AKIAFUNCTION", secretAccessKey: "secret" },
          requestHandler: {
            handle: async ({ body }: { readonly body: unknown }) => {
              bodies.push(String(body))
              return { response: { statusCode: 200, headers: {}, body: new TextEncoder().encode(REPLY) } }
            },
            destroy: () => {
              isDestroyed = true
            },
          },
        } as unknown as ClientOptions
        yield* Effect.scoped(
          Effect.gen(function* () {
            const sessions = yield* makeRoleCredentials(
              options,
              "my-function",
              (call) => ((asOwn += 1), call),
            )
            const { expiration, ...keys } = yield* sessions.get(ROLE)
            assert.deepStrictEqual(keys, {
              accessKeyId: "AKIAROLE",
              secretAccessKey: "key",
              sessionToken: "token",
            })
            assert.strictEqual(expiration?.getTime(), DateTime.toEpochMillis(DateTime.makeUnsafe(EXPIRATION)))
            assert.isFalse(isDestroyed)
          }),
        )
        assert.isTrue(isDestroyed)
        assert.strictEqual(asOwn, 1)
        const counted = { service: "STS", operation: "AssumeRole", outcome: "ok" }
        const { count } = yield* Metric.value(Metric.withAttributes(Metrics.awsCalls, counted))
        assert.strictEqual(count, 1)
        const [asked = ""] = bodies
        const parameters = new URLSearchParams(asked)
        assert.deepInclude(Object.fromEntries(parameters), {
          Action: "AssumeRole",
          RoleArn: ROLE,
          RoleSessionName: "my-function",
        })
      }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
  )
})
