/**
 * The Terraform module, run by Terraform: formatted, valid, applied, and its errors for wrong variables. `terraformRun.ts` runs
 * it.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { blocksOf, tablesOf, textOf } from "../docs/markdown.ts"
import { skipped } from "../support/skipped.ts"
import {
  applied,
  because,
  buildProvider,
  canApply,
  configuration,
  hasTerraform,
  MODULE,
  terraform,
  used,
} from "./terraformRun.ts"

beforeAll(() => {
  if (canApply) buildProvider()
})

const ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:cache-extension-arm64:7"

it.skipIf(!hasTerraform)(
  `the module is formatted${skipped(!hasTerraform, "without terraform on PATH")}`,
  () => {
    const { said, status } = terraform(MODULE, "fmt", "-check", "-recursive", "-diff")
    assert.deepStrictEqual([status, said.trim()], [0, ""])
  },
)

it.each(["", "shared-tier"])("the page of the module %s lists its variables and outputs", (module) => {
  const page = textOf(path.join("terraform", module, "README.md"))
  const namesIn = (file: string) =>
    Array.from(
      readFileSync(path.join(MODULE, module, file), "utf8").matchAll(/^(?:variable|output) "(\w+)"/gm),
      ([, name]) => name,
    )
  assert.deepStrictEqual(
    tablesOf(page, "variable", "default", "what it is").map(([name]) => name),
    namesIn("variables.tf"),
  )
  assert.deepStrictEqual(
    tablesOf(page, "output", "what it is").map(([name]) => name),
    namesIn("outputs.tf"),
  )
})

describe.skipIf(!canApply)(`the module${because}`, () => {
  it.effect.each(["docs/deploy.md", "terraform/README.md"])("is used rightly by %s", (page) =>
    Effect.gen(function* () {
      const [block = ""] = blocksOf(textOf(page), "hcl")
      const [called = ""] = /^module[^]*?^}/m.exec(block) ?? []
      const folder = yield* configuration(`${called.replace(/"\.\/node_modules[^"]*"/, '"./module"')}
data "aws_iam_policy_document" "cache_extension" {}
resource "aws_iam_role" "orders" {
  name               = "orders"
  assume_role_policy = "{}"
}
output "layer_arn" {
  value = module.cache_extension.layer_arn
}
`)
      cpSync(
        path.join(folder, "cache-extension-arm64.zip"),
        path.join(folder, "layers/cache-extension-arm64.zip"),
      )
      terraform(folder, "get")
      const { said, status } = terraform(folder, "plan", "-no-color")
      assert.strictEqual(status, 0, said)
    }),
  )

  it.effect.each(["archive", "published"])("is valid in the example %s", (example) =>
    Effect.gen(function* () {
      const folder = yield* configuration("")
      const cwd = path.join(folder, "module/examples", example)
      // What the example's reader has made before.
      mkdirSync(path.join(folder, "dist"), { recursive: true })
      writeFileSync(path.join(folder, "dist/cache-extension-arm64.zip"), "")
      terraform(cwd, "get")
      const validated = terraform(cwd, "validate", "-no-color")
      assert.strictEqual(validated.status, 0, validated.said)
      const planned = terraform(
        cwd,
        "plan",
        "-no-color",
        "-var",
        `${example === "archive" ? "bucket=b" : `layer_arn=${ARN}`}`,
      )
      assert.strictEqual(planned.status, 0, planned.said)
    }),
  )

  it.effect("passes a published version on, and creates nothing", () =>
    Effect.gen(function* () {
      const { outputs, resources } = yield* applied(`  layer_arn = "${ARN}"`)
      assert.deepStrictEqual(outputs, { layer_arn: ARN, environment: {} })
      assert.isEmpty(resources)
    }),
  )

  it.effect("publishes the Node layer directly, for both architectures", () =>
    Effect.gen(function* () {
      const { resources } = yield* applied(`  archive = "cache-extension-node.zip"`)
      assert.lengthOf(resources, 1)
      assert.deepInclude(resources[0]?.values, {
        layer_name: "cache-extension-node",
        filename: "cache-extension-node.zip",
        compatible_architectures: ["arm64", "x86_64"],
        skip_destroy: true,
      })
    }),
  )

  it.effect("publishes an archive through a bucket, under a key that changes with its content", () =>
    Effect.gen(function* () {
      const { resources } = yield* applied(`  archive = "cache-extension-arm64.zip"\n  bucket = "artifacts"`)
      const values = new Map(resources.map((resource) => [resource.type, resource.values]))
      const key = values.get("aws_s3_object")?.["key"]
      assert.match(String(key), /^cache-extension\/[\da-f]{64}\/cache-extension-arm64\.zip$/)
      assert.deepInclude(values.get("aws_lambda_layer_version"), {
        s3_bucket: "artifacts",
        s3_key: key,
        filename: null,
        compatible_architectures: ["arm64"],
      })
    }),
  )

  it.effect("gives settings as the extension's variables, and leaves out what is not set", () =>
    Effect.gen(function* () {
      const settings = `{ ttl = "15m", init_startup = true, port = 4711, log_level = "warn" }`
      const { outputs } = yield* applied(`  layer_arn = "${ARN}"\n  settings = ${settings}`)
      assert.deepStrictEqual(outputs.environment, {
        CACHE_EXTENSION_TTL: "15m",
        CACHE_EXTENSION_INIT_STARTUP: "true",
        CACHE_EXTENSION_PORT: "4711",
        CACHE_EXTENSION_LOG_LEVEL: "warn",
      })
    }),
  )

  it.effect("attaches the policy to every role that it is given", () =>
    Effect.gen(function* () {
      const policy = `jsonencode({ Version = "2012-10-17", Statement = [] })`
      const { resources } = yield* applied(
        `  layer_arn = "${ARN}"\n  policy = ${policy}\n  roles = { a = "one", b = "two" }`,
      )
      assert.deepStrictEqual(
        resources.map(({ values }) => values["role"]),
        ["one", "two"],
      )
    }),
  )

  it.effect.each<[string, string]>([
    ["", "Set layer_arn to the ARN of a published version, or archive to the path of an archive."],
    [
      `layer_arn = "arn:aws:lambda:eu-west-1:123456789012:layer:x"`,
      "layer_arn must be the ARN of a version, such as",
    ],
    [
      `archive = "layer.zip"`,
      "archive must be the path of cache-extension-node.zip, cache-extension-arm64.zip or",
    ],
    [`archive = "none/cache-extension-node.zip"`, "archive must name a file that exists:"],
    [`layer_arn = "${ARN}"\nsettings = { ttl = "5" }`, "settings.ttl must be a duration such as 30s"],
    [
      `layer_arn = "${ARN}"\nsettings = { port = 0 }`,
      "settings.port must be a whole number from 1 to 65535.",
    ],
    [`layer_arn = "${ARN}"\nsettings = { emf_every = 0 }`, "settings.emf_every must be a whole number"],
    [`layer_arn = "${ARN}"\nsettings = { log_level = "loud" }`, "settings.log_level must be debug, info,"],
    [`layer_arn = "${ARN}"\nsettings = { log_format = "xml" }`, "settings.log_format must be text or json."],
    [
      `layer_arn = "${ARN}"\nsettings = { otlp_endpoint = "localhost:4318" }`,
      "settings.otlp_endpoint must be a URL",
    ],
    [`layer_arn = "${ARN}"\npolicy = "{}"`, "policy must be an IAM policy in JSON:"],
    [`layer_arn = "${ARN}"\nroles = { a = "one" }`, "Set policy to the policy for the roles:"],
    [`layer_arn = "${ARN}"\nlayer_name = "a b"`, "layer_name must have 1 to 64 of"],
  ])("refuses %s", ([inputs, message]) =>
    Effect.gen(function* () {
      const folder = yield* configuration(used(inputs))
      terraform(folder, "get")
      const { said, status } = terraform(folder, "plan", "-no-color")
      assert.strictEqual(status, 1, said)
      assert.include(said, message)
    }),
  )
})
