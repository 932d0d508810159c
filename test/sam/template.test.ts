/**
 * The template before anybody deploys it: AWS's own validator, cfn-lint and sam where they are, and what they do not
 * look at (properties of SAM's own types, managed policies, what the original's stack had).
 */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { RegoEngine, TemplateFile } from "@aws/cloudformation-validate"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { readConfig } from "../support/configs.ts"
import { isOnPath } from "./onPath.ts"
import { faultOf } from "./samSchema.ts"
import { allowedBy, functionOf, readTemplate, REGION, resourcesOf, ROOT, SAM, TEMPLATE } from "./template.ts"
import { skipped } from "../support/skipped.ts"

const template = readTemplate()
/** It computes without a pause: 10 s on a machine that has nothing else to do, minutes beside others. */
const VALIDATOR_TIMEOUT = 300_000

const FUNCTIONS = ["NodeFunction", "PythonFunction", "SeedFunction"]
const LINTER_TIMEOUT = 60_000

// Advice that every template gets which names a resource, as the original does, or leaves tags to the stack's own.
const ADVICE = new Set(["I9001", "I9040"])

/** The stacks that the template nests. */
const NESTED = ["alarms", "dashboard"].map((name) => path.join(ROOT, "observability", `${name}.yaml`))
const TEMPLATES = [TEMPLATE, ...NESTED]

const findingsOf = (files: ReadonlyArray<string>): ReadonlyArray<string> => {
  const engine = new RegoEngine()
  try {
    return files.flatMap((file) =>
      engine
        .validateStandard(new TemplateFile(file))
        .diagnostics.filter(({ ruleId }) => !ADVICE.has(ruleId))
        .map(({ entity, message, ruleId }) => `${ruleId} ${entity?.logicalId ?? ""}: ${message}`),
    )
  } finally {
    engine.free()
  }
}

