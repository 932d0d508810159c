// Packs the layers: dist/cache-extension-{x86_64,arm64,node}.zip, ready to be published, each with its bill of materials in a
// .cdx.json.
//
// Archives are reproducible: files are sorted by name and have one time stamp and the modes that Lambda needs. A layer is not
// written if it is too large, contains code of tests or tools, has more than the launcher in extensions/, or has a package
// whose licence requires more than attribution.
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import path from "node:path"
import process from "node:process"
import { pipeline } from "node:stream/promises"
import { ZipFile } from "yazl"
import { build, type Built, megabytes, TREES, type Tree } from "./build.ts"
import { ROOT } from "./root.ts"
import { licenceFaults } from "./contents.ts"
import { parseOptions } from "./options.ts"
import { sbomOf } from "./sbom.ts"

const MB = 1e6

// A function and its layers share 250 MB unzipped:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const UNZIPPED_BUDGET: Readonly<Record<Tree, number>> = { node: 4 * MB, x86_64: 130 * MB, arm64: 130 * MB }

// The earliest time in a ZIP, which has no time zone.
// @effect-diagnostics-next-line globalDate:off
const TIMESTAMP = new Date(1980, 0, 1)

const EXECUTABLE = 0o100755
const PLAIN = 0o100644

/** Words that occur only in tests, local AWS, local Lambda and the scripts. */
const FOREIGN = ["AwsEmulator", "LambdaEmulator", "dynalite", "@effect/vitest", "/_faults", "effect/cli"]

/** `e_machine` of an ELF file: System V ABI, chapter 4. */
const ELF_MACHINE: Readonly<Record<Tree, number | undefined>> = { node: undefined, x86_64: 62, arm64: 183 }
const ELF_MAGIC = "\u007FELF"
const ELF_MACHINE_OFFSET = 18

const filesOf = (tree: string): ReadonlyArray<string> =>
  readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(tree, path.join(entry.parentPath, entry.name)))
    .toSorted()

const isExecutable = (tree: string, file: string): boolean =>
  (statSync(path.join(tree, file)).mode & 0o111) !== 0

/** The executable must be for the layer's processor. */
const executableFaults = (name: Tree, tree: string): ReadonlyArray<string> => {
  const machine = ELF_MACHINE[name]
  if (machine === undefined) return []
  const file = path.join(tree, "cache-extension/cache-extension")
  const content = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
  const isElf = content.length > ELF_MACHINE_OFFSET + 2 && content.toString("latin1", 0, 4) === ELF_MAGIC
  const found = isElf ? content.readUInt16LE(ELF_MACHINE_OFFSET) : undefined
  return found === machine ? [] : [`cache-extension/cache-extension is no ELF executable for ${name}`]
}

/** The shell scripts. */
const isScript = (file: string): boolean => file.startsWith("extensions/") || file.endsWith(".sh")

/** The reasons why a tree must not be published, if any. */
export const faultsOf = (name: Tree, tree: string): ReadonlyArray<string> => {
  const files = filesOf(tree)
  const size = files.reduce((total, file) => total + statSync(path.join(tree, file)).size, 0)
  const inExtensions = files.filter((file) => file.startsWith("extensions/"))
  const foreign = files.flatMap((file) => {
    const content = readFileSync(path.join(tree, file))
    return FOREIGN.filter((word) => content.includes(word)).map(
      (word) => `${file} contains ${JSON.stringify(word)}`,
    )
  })
  return [
    ...(size > UNZIPPED_BUDGET[name]
      ? [`${size} bytes are over the budget of ${UNZIPPED_BUDGET[name]}`]
      : []),
    ...(inExtensions.join() === "extensions/cache-extension"
      ? []
      : [`extensions/ holds ${inExtensions.join(", ") || "nothing"}; allowed: cache-extension alone`]),
    ...files
      .filter((file) => isScript(file) && readFileSync(path.join(tree, file)).includes("\r"))
      .map((file) => `${file} has carriage returns, which no shell can read`),
    ...inExtensions.filter((file) => !isExecutable(tree, file)).map((file) => `${file} is not executable`),
    ...executableFaults(name, tree),
    ...foreign,
  ]
}

/** Writes the archive of a tree. The same tree gives the same bytes. */
export const pack = async (tree: string, archive: string): Promise<void> => {
  const zip = new ZipFile()
  for (const file of filesOf(tree)) {
    zip.addFile(path.join(tree, file), file, {
      mtime: TIMESTAMP,
      forceDosTimestamp: true,
      mode: isExecutable(tree, file) ? EXECUTABLE : PLAIN,
    })
  }
  zip.end()
  mkdirSync(path.dirname(archive), { recursive: true })
  await pipeline(zip.outputStream, createWriteStream(archive))
}

const packAll = async (trees: ReadonlyArray<Built>): Promise<void> => {
  for (const { packages, runtime, tree: name } of trees) {
    const tree = path.join(ROOT, "dist", name)
    const archive = path.join(ROOT, `dist/cache-extension-${name}.zip`)
    const bill = path.join(ROOT, `dist/cache-extension-${name}.cdx.json`)
    for (const file of [archive, bill]) rmSync(file, { force: true })
    const faults = [...faultsOf(name, tree), ...licenceFaults(packages)]
    if (faults.length > 0) {
      console.error(`dist/${name} is no layer:\n${faults.join("\n")}`)
      process.exitCode = 1
      continue
    }
    await pack(tree, archive)
    const contents = { archive: path.basename(archive), content: readFileSync(archive), packages }
    writeFileSync(bill, sbomOf(runtime === undefined ? contents : { ...contents, runtime }))
    console.log(`dist/cache-extension-${name}.zip: ${megabytes(statSync(archive).size)}`)
  }
}

if (process.argv[1] === import.meta.filename) {
  parseOptions("Builds and packs the layers: an archive and a bill of materials of each, in dist/.", {})
  await packAll(await build(TREES))
}
