/**
 * The CDK construct of docs/deploy.md, synthesised. `aws-cdk-lib` is 186 MB and no dependency of the project:
 * scripts/sam-checks.ts installs it into a temporary folder and names that in CDK_FOLDER; without it this is skipped.
 */
import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../support/lambda.ts"
import { ROOT, SAM } from "./template.ts"

const CDK_FOLDER = process.env["CDK_FOLDER"]
const because = CDK_FOLDER === undefined ? ", skipped: CDK_FOLDER names no folder with aws-cdk-lib" : ""

const blocks = readFileSync(path.join(ROOT, "docs/deploy.md"), "utf8")
  .split("```ts\n")
  .slice(1)
  .map((rest) => rest.slice(0, rest.indexOf("```")))
  // Pulumi's.
  .filter((block) => !block.includes("pulumi."))

interface CloudFormation {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }>
  >
}

/** An app with a function, and with what the page says about it. */
const APP = (construct: string, use: string): string => `
import { App, Stack } from "aws-cdk-lib"
import * as dynamodb from "aws-cdk-lib/aws-dynamodb"
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager"
import * as ssm from "aws-cdk-lib/aws-ssm"
${construct}
class Sample extends Stack {
  constructor(scope: Construct) {
    super(scope, "Sample")
    const fn = new lambda.Function(this, "Function", {
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: "index.handler",
      code: lambda.Code.fromAsset(${JSON.stringify(path.join(SAM, "functions/node"))}),
    })
    const parameter = ssm.StringParameter.fromStringParameterName(this, "Parameter", "CacheExtensions_Parameter1")
    const secret = secretsmanager.Secret.fromSecretNameV2(this, "Secret", "secret_info")
    const table = dynamodb.Table.fromTableName(this, "Table", "DynamoDbTable")
    ${use.replace("../lambda-cache-extension/dist", "dist")}
  }
}
const app = new App({ outdir: "cdk.out" })
new Sample(app)
app.synth()
`

describe("the CDK construct of docs/deploy.md", () => {
  it("is there, with how it is used", () => {
    assert.lengthOf(blocks, 2)
    assert.include(blocks[0], "class CacheExtension extends Construct")
    assert.include(blocks[1], "new CacheExtension(")
  })

  it.live.skipIf(CDK_FOLDER === undefined)(
    `synthesises a function with the layer${because}`,
    () =>
      Effect.gen(function* () {
        const [construct = "", use = ""] = blocks
        const folder = yield* temporaryFolder
        symlinkSync(path.join(String(CDK_FOLDER), "node_modules"), path.join(folder, "node_modules"))
        mkdirSync(path.join(folder, "dist"))
        copyFileSync(
          path.join(ROOT, "dist/cache-extension-node.zip"),
          path.join(folder, "dist/cache-extension-arm64.zip"),
        )
        writeFileSync(path.join(folder, "package.json"), '{"type":"module"}')
        writeFileSync(path.join(folder, "app.ts"), APP(construct, use))
        execFileSync(process.execPath, ["app.ts"], { cwd: folder, stdio: "pipe" })
        const text = readFileSync(path.join(folder, "cdk.out/Sample.template.json"), "utf8")
        const resources = Object.entries((JSON.parse(text) as CloudFormation).Resources)
        const layer = resources.find(([, { Type }]) => Type === "AWS::Lambda::LayerVersion")
        const fn = resources.find(([, { Type }]) => Type === "AWS::Lambda::Function")?.[1].Properties
        assert.deepStrictEqual(layer?.[1].Properties["CompatibleArchitectures"], ["arm64"])
        assert.deepStrictEqual(fn?.["Layers"], [{ Ref: layer?.[0] }])
        assert.deepStrictEqual(fn?.["Environment"], { Variables: { CACHE_EXTENSION_INIT_STARTUP: "true" } })
      }).pipe(Effect.scoped),
    60_000,
  )
})
