/**
 * The policies for random configurations, against the calls that the sources make for them: every call is allowed, and
 * nothing is allowed that no call needs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { allowedBy, covers, deniedOf, needsOf } from "../../support/iam.ts"
import { ACCOUNT, callsOf, configText, REGION } from "../../support/policyConfigs.ts"
import { readConfig } from "../../support/configs.ts"
import { UNKNOWN_REGION } from "../../../cli/config/ConfigSource.ts"
import { makePolicies } from "../../../cli/policy/policy.ts"

const CONTEXT = {
  partition: "aws",
  region: REGION,
  account: ACCOUNT,
  ids: new Map(["shop", "prod", "flags", "limits"].map((name) => [name, name])),
  kmsKeys: [],
}

/** The policies of a config.yaml and the calls that it leads to, by the role that makes them. */
const judge = Effect.fnUntraced(function* (text: string) {
  const plan = Result.getOrThrow(
    readConfig(text, { file: "config.yaml", region: UNKNOWN_REGION, ttl: undefined }),
  )
  const real = Result.getOrThrow(readConfig(text, { file: "config.yaml", region: REGION, ttl: undefined }))
  const policies = yield* makePolicies(plan, CONTEXT)
  const calls = yield* callsOf(real)
  return [undefined, ...policies.roles.keys()].map((role) => ({
    role,
    statements: role === undefined ? policies.own : (policies.roles.get(role) ?? []),
    needs: calls.filter((call) => call.role === role).flatMap(needsOf),
  }))
})

describe("the policies of a config.yaml", () => {
  const samples = Arbitrary.sampleEffect(configText, { count: 60, seed: 7 })

  it.effect("allow every call that the extension makes for it, and nothing that no call needs", () =>
    Effect.gen(function* () {
      let calls = 0
      for (const text of yield* samples) {
        for (const { needs, role, statements } of yield* judge(text)) {
          calls += needs.length
          assert.deepStrictEqual(deniedOf(statements, needs), [], `${text} as ${role}`)
          const unused = allowedBy(statements).filter(
            (allowed) => !needs.some((need) => covers(allowed, need)),
          )
          assert.deepStrictEqual(unused, [], `${text} as ${role}`)
        }
      }
      assert.isAbove(calls, 1_000)
    }),
  )

  it.effect(
    "have a wildcard only below a path, for the end of a secret's ARN, and where an action has no resource",
    () =>
      Effect.gen(function* () {
        for (const text of yield* samples) {
          for (const { statements } of yield* judge(text)) {
            const wild = allowedBy(statements).filter(({ resource }) => /[*?]/.test(resource))
            for (const { action, resource } of wild) {
              const isKnown =
                (action.startsWith("ssm:") && /:parameter\/([\w/]+\/)?\*$/.test(resource)) ||
                /:secret:[^*?]+-\?{6}$/.test(resource) ||
                (action === "secretsmanager:BatchGetSecretValue" && resource === "*")
              assert.isTrue(isKnown, `${action} on ${resource}`)
            }
          }
        }
      }),
  )

  it.effect(
    "name each role that reads a section in the function's policy, and what it reads in its own",
    () =>
      Effect.gen(function* () {
        const role = "arn:aws-cn:iam::222222222222:role/reader"
        const plan = Result.getOrThrow(
          readConfig(`parameters: [{role_arn: "${role}", region: cn-north-1, names: [A]}]`),
        )
        const { own, roles } = yield* makePolicies(plan, CONTEXT)
        assert.deepStrictEqual(allowedBy(own), [{ action: "sts:AssumeRole", resource: role }])
        assert.deepStrictEqual(
          allowedBy(roles.get(role) ?? []).map(({ resource }) => resource),
          Array.from({ length: 2 }, () => "arn:aws-cn:ssm:cn-north-1:222222222222:parameter/A"),
        )
      }),
  )

  it.effect("name the region of the function where a header of a URL is a secret", () =>
    Effect.gen(function* () {
      const arn = "arn:aws:secretsmanager:us-west-2:222222222222:secret:other-AbCdEf"
      const urls = [
        { url: "https://a.example/", headers: [{ name: "Authorization", secret: "a" }] },
        { url: "https://b.example/", headers: [{ name: "Authorization", secret: "b" }], region: "us-west-2" },
        { url: "https://c.example/", headers: [{ name: "Authorization", secret: arn }] },
      ]
      const text = JSON.stringify({ http: urls })
      const plan = readConfig(text, { file: "config.yaml", region: UNKNOWN_REGION, ttl: undefined })
      const { own } = yield* makePolicies(Result.getOrThrow(plan), CONTEXT)
      assert.sameMembers(
        own.flatMap(({ Resource }) => Resource).filter((resource) => resource !== "*"),
        [
          `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:a-??????`,
          `arn:aws:secretsmanager:us-west-2:${ACCOUNT}:secret:b-??????`,
          arn,
        ],
      )
    }),
  )

  it.effect("allow an object whose key looks like a pattern or a variable, and no longer key", () =>
    Effect.gen(function* () {
      const keys = ["a*b", "a?b", "price$", "x`y", "back\\slash", "100%{x}", "a b/Grüße+1.txt"]
      const config = JSON.stringify({ s3: keys.map((key) => ({ bucket: "shop", key })) })
      const { own } = yield* makePolicies(Result.getOrThrow(readConfig(config)), CONTEXT)
      assert.sameMembers(
        own.flatMap(({ Resource }) => Resource),
        ["a?b", "price?", "x?y", "back?slash", "100?{x}", "a b/Grüße+1.txt"].map(
          (key) => `arn:aws:s3:::shop/${key}`,
        ),
      )
    }),
  )

  it.effect("have ids that IAM accepts: letters and digits, each id once", () =>
    Effect.gen(function* () {
      for (const text of yield* samples) {
        for (const { statements } of yield* judge(text)) {
          const ids = statements.map(({ Sid }) => Sid)
          for (const id of ids) assert.match(id, /^[A-Za-z0-9]+$/)
          assert.strictEqual(new Set(ids).size, ids.length, ids.join())
        }
      }
    }),
  )

  it.effect("leave decryption to the services that hold the values, with the given keys", () =>
    Effect.gen(function* () {
      const key = "arn:aws:kms:eu-west-1:111111111111:key/1"
      const text = `parameters: [{names: [/aws/reference/secretsmanager/s]}]`
      const plan = Result.getOrThrow(readConfig(text))
      const { own } = yield* makePolicies(plan, { ...CONTEXT, kmsKeys: [key] })
      const last = own.at(-1)
      assert.deepStrictEqual([last?.Action, last?.Resource], [["kms:Decrypt"], [key]])
      assert.deepStrictEqual(last?.Condition, {
        StringEquals: {
          "kms:ViaService": ["secretsmanager.eu-west-1.amazonaws.com", "ssm.eu-west-1.amazonaws.com"],
        },
      })
    }),
  )
})
