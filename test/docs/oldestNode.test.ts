/**
 * The oldest Node is stated once, in `scripts/oldestNode.mjs`: what the documents say of it, and what the packages need, is the
 * same.
 */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import path from "node:path"
import { OLDEST_NODE } from "../../scripts/oldestNode.mjs"

const ROOT = path.resolve(import.meta.dirname, "../..")
const textOf = (file: string): string => readFileSync(path.join(ROOT, file), "utf8")
const OLDEST = OLDEST_NODE.join(".")

describe("the oldest Node", () => {
  it("is the one that @effect/platform-node needs", () => {
    const { engines } = JSON.parse(textOf("node_modules/@effect/platform-node/package.json"))
    assert.strictEqual(engines.node, `>=${OLDEST}.0`)
  })

  it.each(["docs/deploy.md", "CONTRIBUTING.md"])("is named by %s, and no other is", (file) => {
    const named = textOf(file).match(/(?<=Node )\d+\.\d+/g) ?? []
    assert.isNotEmpty(named)
    assert.deepStrictEqual(new Set(named), new Set([OLDEST]))
  })
})
