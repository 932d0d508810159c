/**
 * The CDK construct on the real aws-cdk-lib: what it synthesises. `cdkRefusals.test.ts` has what it refuses.
 */
import { App, Duration, Stack } from "aws-cdk-lib"
import { Annotations, Match, Template } from "aws-cdk-lib/assertions"
import * as iam from "aws-cdk-lib/aws-iam"
import * as lambda from "aws-cdk-lib/aws-lambda"
import * as s3 from "aws-cdk-lib/aws-s3"
import * as s3deploy from "aws-cdk-lib/aws-s3-deployment"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync } from "node:fs"
import path from "node:path"
import { CacheExtension } from "../../cdk/index.ts"
import { folderOf } from "../support/lambda.ts"
import { archives, ARN, functionIn, NODE_TREE } from "./cdkFunctions.ts"

/** The statements of the only policy of a stack. */
const statementsOf = (stack: Stack): ReadonlyArray<unknown> => {
  const [policy, ...others] = Object.values(Template.fromStack(stack).findResources("AWS::IAM::Policy"))
  assert.isEmpty(others)
  return policy?.Properties.PolicyDocument.Statement
}

/** The layers and variables of a function, as CloudFormation gets them. */
const functionsOf = (stack: Stack) =>
  Object.values(Template.fromStack(stack).findResources("AWS::Lambda::Function")).map(
    ({ Properties: properties }) => ({
      layers: properties.Layers,
      variables: properties.Environment?.Variables,
    }),
  )

const layersOf = (stack: Stack) =>
  Object.entries(Template.fromStack(stack).findResources("AWS::Lambda::LayerVersion"))

/** A layer's tree with only the launcher. */
const unpacked = Effect.map(folderOf({ "extensions/cache-extension": "#!/bin/sh\n" }), (folder) => {
  chmodSync(path.join(folder, "extensions/cache-extension"), 0o755)
  return folder
})

