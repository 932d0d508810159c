/**
 * What `npm run layer` promises: the same bytes for the same tree, modes kept, and no layer that breaks a rule.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { faultsOf, pack } from "../../scripts/layer.ts"
import { folderOf, temporaryFolder } from "../support/lambda.ts"

const LAUNCHER = "extensions/cache-extension"

/** A tree like the Node layer's; the launcher with its exec bit. */
const treeOf = (files: Readonly<Record<string, string>>) =>
  Effect.tap(folderOf({ [LAUNCHER]: "#!/bin/sh\n", ...files }), (folder) =>
    Effect.sync(() => chmodSync(path.join(folder, LAUNCHER), 0o755)),
  )

const packed = Effect.fnUntraced(function* (tree: string) {
  const archive = path.join(yield* temporaryFolder, "layer.zip")
  yield* Effect.promise(() => pack(tree, archive))
  return readFileSync(archive)
})

const CENTRAL_HEADER = Buffer.from("PK\u0001\u0002", "latin1")

/** Names and modes in a ZIP's central directory (APPNOTE, section 4.3.12). */
const entriesIn = (archive: Buffer) => {
  const entries: Array<readonly [string, string]> = []
  for (let at = archive.indexOf(CENTRAL_HEADER); at !== -1; at = archive.indexOf(CENTRAL_HEADER, at + 1)) {
    const name = archive.toString("utf8", at + 46, at + 46 + archive.readUInt16LE(at + 28))
    entries.push([name, (archive.readUInt32LE(at + 38) >>> 16).toString(8)])
  }
  return entries
}

/** The first bytes of an ELF file for a machine. */
const elf = (machine: number): Buffer => {
  const header = Buffer.alloc(64)
  header.write("\u007FELF", "latin1")
  header.writeUInt16LE(machine, 18)
  return header
}

describe("npm run layer", () => {
  it.effect("writes the same bytes for the same tree, whenever and in whatever order it was made", () =>
    Effect.gen(function* () {
      const one = yield* treeOf({ "cache-extension/a.cjs": "a", "cache-extension/b.cjs": "b" })
      const two = yield* treeOf({ "cache-extension/b.cjs": "b", "cache-extension/a.cjs": "a" })
      assert.isTrue((yield* packed(one)).equals(yield* packed(two)))
      writeFileSync(path.join(two, "cache-extension/a.cjs"), "c")
      assert.isFalse((yield* packed(one)).equals(yield* packed(two)))
    }),
  )

  it.effect("keeps exec bits", () =>
    Effect.gen(function* () {
      const tree = yield* treeOf({ "cache-extension/main.cjs": "x" })
      assert.deepStrictEqual(entriesIn(yield* packed(tree)), [
        ["cache-extension/main.cjs", "100644"],
        [LAUNCHER, "100755"],
      ])
    }),
  )

  it.effect("accepts a tree that keeps the rules", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(faultsOf("node", yield* treeOf({ "cache-extension/main.cjs": "x" })), [])
    }),
  )

  it.effect("refuses a launcher that Lambda could not execute", () =>
    Effect.gen(function* () {
      const tree = yield* treeOf({})
      chmodSync(path.join(tree, LAUNCHER), 0o644)
      assert.deepStrictEqual(faultsOf("node", tree), [`${LAUNCHER} is not executable`])
    }),
  )

  it.effect("refuses scripts with Windows line ends, which no shell could read", () =>
    Effect.gen(function* () {
      const tree = yield* treeOf({
        [LAUNCHER]: "#!/bin/sh\r\n",
        "cache-extension/cannot-run.sh": "exit 1\r\n",
      })
      const carriageReturns = "has carriage returns, which no shell can read"
      assert.deepStrictEqual(faultsOf("node", tree), [
        `cache-extension/cannot-run.sh ${carriageReturns}`,
        `${LAUNCHER} ${carriageReturns}`,
      ])
    }),
  )

  it.effect("refuses a second file in extensions/, which Lambda would execute too", () =>
    Effect.gen(function* () {
      const [fault] = faultsOf("node", yield* treeOf({ "extensions/other": "x" }))
      assert.strictEqual(
        fault,
        `extensions/ holds ${LAUNCHER}, extensions/other; allowed: cache-extension alone`,
      )
    }),
  )

  it.effect("refuses what is over its budget", () =>
    Effect.gen(function* () {
      const [fault] = faultsOf("node", yield* treeOf({ "cache-extension/big.cjs": "x".repeat(5e6) }))
      assert.include(fault, "over the budget of 4000000")
    }),
  )

  it.effect("refuses code of tests and of local AWS and Lambda", () =>
    Effect.gen(function* () {
      const [fault] = faultsOf("node", yield* treeOf({ "cache-extension/main.cjs": "new LambdaEmulator()" }))
      assert.strictEqual(fault, `cache-extension/main.cjs contains "LambdaEmulator"`)
    }),
  )

  it.effect("refuses an executable for another processor", () =>
    Effect.gen(function* () {
      const tree = yield* treeOf({})
      mkdirSync(path.join(tree, "cache-extension"))
      const executable = path.join(tree, "cache-extension/cache-extension")
      writeFileSync(executable, elf(62))
      assert.deepStrictEqual(faultsOf("x86_64", tree), [])
      assert.deepStrictEqual(faultsOf("arm64", tree), [
        "cache-extension/cache-extension is no ELF executable for arm64",
      ])
    }),
  )

  it("finds nothing wrong with the Node layer that was built", () => {
    assert.deepStrictEqual(faultsOf("node", path.resolve(import.meta.dirname, "../../dist/node")), [])
  })
})
