/**
 * What the CDK construct refuses before anything is deployed, on the real aws-cdk-lib, and what it says then.
 */
import { Stack } from "aws-cdk-lib"
import * as ecr from "aws-cdk-lib/aws-ecr"
import * as lambda from "aws-cdk-lib/aws-lambda"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import path from "node:path"
import { CacheExtension } from "../../cdk/index.ts"
import { ROOT } from "../../scripts/bundle.ts"
import { archives, ARN, functionIn, NODE_TREE } from "./cdkFunctions.ts"
import { folderOf } from "../support/lambda.ts"

describe("CacheExtension refuses", () => {
  const attach = (layers: Record<string, string>, props: Partial<lambda.FunctionProps>) => () => {
    const stack = new Stack(undefined, "Stack")
    new CacheExtension(stack, "Cache", { layers }).attachTo(functionIn(stack, props))
  }

  it("the Node layer for a runtime that is not Node, or too old, and says what would fit", () => {
    const allowed =
      /allowed: the layer arm64, which runs on any runtime .*, or the layer node with nodejs22\.x or newer/
    assert.throws(
      attach({ node: NODE_TREE }, {}),
      /Stack\/Function has the runtime python3\.13 on arm64; given: node; /,
    )
    assert.throws(attach({ node: NODE_TREE }, {}), allowed)
    assert.throws(attach({ node: NODE_TREE }, { runtime: lambda.Runtime.NODEJS_20_X }), allowed)
  })

  it("a layer for another architecture", () => {
    const architecture = lambda.Architecture.X86_64
    assert.throws(
      attach({ arm64: ARN }, { architecture }),
      /on x86_64; given: arm64; allowed: the layer x86_64/,
    )
  })

  it("a function that is a container image, and says how it is done there", () => {
    const stack = new Stack()
    const fn = new lambda.DockerImageFunction(stack, "Image", {
      code: lambda.DockerImageCode.fromEcr(ecr.Repository.fromRepositoryName(stack, "Repository", "images")),
    })
    const extension = new CacheExtension(stack, "Cache", { layers: { arm64: ARN } })
    assert.throws(() => extension.attachTo(fn), /is a container image.*copy the extension into the image/)
  })

  it.effect.each<[Record<string, string>, RegExp]>([
    [{ arm64: "none.zip" }, /arm64: found nothing at "none\.zip"; allowed: an archive of/],
    [{ x86_64: ARN.slice(0, -2) }, /x86_64: found .*; allowed: an ARN that ends with the version/],
    [{ intel: ARN }, /intel: found a key that is unknown; allowed: node, arm64, x86_64/],
    [{ arm64: ROOT }, /arm64: found a folder without extensions\/cache-extension/],
    [{ arm64: path.join(ROOT, "LICENSE") }, /arm64: found .*LICENSE"; allowed: an archive of/],
  ])("layers that are none: %j", ([layers, message]) =>
    Effect.sync(() => {
      assert.throws(() => new CacheExtension(new Stack(), "Cache", { layers }), message)
    }),
  )

  it.effect(
    "an archive whose name says that it is for another architecture, and a folder without archives",
    () =>
      Effect.gen(function* () {
        const folder = yield* archives
        const made = (layers: string | Record<string, string>) => () =>
          new CacheExtension(new Stack(), "Cache", { layers })
        const wrong = path.join(folder, "cache-extension-x86_64.zip")
        assert.throws(made({ arm64: wrong }), /allowed: the layer cache-extension-arm64/)
        assert.throws(made(ROOT), /found none of the archives in/)
      }),
  )

  it.effect("a launcher that lost its file mode", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "extensions/cache-extension": "" })
      const made = () => new CacheExtension(new Stack(), "Cache", { layers: { arm64: folder } })
      assert.throws(made, /found a extensions\/cache-extension that is not executable/)
    }),
  )

  it("settings that the extension would refuse at its start, all at once", () => {
    const settings = { ttl: "5", port: 70_000 }
    const made = () => new CacheExtension(new Stack(), "Cache", { layers: { arm64: ARN }, settings })
    assert.throws(made, /ttl: found "5"; allowed: a duration such as 30s/)
    assert.throws(made, /port: found "70000"; allowed: a port number/)
  })
})
