/**
 * The command `policy`: its formats, each read by the tool that users give it to, and what it says beside the policy.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import path from "node:path"
import * as Yaml from "yaml"
import { blocksOf, textOf } from "../../docs/markdown.ts"
import { cli } from "../../support/cli.ts"
import { folderOf } from "../../support/lambda.ts"
import { skipped } from "../../support/skipped.ts"

const ROLE = "arn:aws:iam::222222222222:role/reader"
const CONFIG = `
parameters:
  - names: [/shop/greeting, A]
    paths: [/app/prod/]
  - { role_arn: "${ROLE}", names: [B] }
secrets:
  - names: [db/main, db/replica]
dynamodb:
  - { table: Orders, hashkey: id, hashkeytype: S, hashkeyvalue: "7" }
appconfig:
  - { application: shop, environment: prod, profile: flags }
`
const KEY = "arn:aws:kms:eu-west-1:111111111111:key/1234"
const PLACE = ["--account", "111111111111", "--region", "eu-west-1", "--kms-key", KEY]

interface Document {
  readonly Statement: ReadonlyArray<{
    readonly Action: ReadonlyArray<string>
    readonly Resource: ReadonlyArray<string>
  }>
}

/** The policy as JSON. */
const jsonPolicy = (...args: ReadonlyArray<string>) =>
  Effect.map(cli(["policy", "-", ...PLACE, ...args], CONFIG), ({ stdout }) => JSON.parse(stdout) as Document)

/** A text with what SAM, CDK or Terraform would put in place of their placeholders. */
const resolved = (text: string): string =>
  text
    .replaceAll(/\$\{(?:AWS::Partition|Aws\.PARTITION|data\.aws_partition\.current\.partition)\}/g, "aws")
    .replaceAll(/\$\{(?:AWS::Region|Aws\.REGION|data\.aws_service\.ssm\.region)\}/g, "eu-west-1")
    .replaceAll(
      /\$\{(?:AWS::AccountId|Aws\.ACCOUNT_ID|data\.aws_caller_identity\.current\.account_id)\}/g,
      "111111111111",
    )

const FORMATS = ["sam", "cdk", "terraform"] as const

const terraform = spawnSync("terraform", ["version"]).status === 0