describe("CacheExtension", () => {
  it("attaches the Node layer to a function on Node", () => {
    const stack = new Stack()
    const fn = functionIn(stack, { runtime: lambda.Runtime.NODEJS_22_X, handler: "index.handler" })
    new CacheExtension(stack, "Cache", { layers: { node: NODE_TREE } }).attachTo(fn)
    const [[id, layer] = []] = layersOf(stack)
    assert.deepStrictEqual(functionsOf(stack), [{ layers: [{ Ref: id }], variables: undefined }])
    assert.deepInclude(layer?.Properties, {
      CompatibleArchitectures: ["arm64", "x86_64"],
      LicenseInfo: "MIT-0",
    })
  })

  it.effect("chooses the archive for each function's architecture, whatever its runtime", () =>
    Effect.gen(function* () {
      const stack = new Stack()
      const extension = new CacheExtension(stack, "Cache", { layers: yield* archives })
      const arm = functionIn(stack, {}, "Arm")
      const intel = functionIn(stack, { architecture: lambda.Architecture.X86_64 }, "Intel")
      const another = functionIn(stack, {}, "Another")
      for (const fn of [arm, intel, another]) extension.attachTo(fn)
      const byArchitecture = new Map(
        layersOf(stack).map(([id, { Properties: properties }]) => [
          properties.CompatibleArchitectures[0],
          id,
        ]),
      )
      assert.sameMembers([...byArchitecture.keys()], ["arm64", "x86_64"])
      const [first, second, third] = functionsOf(stack)
      assert.deepStrictEqual(first?.layers, [{ Ref: byArchitecture.get("arm64") }])
      assert.deepStrictEqual(second?.layers, [{ Ref: byArchitecture.get("x86_64") }])
      assert.deepStrictEqual(third, first)
    }),
  )

  it("takes a published version by its ARN, beside the function's other layers", () => {
    const stack = new Stack()
    const other = lambda.LayerVersion.fromLayerVersionArn(stack, "Other", `${ARN}7`)
    const fn = functionIn(stack, { layers: [other] })
    new CacheExtension(stack, "Cache", { layers: { arm64: ARN } }).attachTo(fn)
    assert.deepStrictEqual(functionsOf(stack)[0]?.layers, [`${ARN}7`, ARN])
    assert.isEmpty(layersOf(stack))
  })

  it.effect("takes an unpacked layer, and the Node layer where a function asks for it", () =>
    Effect.gen(function* () {
      const stack = new Stack()
      const extension = new CacheExtension(stack, "Cache", {
        layers: { arm64: yield* unpacked, node: NODE_TREE },
      })
      const runtime = lambda.Runtime.NODEJS_24_X
      extension.attachTo(functionIn(stack, { runtime }, "Any"))
      extension.attachTo(functionIn(stack, { runtime }, "Node"), { layer: "node" })
      const names = layersOf(stack).map(([, { Properties: properties }]) => properties.Description)
      assert.deepStrictEqual(names, [
        "Cache extension for any runtime on arm64",
        "Cache extension for Node.js",
      ])
    }),
  )

  it("sets typed settings as variables, the function's over those of the construct", () => {
    const stack = new Stack()
    const settings = { ttl: Duration.minutes(15), logLevel: "warn" } as const
    const extension = new CacheExtension(stack, "Cache", { layers: { arm64: ARN }, settings })
    extension.attachTo(functionIn(stack), { settings: { ttl: "30s", initStartup: true } })
    assert.deepStrictEqual(functionsOf(stack)[0]?.variables, {
      CACHE_EXTENSION_TTL: "30s",
      CACHE_EXTENSION_LOG_LEVEL: "warn",
      CACHE_EXTENSION_INIT_STARTUP: "true",
    })
  })

  it("leaves a value that is known only at deployment to CloudFormation", () => {
    const stack = new Stack()
    const arn = Stack.of(stack).formatArn({ service: "lambda", resource: "layer", resourceName: "x:1" })
    const settings = { ttl: stack.region }
    new CacheExtension(stack, "Cache", { layers: { arm64: arn } }).attachTo(functionIn(stack), { settings })
    assert.deepStrictEqual(functionsOf(stack)[0]?.variables, { CACHE_EXTENSION_TTL: { Ref: "AWS::Region" } })
  })

  it("attached twice, attaches the layer once and takes the later settings", () => {
    const stack = new Stack()
    const fn = functionIn(stack)
    new CacheExtension(stack, "Cache", { layers: { arm64: ARN } })
      .attachTo(fn, { settings: { ttl: "1m" } })
      .attachTo(fn, { settings: { ttl: "2m" } })
    assert.deepStrictEqual(functionsOf(stack), [{ layers: [ARN], variables: { CACHE_EXTENSION_TTL: "2m" } }])
  })

  it.effect("gives each stack a version of the layer of its own, so that no stack imports another's", () =>
    Effect.gen(function* () {
      const app = new App()
      const [one, two] = [new Stack(app, "One"), new Stack(app, "Two")]
      const extension = new CacheExtension(one, "Cache", { layers: yield* archives })
      for (const stack of [one, two]) extension.attachTo(functionIn(stack))
      extension.attachTo(functionIn(two, {}, "Second"))
      for (const stack of [one, two]) {
        const [[id] = [], ...others] = layersOf(stack)
        assert.isEmpty(others)
        assert.deepStrictEqual(functionsOf(stack)[0]?.layers, [{ Ref: id }])
      }
      Template.fromStack(one).templateMatches(Match.not(Match.objectLike({ Outputs: Match.anyValue() })))
    }),
  )
})

const CONFIG = "secrets:\n  - names: [db/main]\n"

