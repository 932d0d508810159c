/**
 * What `npm run layer` promises: the same bytes for the same tree, modes kept, and no layer that breaks a rule.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { crc32, inflateRawSync } from "node:zlib"
import { faultsOf, pack } from "../../scripts/archive.ts"
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

/** The files that a ZIP's central directory leads to, each compared with its checksum. */
const contentsIn = (archive: Buffer): Readonly<Record<string, string>> => {
  const files: Record<string, string> = {}
  const end = archive.length - 22
  assert.strictEqual(archive.toString("latin1", end, end + 4), "PK\u0005\u0006")
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = archive.readUInt16LE(at + 28)
    const local = archive.readUInt32LE(at + 42)
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
    const content = inflateRawSync(archive.subarray(start, start + archive.readUInt32LE(at + 20)))
    assert.strictEqual(crc32(content), archive.readUInt32LE(at + 16))
    files[archive.toString("utf8", at + 46, at + 46 + nameLength)] = content.toString()
    at += 46 + nameLength
  }
  assert.strictEqual(at, end)
  return files
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

  it.effect("writes an archive from which every file comes out as it was", () =>
    Effect.gen(function* () {
      const text = "const a = 1\n".repeat(1_000)
      const tree = yield* treeOf({ "cache-extension/main.cjs": text, "cache-extension/empty": "" })
      const archive = yield* packed(tree)
      assert.deepStrictEqual(contentsIn(archive), {
        "cache-extension/empty": "",
        "cache-extension/main.cjs": text,
        [LAUNCHER]: "#!/bin/sh\n",
      })
      assert.isBelow(archive.length, text.length / 10)
    }),
  )

  it.effect("leaves what only an agent needs out of the archives of the executables", () =>
    Effect.gen(function* () {
      const files = { "cache-extension/cache-extension": "x", "cache-extension/providers.cjs": "x" }
      assert.hasAllKeys(contentsIn(yield* packed(yield* treeOf(files))), [
        "cache-extension/cache-extension",
        LAUNCHER,
      ])
      const node = { "cache-extension/main.cjs": "x", "cache-extension/providers.cjs": "x" }
      assert.hasAllKeys(contentsIn(yield* packed(yield* treeOf(node))), [...Object.keys(node), LAUNCHER])
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

  it.effect("refuses a wrapper of the runtime that Lambda could not execute", () =>
    Effect.gen(function* () {
      const tree = yield* treeOf({ "cache-extension/exec": "#!/bin/sh" })
      assert.deepStrictEqual(faultsOf("node", tree), ["cache-extension/exec is not executable"])
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
        "cache-extension/cache-extension is not an ELF executable for arm64",
      ])
    }),
  )

  it("finds nothing wrong with the Node layer that was built", () => {
    assert.deepStrictEqual(faultsOf("node", path.resolve(import.meta.dirname, "../../dist/node")), [])
  })
})
