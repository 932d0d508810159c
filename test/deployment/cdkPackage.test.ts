/**
 * The CDK construct as users get it: from the npm package, in apps that import or require it, and what docs/deploy.md and
 * docs/deploy-cdk.md show, type-checked and synthesised.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ROOT } from "../../scripts/bundle.ts"
import { pack } from "../../scripts/archive.ts"
import { compiler } from "../../scripts/compiler.ts"
import { buildCdk } from "../../scripts/cdk.ts"
import { manifestOf, rootManifest } from "../../scripts/package.ts"
import { blocksOf, textOf } from "../docs/markdown.ts"
import { MODULES } from "./packages.ts"

const APP = path.join(ROOT, ".work/deployment/app")
/** The oldest Node that the package is for, where the system has one; else that of the tests. */
const NODE = process.execPath

const write = (file: string, text: string): string => {
  const target = path.join(APP, file)
  mkdirSync(path.dirname(target), { recursive: true })
  writeFileSync(target, text)
  return target
}

beforeAll(async () => {
  rmSync(APP, { recursive: true, force: true })
  // The part of the package that is the construct's.
  const installed = path.join(APP, "node_modules/lambda-cache-extension")
  write("node_modules/lambda-cache-extension/package.json", JSON.stringify(manifestOf(rootManifest())))
  await pack(path.join(ROOT, "dist/node"), path.join(installed, "dist/cache-extension-node.zip"))
  await buildCdk(path.join(installed, "cdk"))
  for (const name of ["aws-cdk-lib", "constructs"])
    symlinkSync(path.join(MODULES, name), path.join(APP, "node_modules", name))
  symlinkSync(path.join(ROOT, "node_modules/@types"), path.join(APP, "node_modules/@types"))
  cpSync(path.join(ROOT, "terraform/examples/published/function"), path.join(APP, "functions/orders"), {
    recursive: true,
  })
  for (const name of ["arm64", "node"]) write(`layers/cache-extension-${name}.zip`, name)
}, 120_000)

interface Resources {
  readonly [id: string]: { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }
}

/** Runs an app, and gives the resources of its stack. */
const synthesised = (file: string): Resources => {
  const out = path.join(APP, `${path.basename(file)}.out`)
  execFileSync(NODE, [file], {
    cwd: APP,
    env: { ...process.env, CDK_OUTDIR: out },
    stdio: ["ignore", "pipe", "pipe"],
  })
  return JSON.parse(readFileSync(path.join(out, "Orders.template.json"), "utf8")).Resources
}

const ofType = (resources: Resources, type: string) =>
  Object.values(resources).filter((resource) => resource.Type === type)

const USE = `
const stack = new cdk.Stack(new cdk.App(), "Orders")
const fn = new lambda.Function(stack, "Fn", {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: "index.handler",
  code: lambda.Code.fromInline("exports.handler = async () => 1"),
})
new CacheExtension(stack, "Cache").attachTo(fn, { config: "functions/orders", settings: { ttl: cdk.Duration.minutes(1) } })
stack.node.root.synth()
`

describe("the package's construct", () => {
  it.each([
    [
      "app.mjs",
      `import * as cdk from "aws-cdk-lib"\nimport * as lambda from "aws-cdk-lib/aws-lambda"\nimport { CacheExtension } from "lambda-cache-extension/cdk"\n`,
    ],
    [
      "app.cjs",
      `const cdk = require("aws-cdk-lib")\nconst lambda = require("aws-cdk-lib/aws-lambda")\nconst { CacheExtension } = require("lambda-cache-extension/cdk")\n`,
    ],
  ])("attaches the Node layer that is in the package, in %s", (file, head) => {
    const resources = synthesised(write(file, head + USE))
    const [fn] = ofType(resources, "AWS::Lambda::Function")
    assert.deepStrictEqual(fn?.Properties["Environment"], { Variables: { CACHE_EXTENSION_TTL: "60000ms" } })
    assert.lengthOf(ofType(resources, "AWS::Lambda::LayerVersion"), 1)
    const [policy] = ofType(resources, "AWS::IAM::Policy")
    assert.include(JSON.stringify(policy), "secretsmanager:GetSecretValue")
  })
})

/** An app around the statements of a page. */
const around = (statements: string): string => {
  const imports = statements.match(/^import .*\n/gm)?.join("") ?? ""
  return `import { App, Stack } from "aws-cdk-lib"
import * as iam from "aws-cdk-lib/aws-iam"
import * as kms from "aws-cdk-lib/aws-kms"
import * as lambda from "aws-cdk-lib/aws-lambda"
${imports || 'import { CacheExtension } from "lambda-cache-extension/cdk"\n'}
class Orders extends Stack {
  constructor(app: App) {
    super(app, "Orders")
    const made = (id: string) => new lambda.Function(this, id, {
      runtime: lambda.Runtime.PYTHON_3_13,
      architecture: lambda.Architecture.ARM_64,
      handler: "index.handler",
      code: lambda.Code.fromInline("def handler(event, context): pass"),
    })
    const [fn, orders, invoices] = ["Fn", "Orders", "Invoices"].map(made) as [lambda.Function, lambda.Function, lambda.Function]
    const key = new kms.Key(this, "Key")
    const role = new iam.Role(this, "Role", { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") })
    ${statements.includes("const extension") || statements.includes("new CacheExtension(app") ? "" : 'const extension = new CacheExtension(this, "Given", { layers: "layers" })'}
    ${statements.replaceAll(/^import .*\n/gm, "")}
    void [fn, orders, invoices, key, role]
  }
}
const app = new App()
new Orders(app)
app.synth()
`
}

const SNIPPETS = ["docs/deploy.md", "docs/deploy-cdk.md"].flatMap((page) =>
  blocksOf(textOf(page), "ts")
    .filter((block) => !block.includes("aws.lambda"))
    .map((block, index) => [`${path.basename(page, ".md")}-${index + 1}`, block] as const),
)

describe("what the pages show of CDK", () => {
  it("is there", () => {
    assert.lengthOf(SNIPPETS, 4)
  })

  it.each(SNIPPETS)("is synthesised and has the right types: %s", (name, block) => {
    write("package.json", '{"type":"module"}')
    const file = write(`${name}.ts`, around(block))
    const functions = ofType(synthesised(file), "AWS::Lambda::Function")
    const attached = functions.filter(({ Properties: { Layers } }) => Layers !== undefined)
    const grantsOnly = block.includes("grantRead")
    assert.strictEqual(attached.length > 0, !grantsOnly)
    for (const resolution of ["nodenext", "bundler"]) {
      const module = resolution === "bundler" ? "esnext" : resolution
      const options = `--ignoreConfig --noEmit --strict --target es2022 --skipLibCheck --types node --module ${module} --moduleResolution ${resolution}`
      execFileSync(compiler(), [...options.split(" "), file], {
        cwd: APP,
        stdio: ["ignore", "inherit", "inherit"],
      })
    }
  })
})
