/**
 * The policy that the command line prints, against the calls that local AWS records of the built extension: AWS would allow
 * each of them.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Statement } from "../../cli/policy/policy.ts"
import type { Call } from "../../local/aws/Calls.ts"
import { cli } from "../support/cli.ts"
import { onEachArtifact, startEnvironment } from "../support/extension.ts"
import { type CheckedCall, deniedOf, needsOf } from "../support/iam.ts"

const ROLE = "arn:aws:iam::222222222222:role/reader"
const ACCOUNT = "111111111111"

const CONFIG = `
cache: { forced_refresh_interval: 0s }
parameters:
  - names: [A, B, /aws/reference/secretsmanager/db/main]
    paths: [/app/prod/]
  - { role_arn: "${ROLE}", names: [C] }
secrets:
  - names: [db/main, db/other]
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: two }
appconfig:
  - { application: shop, environment: prod, profile: flags }
`
const SEED = {
  parameters: ["A", "B", "C", "/app/prod/x"].map((name) => ({ name, value: name })),
  secrets: ["db/main", "db/other"].map((name) => ({ name, value: name })),
  tables: [{ name: "Things", hashKey: { name: "id" }, items: [{ id: "one" }, { id: "two" }] }],
  appconfig: [{ application: "shop", environment: "prod", profile: "flags", content: "{}" }],
}
const IDS = ["shop", "prod", "flags"].flatMap((name) => ["--id", `${name}=${name}`])

/** A recorded call, as IAM sees it. */
const checked = ({ names, operation, region, role, service }: Call): CheckedCall => {
  const account = role?.split(":")[4] ?? ACCOUNT
  if (service === "dynamodb") return { operation, region, account, names: ["Things"] }
  return {
    operation,
    region,
    account,
    names: service === "appconfig" ? names.flatMap((name) => name.split("/")) : names,
  }
}

const statementsFor = (region: string, ...args: ReadonlyArray<string>) =>
  Effect.map(
    cli(["policy", "-", "--account", ACCOUNT, "--region", region, ...IDS, ...args], CONFIG),
    ({ stdout }) => (JSON.parse(stdout) as { readonly Statement: ReadonlyArray<Statement> }).Statement,
  )

onEachArtifact("the policy of a config.yaml", (artifact) => {
  it.live(
    "allows each call that the extension makes: at start-up, for reads, for versions and as another role",
    () =>
      Effect.gen(function* () {
        const { ask, aws } = yield* startEnvironment({ artifact, config: CONFIG, seed: SEED, preload: true })
        const again = { headers: { "cache-control": "no-cache" } }
        for (const path of [
          "/parameters?name=A",
          "/parameters?name=A&version=1",
          "/parameters?name=/app/prod/x&version=1",
          "/parameters?name=A&name=B",
          "/parameters?name=C",
          "/parameters?name=/aws/reference/secretsmanager/db/main",
          "/parameters?path=/app/prod",
          "/secrets?name=db/main",
          "/secrets?name=db/main&name=db/other",
          "/secrets?name=db/main&versionStage=AWSCURRENT",
          "/dynamodb?name=Things-one",
          "/dynamodb?name=Things-one&name=Things-two",
          "/appconfig?name=shop/prod/flags",
        ])
          assert.strictEqual((yield* ask(path, again)).status, 200, path)

        const calls = yield* aws.calls.all
        const region = calls.find(({ service }) => service === "ssm")?.region ?? ""
        const own = calls.filter(({ role }) => role === undefined)
        const others = calls.filter(({ role }) => role !== undefined)
        assert.isNotEmpty(others)
        assert.deepStrictEqual(deniedOf(yield* statementsFor(region), own.map(checked).flatMap(needsOf)), [])
        const ofRole = yield* statementsFor(region, "--role", ROLE)
        assert.deepStrictEqual(deniedOf(ofRole, others.map(checked).flatMap(needsOf)), [])
        assert.includeMembers(
          own.map(({ operation }) => operation),
          [
            "GetParameter",
            "GetParameters",
            "GetParametersByPath",
            "GetSecretValue",
            "BatchGetSecretValue",
            "GetItem",
            "BatchGetItem",
            "StartConfigurationSession",
            "GetLatestConfiguration",
            "AssumeRole",
          ],
        )
      }),
  )
})