describe("lambda-cache-extension policy", () => {
  it.effect("reads the same from a file, from the folder of a function and from stdin", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "config.yaml": CONFIG })
      const { stdout } = yield* cli(["policy", "-"], CONFIG)
      assert.strictEqual((yield* cli(["policy", folder])).stdout, stdout)
      assert.strictEqual((yield* cli(["policy", path.join(folder, "config.yaml")])).stdout, stdout)
      assert.include(stdout, '"arn:aws:ssm:<region>:<account>:parameter/shop/greeting"')
    }),
  )

  it.effect.each(FORMATS)("allows as %s what it allows as JSON", (format) =>
    Effect.gen(function* () {
      const { stdout } = yield* cli(["policy", "-", "--format", format, "--kms-key", KEY], CONFIG)
      const texts = new Set(resolved(stdout).match(/arn:[\w:/*?-]+|[a-z]+:[A-Z]\w+/g))
      const { Statement } = yield* jsonPolicy()
      const expected = Statement.flatMap(({ Action, Resource }) => Action.concat(Resource))
      for (const text of expected) if (text !== "*") assert.isTrue(texts.has(text), text)
      assert.match(stdout, /(?:- |\[)"\*"/)
    }),
  )

  it.effect("is as SAM the policies of a function, with !Sub where there is a placeholder", () =>
    Effect.gen(function* () {
      const { stdout } = yield* cli(["policy", "-", "--format", "sam"], CONFIG)
      const tags: Array<string> = []
      const sub: Yaml.ScalarTag = { tag: "!Sub", resolve: (text) => (tags.push(text), resolved(text)) }
      const { Policies } = Yaml.parse(stdout, { customTags: [sub] }) as {
        readonly Policies: ReadonlyArray<Document>
      }
      const expected = yield* Effect.map(
        cli(["policy", "-", "--account", "111111111111", "--region", "eu-west-1"], CONFIG),
        ({ stdout }) => JSON.parse(stdout) as Document,
      )
      const sorted = (document: Document | undefined) =>
        document?.Statement.map((statement) => ({ ...statement, Resource: statement.Resource.toSorted() }))
      assert.deepStrictEqual(sorted(Policies[0]), sorted(expected))
      assert.isTrue(tags.every((text) => text.includes("${AWS::")))
    }),
  )

  it.effect.skipIf(!terraform)(
    `is as Terraform what its formatter writes${skipped(!terraform, "without terraform")}`,
    () =>
      Effect.gen(function* () {
        const { stdout } = yield* cli(["policy", "-", "--format", "terraform", "--kms-key", KEY], CONFIG)
        const { status, stdout: diff } = spawnSync("terraform", ["fmt", "-check", "-diff", "-"], {
          input: stdout,
          encoding: "utf8",
        })
        assert.strictEqual(status, 0, diff)
      }),
  )

  it.effect("prints the policy of a role that config.yaml names, and refuses another", () =>
    Effect.gen(function* () {
      const { Statement } = yield* jsonPolicy("--role", ROLE)
      assert.deepStrictEqual(
        Statement.flatMap(({ Resource }) => Resource),
        ["arn:aws:ssm:eu-west-1:222222222222:parameter/B", KEY],
      )
      const other = yield* cli(["policy", "-", "--role", "reader"], CONFIG)
      assert.deepStrictEqual([other.code, other.stdout], [2, ""])
      assert.include(other.stderr, `found "reader", which stdin does not name; allowed: ${ROLE}`)
    }),
  )

  it.effect("allows one application's configurations if the ids are given, and says so if they are not", () =>
    Effect.gen(function* () {
      const resourceOf = ({ Statement }: Document) =>
        Statement.flatMap(({ Resource }) => Resource).find((resource) => resource.includes(":appconfig:"))
      const ids = ["--id", "shop=abc1234", "--id", "prod=def5678", "--id", "flags=ghi9012"]
      assert.strictEqual(
        resourceOf(yield* jsonPolicy(...ids)),
        "arn:aws:appconfig:eu-west-1:111111111111:application/abc1234/environment/def5678/configuration/ghi9012",
      )
      const { stderr } = yield* cli(["policy", "-"], CONFIG)
      assert.include(stderr, "any id is allowed for shop, prod, flags")
    }),
  )

  const NOTES = [
    { config: CONFIG, note: "pass --account and --region, or replace <account> and <region>" },
    { config: CONFIG, note: `print the policy of ${ROLE} with --role` },
    { config: CONFIG, note: "values under a key of your own also need kms:Decrypt" },
    { config: "on_demand: allow", note: "names that are not listed (on_demand: allow)" },
    { config: "compatibility: {parameters_and_secrets: on}", note: "(compatibility.parameters_and_secrets)" },
    { config: "", note: "config.yaml lists nothing, so no permission is needed" },
    {
      config: `parameters: [{names: [${Array.from({ length: 300 }, (_, index) => `/a/${index}`).join()}]}]`,
      note: "split it over managed policies",
    },
  ]
  it.effect.each(NOTES)("says on stderr what the policy cannot know: $note", ({ config, note }) =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* cli(["policy", "-"], config)
      assert.include(stderr, note)
      assert.strictEqual(code, 0)
      JSON.parse(stdout)
    }),
  )

  it.effect("does not say that no permission is needed where functions may ask for what is not listed", () =>
    Effect.gen(function* () {
      const { stderr } = yield* cli(["policy", "-"], "compatibility: {appconfig_agent: on}")
      assert.match(stderr, /config\.yaml lists nothing$/m)
      assert.include(stderr, "names that are not listed (compatibility.appconfig_agent); add statements")
    }),
  )

  it.effect("shows the faults of a config.yaml, and of its own flags, with what is allowed", () =>
    Effect.gen(function* () {
      const broken = yield* cli(["policy", "-"], "cache: {ttl: 5}")
      assert.deepStrictEqual([broken.code, broken.stdout], [1, ""])
      assert.include(broken.stderr, 'stdin:1:14: cache.ttl: found "5"; allowed: a duration')
      const missing = yield* cli(["policy", "/nowhere/config.yaml"])
      assert.include(missing.stderr, "/nowhere/config.yaml: the file: found nothing at this path")
      const account = yield* cli(["policy", "-", "--account", "12"], CONFIG)
      assert.deepStrictEqual([account.code, account.stdout], [2, ""])
      assert.include(account.stderr, "an account's twelve digits")
    }),
  )

  it.effect("prints what docs/cli.md shows", () =>
    Effect.gen(function* () {
      const page = textOf("docs/cli.md").split("\n## policy\n")[1] ?? ""
      const [config = ""] = blocksOf(page, "yaml")
      const [shown = ""] = blocksOf(page, "json")
      const { stdout } = yield* cli(
        ["policy", "-", "--account", "111111111111", "--region", "eu-west-1"],
        config,
      )
      assert.deepStrictEqual(JSON.parse(stdout), JSON.parse(shown))
    }),
  )
})