describe("the template", () => {
  it(
    "is free of findings by AWS's validator, and so are the stacks that it nests",
    () => {
      assert.deepStrictEqual(findingsOf(TEMPLATES), [])
    },
    VALIDATOR_TIMEOUT,
  )

  it.skipIf(!isOnPath("cfn-lint"))(
    `is free of findings by cfn-lint${skipped(!isOnPath("cfn-lint"), "without that on PATH")}`,
    () => {
      assert.strictEqual(execFileSync("cfn-lint", TEMPLATES, { encoding: "utf8" }), "")
    },
    LINTER_TIMEOUT,
  )

  it.skipIf(!isOnPath("sam"))(
    `is a SAM template${skipped(!isOnPath("sam"), "without sam on PATH")}`,
    () => {
      const args = ["validate", "--lint", "--region", REGION, "--template", TEMPLATE]
      assert.include(execFileSync("sam", args, { encoding: "utf8", stdio: "pipe" }), "valid SAM Template")
    },
    LINTER_TIMEOUT,
  )

  it.each(Object.keys(template.Resources))("gives %s no property that its type does not have", (id) => {
    const resource = template.Resources[id]
    assert.isDefined(resource)
    if (resource.Type.startsWith("AWS::Serverless::") || resource.Type.startsWith("Custom::")) {
      assert.isUndefined(faultOf(resource))
    } else {
      // The validator above knows the schemas of CloudFormation's own types.
      assert.match(resource.Type, /^AWS::(CloudFormation|DynamoDB|IAM|Logs|SSM|SecretsManager)::/)
    }
  })

  it("would not pass with a misspelt property of SAM's own types, or a runtime past its end", () => {
    const [layer, node] = [template.Resources["CacheExtensionLayerArm64"], template.Resources["NodeFunction"]]
    assert.isDefined(layer)
    assert.isDefined(node)
    const misspelt = { ...layer, Properties: { ...layer.Properties, LicenceInfo: "MIT-0" } }
    const old = { ...node, Properties: { ...node.Properties, Runtime: "nodejs16.x" } }
    assert.include(faultOf(misspelt), "LicenceInfo")
    assert.include(faultOf(old), "Runtime")
  })

  it("nests the shared tier, the dashboard and the alarms of both functions only if the deployment asks for them", () => {
    const stacks = resourcesOf(template, "AWS::CloudFormation::Stack")
    assert.strictEqual(template.Parameters["Observability"]?.Default, "off")
    assert.strictEqual(template.Parameters["SharedTier"]?.Default, "off")
    assert.deepStrictEqual(
      stacks.map(([, { Properties }]) => path.resolve(SAM, String(Properties["TemplateURL"]))),
      [
        "sam/shared-tier.yaml",
        "observability/alarms.yaml",
        "observability/alarms.yaml",
        "observability/dashboard.yaml",
      ].map((file) => path.join(ROOT, file)),
    )
    for (const [id, { Condition, Properties }] of stacks) {
      assert.strictEqual(Condition, id === "Shared" ? "HasSharedTier" : "HasObservability")
      const nested = readTemplate(readFileSync(path.resolve(SAM, String(Properties["TemplateURL"])), "utf8"))
      const given = Object.keys(Properties["Parameters"] as object)
      const required = Object.entries(nested.Parameters).filter(([, { Default }]) => Default === undefined)
      assert.includeMembers(Object.keys(nested.Parameters), given)
      assert.includeMembers(
        given,
        required.map(([name]) => name),
      )
    }
  })

  it("has what the original's stack has", () => {
    const types = Object.values(template.Resources).map(({ Type }) => Type)
    for (const type of ["AWS::DynamoDB::Table", "AWS::SSM::Parameter", "AWS::SecretsManager::Secret"]) {
      assert.lengthOf(
        types.filter((other) => other === type),
        1,
      )
    }
    assert.strictEqual(template.Parameters["TableName"]?.Default, "DynamoDbTable")
    assert.strictEqual(template.Parameters["SecretValue"]?.NoEcho, true)
    assert.isUndefined(template.Parameters["SecretValue"]?.Default)
    assert.strictEqual(template.Resources["Parameter1"]?.Properties["Name"], "CacheExtensions_Parameter1")
    assert.strictEqual(template.Resources["SecretInfo"]?.Properties["Name"], "secret_info")
    assert.deepStrictEqual(template.Outputs["NodeFunctionArn"]?.Value, { "Fn::GetAtt": "NodeFunction.Arn" })
  })

  it("runs every function on the architecture that the deployment asks for, with the layer for it", () => {
    for (const id of FUNCTIONS) {
      assert.deepStrictEqual(functionOf(template, id)["Architectures"], [{ Ref: "Architecture" }])
    }
    const layer = {
      "Fn::If": ["IsArm64", { Ref: "CacheExtensionLayerArm64" }, { Ref: "CacheExtensionLayerX8664" }],
    }
    for (const id of ["NodeFunction", "PythonFunction"]) {
      assert.deepStrictEqual(functionOf(template, id)["Layers"], [layer])
    }
  })

  it.each(["node", "python"])("ships a config.yaml with the %s sample that the extension accepts", (name) => {
    const file = path.join(SAM, "functions", name, "config.yaml")
    const parsed = readConfig(readFileSync(file, "utf8"), { file, region: REGION, ttl: undefined })
    assert.isTrue(Result.isSuccess(parsed))
    assert.isTrue(Result.isSuccess(parsed) && parsed.success.entries.size === 3)
  })

  it("names handlers and folders that exist", () => {
    for (const id of FUNCTIONS) {
      const { CodeUri, Handler, Runtime } = functionOf(template, id)
      const extension = String(Runtime).startsWith("python") ? "py" : "mjs"
      const [file = "", name = ""] = String(Handler).split(".")
      const handler = path.join(SAM, String(CodeUri), `${file}.${extension}`)
      assert.isTrue(existsSync(handler), handler)
      assert.match(readFileSync(handler, "utf8"), new RegExp(`(export const|def) ${name}\\b`))
    }
  })

  it("carries the project's licence on its layers", () => {
    const { license } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
      license: string
    }
    const layers = resourcesOf(template, "AWS::Serverless::LayerVersion")
    assert.lengthOf(layers, 2)
    for (const [, { Properties }] of layers) assert.strictEqual(Properties["LicenseInfo"], license)
  })
})

describe("the permissions of the stack", () => {
  const roles = resourcesOf(template, "AWS::IAM::Role")

  it.each(FUNCTIONS)("give %s a role of its own", (id) => {
    const { Policies, Role } = functionOf(template, id)
    // Without Role, SAM makes one with a managed policy.
    assert.deepStrictEqual(Role, { "Fn::GetAtt": `${id.replace("Function", "Role")}.Arn` })
    assert.isUndefined(Policies)
  })

  it.each(roles.map(([id]) => id))("in %s attach no managed policy but that of the shared tier", (id) => {
    const attached = template.Resources[id]?.Properties["ManagedPolicyArns"]
    const shared = ["HasSharedTier", [{ "Fn::GetAtt": "Shared.Outputs.PolicyArn" }], { Ref: "AWS::NoValue" }]
    assert.deepStrictEqual(attached, id === "SeedRole" ? undefined : { "Fn::If": shared })
  })

  it.each(roles.map(([id]) => id))("in %s name every action and resource, without wildcards", (id) => {
    const allowed = allowedBy(template, id)
    assert.isAbove(allowed.length, 0)
    for (const permission of allowed) {
      // A log group's ARN ends in a wildcard for its streams.
      assert.notInclude(permission.replace(/^(logs:.*):\*$/, "$1"), "*")
    }
  })
})
