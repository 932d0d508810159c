/**
 * sam/shared-tier.yaml: the table is the one that the store uses, the policy is the one that the command `policy` prints, and
 * what it tells functions is a valid CACHE_EXTENSION_DEFAULTS.
 */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import path from "node:path"
import { Effect, Result } from "effect"
import { makePolicies } from "../../cli/policy/policy.ts"
import { decodeSettings } from "../../src/config/Settings.ts"
import { ATTRIBUTES } from "../../src/shared/stores/dynamodb.ts"
import { ROOT } from "../docs/markdown.ts"
import { planOf } from "../support/configs.ts"
import { readTemplate } from "./template.ts"

const text = readFileSync(path.join(ROOT, "sam/shared-tier.yaml"), "utf8")
const template = readTemplate(text)
const ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

/** What the template tells functions, as CloudFormation would fill it in. */
const defaults = (): string => {
  const [, written = ""] = /Value: !Sub '(.*)'/.exec(text) ?? []
  return written
    .replaceAll("${Table}", "shared")
    .replaceAll("${Namespace}", "shop")
    .replaceAll("${Key.Arn}", ARN)
}

describe("sam/shared-tier.yaml", () => {
  it("makes the table that the store uses, on demand and with time to live", () => {
    const { Properties } = template.Resources["Table"] ?? { Properties: {} }
    assert.deepStrictEqual<unknown>(Properties, {
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: ATTRIBUTES.key, AttributeType: "S" }],
      KeySchema: [{ AttributeName: ATTRIBUTES.key, KeyType: "HASH" }],
      TimeToLiveSpecification: { AttributeName: ATTRIBUTES.expires, Enabled: true },
    })
  })

  it.effect("tells functions what makes a valid plan, and grants what the command policy says of it", () =>
    Effect.gen(function* () {
      const { common } = Result.getOrThrow(decodeSettings({ CACHE_EXTENSION_DEFAULTS: defaults() }))
      const plan = planOf("secrets: [{ names: [db] }]", { common })
      assert.deepInclude(plan.shared, { namespace: "shop" })
      const { own } = yield* makePolicies(plan, {
        partition: "aws",
        region: "eu-west-1",
        account: "123456789012",
        ids: new Map(),
        kmsKeys: [],
      })
      for (const { Action, Sid } of own.filter(({ Sid }) => Sid.startsWith("SharedTier"))) {
        const [, block = ""] = text.split(`Sid: ${Sid}`)
        assert.include(block, `Action: [${Action.join(", ")}]`)
      }
      assert.lengthOf(
        own.filter(({ Sid }) => Sid.startsWith("SharedTier")),
        2,
      )
    }),
  )
})
