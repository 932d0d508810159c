/**
 * Which layer a function gets: the rules, without CDK. test/deployment/cdk.test.ts has the construct on the real aws-cdk-lib.
 */
import { assert, describe, it } from "@effect/vitest"
import { ARTIFACTS, fittingArtifact, type FunctionFacts } from "../../cdk/fit.ts"

const fn = (facts: Partial<FunctionFacts>): FunctionFacts => ({
  path: "Stack/Fn",
  runtime: "nodejs24.x",
  isNode: true,
  isImage: false,
  architecture: "arm64",
  ...facts,
})

describe("the layer that a function gets", () => {
  it("is that of its architecture if it is given, because it starts faster", () => {
    assert.strictEqual(fittingArtifact(ARTIFACTS, fn({})), "arm64")
    assert.strictEqual(fittingArtifact(ARTIFACTS, fn({ architecture: "x86_64" })), "x86_64")
  })

  it("is the Node layer on Node without a layer for the architecture, or if it is wanted", () => {
    assert.strictEqual(fittingArtifact(["node", "x86_64"], fn({})), "node")
    assert.strictEqual(fittingArtifact(ARTIFACTS, fn({}), "node"), "node")
    assert.strictEqual(fittingArtifact(["node"], fn({ runtime: undefined })), "node")
    assert.strictEqual(fittingArtifact(["node"], fn({ runtime: "nodejs22.x" })), "node")
  })

  it.each([
    [["node"], fn({ runtime: "nodejs20.x" })],
    [["node"], fn({ runtime: "python3.13", isNode: false })],
    [["node"], fn({ runtime: undefined, isNode: false })],
    [["x86_64"], fn({})],
    [[], fn({})],
  ] as const)("is refused if none fits: %j", (given, facts) => {
    assert.throws(
      () => fittingArtifact(given, facts),
      /^no layer of the cache extension fits: Stack\/Fn has the runtime .*allowed: the layer arm64/,
    )
  })

  it("is refused if the one that is wanted does not fit", () => {
    assert.throws(() => fittingArtifact(ARTIFACTS, fn({}), "x86_64"), /given: x86_64; allowed/)
  })

  it("is none for a container image", () => {
    assert.throws(
      () => fittingArtifact(ARTIFACTS, fn({ isImage: true })),
      /copy the extension into the image/,
    )
  })
})
