/**
 * The examples for the Serverless Framework and Pulumi: packaged by osls (the successor of the Serverless Framework 3 that needs no
 * account), and run by Pulumi's own mocks. Both bring a function with the layer, the variables and the permissions.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { copyFileSync, cpSync, readFileSync, symlinkSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ROOT } from "../../scripts/bundle.ts"
import { parse } from "yaml"
import { blocksOf, textOf } from "../docs/markdown.ts"
import { folderOf } from "../support/lambda.ts"
import { MODULES } from "./packages.ts"

const ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:cache-extension-arm64:7"
const POLICY = readFileSync(path.join(ROOT, "serverless/policy.json"), "utf8")
const ACTIONS: ReadonlyArray<string> = JSON.parse(POLICY).Statement.flatMap(
  ({ Action }: { readonly Action: ReadonlyArray<string> }) => Action,
)

/** A folder with these files, from which the packages can be imported. */
const project = (files: Readonly<Record<string, string>>) =>
  Effect.map(folderOf(files), (folder) => {
    symlinkSync(MODULES, path.join(folder, "node_modules"))
    return folder
  })

describe("serverless/serverless.yml", () => {
  it.effect("packages a function with the layer, the variables, config.yaml and the permissions", () =>
    Effect.gen(function* () {
      const folder = yield* project({})
      cpSync(path.join(ROOT, "serverless"), folder, { recursive: true })
      execFileSync(process.execPath, [path.join(MODULES, "osls/bin/serverless.js"), "package"], {
        cwd: folder,
        env: { ...process.env, CACHE_EXTENSION_LAYER_ARN: ARN },
        stdio: "pipe",
      })
      const text = readFileSync(
        path.join(folder, ".serverless/cloudformation-template-update-stack.json"),
        "utf8",
      )
      const { IamRoleLambdaExecution: role, ReadLambdaFunction: fn } = JSON.parse(text).Resources
      assert.deepInclude(fn.Properties, { Layers: [ARN], Architectures: ["arm64"] })
      assert.deepStrictEqual(fn.Properties.Environment.Variables, {
        CACHE_EXTENSION_TTL: "15m",
        CACHE_EXTENSION_INIT_STARTUP: "true",
      })
      const statements = role.Properties.Policies[0].PolicyDocument.Statement
      const allowed = statements.flatMap(({ Action }: { readonly Action: ReadonlyArray<string> }) => Action)
      assert.includeMembers(allowed, [...ACTIONS])
      const names = readFileSync(path.join(folder, ".serverless/orders.zip"), "latin1")
      assert.include(names, "config.yaml")
      assert.notInclude(names, "policy.json")
    }),
  )
})

/** Runs the program, and prints the resources that it declares. */
const RUN = `
import * as pulumi from "@pulumi/pulumi"
const declared = []
await pulumi.runtime.setMocks({
  newResource: ({ type, name, inputs }) => {
    declared.push({ type, name, inputs })
    return { id: name, state: { ...inputs, arn: "arn:" + type + ":" + name, bucket: inputs.bucket ?? name } }
  },
  call: ({ inputs }) => inputs,
})
await import("./index.ts")
await pulumi.runtime.disconnect()
console.log(JSON.stringify(declared))
`

/** The snippet of docs/deploy.md in this language that has these words. */
const snippet = (language: string, words: string): string => {
  const found = blocksOf(textOf("docs/deploy.md"), language).filter((block) => block.includes(words))
  assert.lengthOf(found, 1, words)
  return found[0] ?? ""
}

describe("the snippets of docs/deploy.md", () => {
  it.effect("for the Serverless Framework is packaged in a service", () =>
    Effect.gen(function* () {
      const { functions, provider } = parse(snippet("yaml", "functions:"))
      const service = {
        service: "orders",
        provider: { name: "aws", runtime: "python3.13", architecture: "arm64", ...provider },
        functions,
      }
      const folder = yield* project({
        "serverless.yml": JSON.stringify(service),
        "policy.json": POLICY,
        "app.py": "",
      })
      execFileSync(process.execPath, [path.join(MODULES, "osls/bin/serverless.js"), "package"], {
        cwd: folder,
        stdio: "pipe",
      })
      const file = path.join(folder, ".serverless/cloudformation-template-update-stack.json")
      const { Layers: layers } = JSON.parse(readFileSync(file, "utf8")).Resources.ReadLambdaFunction
        .Properties
      assert.deepStrictEqual(layers, [ARN])
    }),
  )

  it.effect("for Pulumi declares a function with the layer", () =>
    Effect.gen(function* () {
      const index = `import { readFileSync } from "node:fs"
import * as aws from "@pulumi/aws"
import * as pulumi from "@pulumi/pulumi"
const role = new aws.iam.Role("role", { assumeRolePolicy: "{}" })
${snippet("ts", "pulumi.")}`
      const folder = yield* project({
        "index.ts": index,
        "policy.json": POLICY,
        "function/app.py": "",
        "package.json": '{"type":"module"}',
        "run.mjs": RUN,
      })
      const printed = execFileSync(process.execPath, ["run.mjs"], {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      })
      assert.include(printed, JSON.stringify([ARN]))
    }),
  )
})

describe("pulumi/index.ts", () => {
  it.effect(
    "declares the layer through a bucket, and a function with it, the variables and the permissions",
    () =>
      Effect.gen(function* () {
        const folder = yield* project({
          "dist/cache-extension-arm64.zip": "archive",
          "policy.json": POLICY,
          "function/config.yaml": "",
          "package.json": '{"type":"module"}',
          "run.mjs": RUN,
        })
        copyFileSync(path.join(ROOT, "pulumi/index.ts"), path.join(folder, "index.ts"))
        const printed = execFileSync(process.execPath, ["run.mjs"], {
          cwd: folder,
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
        })
        const declared: ReadonlyArray<{
          readonly type: string
          readonly inputs: Readonly<Record<string, unknown>>
        }> = JSON.parse(printed)
        const of = (type: string) => declared.find((resource) => resource.type === type)?.inputs
        assert.deepInclude(of("aws:lambda/layerVersion:LayerVersion"), {
          s3Bucket: "artifacts",
          compatibleArchitectures: ["arm64"],
        })
        const fn = of("aws:lambda/function:Function")
        assert.deepStrictEqual(fn?.["layers"], ["arn:aws:lambda/layerVersion:LayerVersion:cache-extension"])
        assert.deepStrictEqual(fn?.["environment"], {
          variables: { CACHE_EXTENSION_TTL: "15m", CACHE_EXTENSION_INIT_STARTUP: "true" },
        })
        assert.deepStrictEqual(of("aws:iam/rolePolicy:RolePolicy")?.["policy"], POLICY)
      }),
  )
})