describe("grantRead", () => {
  it.effect("allows the function's role what config.yaml lists, in the stack's own region and account", () =>
    Effect.gen(function* () {
      const config = `${yield* folderOf({ "config.yaml": CONFIG })}/config.yaml`
      const stack = new Stack()
      new CacheExtension(stack, "Cache", { layers: { arm64: ARN } }).attachTo(functionIn(stack), { config })
      const parts = (id: string) => ({ Ref: `AWS::${id}` })
      assert.deepStrictEqual(statementsOf(stack), [
        {
          Action: "secretsmanager:GetSecretValue",
          Effect: "Allow",
          Resource: {
            "Fn::Join": [
              "",
              [
                "arn:",
                parts("Partition"),
                ":secretsmanager:",
                parts("Region"),
                ":",
                parts("AccountId"),
                ":secret:db/main-??????",
              ],
            ],
          },
        },
      ])
    }),
  )

  it.effect("allows another role the same, with keys of one's own through the service alone", () =>
    Effect.gen(function* () {
      const config = yield* folderOf({ "config.yaml": CONFIG })
      const stack = new Stack(undefined, "Stack", { env: { region: "eu-west-1", account: "123456789012" } })
      const role = new iam.Role(stack, "Role", {
        assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
      })
      const key = "arn:aws:kms:eu-west-1:123456789012:key/1"
      new CacheExtension(stack, "Cache", { layers: { arm64: ARN } }).grantRead(role, config, {
        kmsKeys: [key],
      })
      assert.deepInclude(statementsOf(stack), {
        Action: "kms:Decrypt",
        Effect: "Allow",
        Resource: key,
        Condition: { StringEquals: { "kms:ViaService": ["secretsmanager.eu-west-1.amazonaws.com"] } },
      })
    }),
  )

  it.effect("fails with all faults of a config.yaml, and attaches nothing for a file that is not there", () =>
    Effect.gen(function* () {
      const config = yield* folderOf({ "config.yaml": "parameters: 1\nsecrets: 2\n" })
      const stack = new Stack()
      const extension = new CacheExtension(stack, "Cache", { layers: { arm64: ARN } })
      const fn = functionIn(stack)
      assert.throws(() => extension.attachTo(fn, { config }), /config\.yaml:1:[^]*config\.yaml:2:/)
      assert.throws(
        () => extension.attachTo(fn, { config: "none.yaml" }),
        /none\.yaml: found nothing that can be read/,
      )
    }),
  )
})

describe("attachToAll", () => {
  it("attaches to every function of an app, but not to those that CDK makes for itself or that are excepted", () => {
    const app = new App()
    const stack = new Stack(app, "Stack")
    const extension = new CacheExtension(stack, "Cache", {
      layers: { arm64: ARN, x86_64: ARN.replace("arm64", "x86_64") },
      settings: { ttl: "15m" },
    })
    extension.attachToAll(app, { except: (fn) => fn.node.id === "Excepted" })
    extension.attachTo(functionIn(stack, {}, "Own"), { settings: { ttl: "1s" } })
    functionIn(stack, {}, "Plain")
    functionIn(stack, {}, "Excepted")
    // Brings a function of CDK's own.
    new s3deploy.BucketDeployment(stack, "Files", {
      sources: [s3deploy.Source.data("a", "b")],
      destinationBucket: s3.Bucket.fromBucketName(stack, "Bucket", "files"),
    })
    const found = functionsOf(stack)
    assert.lengthOf(found, 4)
    assert.deepStrictEqual(
      found.slice(0, 2).map(({ variables }) => variables),
      [{ CACHE_EXTENSION_TTL: "1s" }, { CACHE_EXTENSION_TTL: "15m" }],
    )
    assert.deepStrictEqual(
      found.map(({ layers }) => (layers ?? []).includes(ARN)),
      [true, true, false, false],
    )
  })

  it("fails the synthesis with the function's path where no layer fits", () => {
    const app = new App()
    const stack = new Stack(app, "Stack")
    new CacheExtension(stack, "Cache", { layers: { arm64: ARN } }).attachToAll(stack)
    functionIn(stack, { architecture: lambda.Architecture.X86_64 }, "Intel")
    const [error, ...others] = Annotations.fromStack(stack).findError("*", Match.anyValue())
    assert.deepStrictEqual([error?.id, others], ["/Stack/Intel", []])
    assert.include(String(error?.entry.data), "allowed: the layer x86_64")
  })
})
