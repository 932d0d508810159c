/**
 * What the CDK construct grants for a config.yaml: the statements that the command `policy` prints, for every kind that there is.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { GRANTS, statementsFor } from "../../cdk/statements.ts"
import { UNKNOWN_REGION } from "../../cli/config/ConfigSource.ts"
import { makePolicies } from "../../cli/policy/policy.ts"
import { parseConfig } from "../../src/config/ConfigFile.ts"
import { KINDS } from "../../src/kinds/kinds.ts"
import { folderOf } from "../support/lambda.ts"

const CONFIG = `
parameters:
  - names: [/shop/greeting, /shop/db-url]
  - names: [other]
    role_arn: arn:aws:iam::999999999999:role/reader
secrets:
  - names: [db/main]
dynamodb:
  - { table: Orders, hashkey: id, hashkeytype: S, hashkeyvalue: "7" }
`
const KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
const CONTEXT = {
  partition: "aws",
  region: "eu-west-1",
  account: "123456789012",
  kmsKeys: [KEY],
  ids: new Map<string, string>(),
}

describe("the statements for a config.yaml", () => {
  it.effect("are those that the command policy prints", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "config.yaml": CONFIG })
      const plan = yield* parseConfig(CONFIG, { file: "config.yaml", region: UNKNOWN_REGION, ttl: undefined })
      const { own } = yield* makePolicies(plan, CONTEXT)
      assert.deepStrictEqual(statementsFor(`${folder}/config.yaml`, CONTEXT), own)
      assert.deepStrictEqual(statementsFor(folder, CONTEXT), own)
      const actions = own.flatMap(({ Action }) => Action)
      assert.includeMembers(actions, ["ssm:GetParameters", "sts:AssumeRole", "kms:Decrypt"])
    }),
  )

  it.effect("have the values of its variables, and what the file that it includes lists", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({
        "config.yaml": "include: common.yaml\nparameters: [{ names: [/shop/${STAGE}/db] }]\n",
        "common.yaml": "parameters: [{ names: [/common/level] }]\n",
      })
      const resources = statementsFor(folder, { ...CONTEXT, variables: { STAGE: "prod" } }).flatMap(
        ({ Resource }) => Resource,
      )
      assert.includeMembers(resources, [
        "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/prod/db",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/common/level",
      ])
      assert.throws(() => statementsFor(folder, CONTEXT), "the variable STAGE is not set")
    }),
  )

  it("are known for every kind", () => {
    assert.sameMembers([...GRANTS.keys()], [...KINDS])
  })

  it.effect("are none for a file with faults: the error has all of them, with their lines", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({
        "config.yaml": "parameters:\n  - nmes: [a]\ncache: { ttl: 5 }\n",
        "broken.yaml": "a: [",
      })
      assert.throws(() => statementsFor(folder, CONTEXT), /config\.yaml:2:.*nmes[^]*config\.yaml:3:.*ttl/)
      assert.throws(() => statementsFor(`${folder}/broken.yaml`, CONTEXT), /broken\.yaml:1/)
      assert.throws(
        () => statementsFor(`${folder}/none.yaml`, CONTEXT),
        /none\.yaml: found nothing that can be read; allowed/,
      )
    }),
  )
})
