/**
 * The Terraform module of the shared tier, run by Terraform: it makes the table that the store uses, and the policy that the command
 * `policy` prints.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { makePolicies } from "../../cli/policy/policy.ts"
import { decodeSettings } from "../../src/config/Settings.ts"
import { ATTRIBUTES } from "../../src/shared/stores/dynamodb.ts"
import { planOf } from "../support/configs.ts"
import { applied, because, buildProvider, canApply, configuration, terraform, used } from "./terraformRun.ts"

/** The stand-in for the provider knows none. */
const KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

beforeAll(() => {
  if (canApply) buildProvider()
})

describe.skipIf(!canApply)(`the module of the shared tier${because}`, () => {
  it.effect(
    "makes the table, the key and the policy of the shared tier, as the command policy prints it",
    () =>
      Effect.gen(function* () {
        const { outputs, resources } = yield* applied(
          `  namespace = "shop"\n  roles = { a = "one" }`,
          "module/shared-tier",
        )
        const values = new Map(resources.map((resource) => [resource.type, resource.values]))
        assert.deepInclude(values.get("aws_dynamodb_table"), {
          billing_mode: "PAY_PER_REQUEST",
          hash_key: ATTRIBUTES.key,
          attribute: [{ name: ATTRIBUTES.key, type: "S" }],
        })
        assert.nestedInclude(values.get("aws_dynamodb_table"), {
          "ttl[0].attribute_name": ATTRIBUTES.expires,
          "ttl[0].enabled": true,
        })
        const { common } = Result.getOrThrow(
          decodeSettings({ CACHE_EXTENSION_DEFAULTS: outputs.defaults.replace("aws_kms_key.arn", KEY_ARN) }),
        )
        const { own } = yield* makePolicies(planOf("secrets: [{ names: [db] }]", { common }), {
          partition: "aws",
          region: "eu-west-1",
          account: "123456789012",
          ids: new Map(),
          kmsKeys: [],
        })
        const { Statement } = JSON.parse(String(values.get("aws_iam_policy")?.["policy"]))
        const essence = ({
          Action,
          Condition,
          Sid,
        }: {
          Action: unknown
          Condition?: unknown
          Sid: string
        }) => ({
          Sid,
          Action,
          Condition: JSON.parse(JSON.stringify(Condition).replaceAll(/\[("[^"]*")\]/g, "$1")),
        })
        assert.deepStrictEqual(
          Statement.map(essence),
          own.filter(({ Sid }) => Sid.startsWith("SharedTier")).map(essence),
        )
        assert.strictEqual(values.get("aws_iam_role_policy_attachment")?.["role"], "one")
      }),
  )

  it.effect("refuses a namespace that no config.yaml may have", () =>
    Effect.gen(function* () {
      const folder = yield* configuration(used(`  namespace = "a/b"`, "module/shared-tier"))
      terraform(folder, "get")
      const { said, status } = terraform(folder, "plan", "-no-color")
      assert.strictEqual(status, 1, said)
      assert.include(said, "namespace must have 1 to 128 of")
    }),
  )
})
