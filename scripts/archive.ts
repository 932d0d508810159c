// The rules for a layer's tree, and its archive: for the build (layer.ts) and for the command line, which has no bundler.
//
// A layer is not written if it is too large, contains code of tests or tools, or has more than the launcher in extensions/.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import path from "node:path"
import { deflateRawSync } from "node:zlib"
import type { PinnedPackage } from "./lock.ts"
import { sbomOf } from "./sbom.ts"
import { PROVIDERS_FILE, type Tree } from "./trees.ts"
import { zipOf } from "./zip.ts"

const MB = 1e6

// A function and its layers share 250 MB unzipped:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const UNZIPPED_BUDGET: Readonly<Record<Tree, number>> = { node: 4 * MB, x86_64: 130 * MB, arm64: 130 * MB }

/** The largest archive that Lambda takes without a bucket, in bytes: the same page. */
const DIRECT_UPLOAD = 50 * 1_024 * 1_024

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
  const file = path.join(tree, EXECUTABLE)
  const content = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
  const isElf = content.length > ELF_MACHINE_OFFSET + 2 && content.toString("latin1", 0, 4) === ELF_MAGIC
  const found = isElf ? content.readUInt16LE(ELF_MACHINE_OFFSET) : undefined
  return found === machine ? [] : [`cache-extension/cache-extension is not an ELF executable for ${name}`]
}

/** The wrapper of the function's runtime. */
const WRAPPER = "cache-extension/exec"

/** The shell scripts. */
const isScript = (file: string): boolean =>
  file.startsWith("extensions/") || file === WRAPPER || file.endsWith(".sh")

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
    ...files
      .filter((file) => (inExtensions.includes(file) || file === WRAPPER) && !isExecutable(tree, file))
      .map((file) => `${file} is not executable`),
    ...executableFaults(name, tree),
    ...foreign,
  ]
}

/** Compresses files: raw deflate (RFC 1951), in the order of the files. */
export type Deflate = (files: ReadonlyArray<string>) => Promise<ReadonlyArray<Buffer>>

/** For the Node layer, whose build needs no Bun. */
export const withZlib: Deflate = async (files) =>
  files.map((file) => deflateRawSync(readFileSync(file), { level: 9 }))

const EXECUTABLE = "cache-extension/cache-extension"

/**
 * The files of an archive. With an executable it is almost as large as Lambda takes directly, so it does without what only an
 * agent outside of Lambda needs.
 */
const packedFilesOf = (tree: string): ReadonlyArray<string> => {
  const files = filesOf(tree)
  return files.includes(EXECUTABLE)
    ? files.filter((file) => file !== `cache-extension/${PROVIDERS_FILE}`)
    : files
}

/** Writes the archive of a tree. The same tree and `deflate` give the same bytes. */
export const pack = async (tree: string, archive: string, deflate: Deflate = withZlib): Promise<void> => {
  const files = packedFilesOf(tree)
  const deflated = await deflate(files.map((file) => path.join(tree, file)))
  const entries = files.map((name, index) => ({
    name,
    content: readFileSync(path.join(tree, name)),
    deflated: deflated[index] ?? Buffer.alloc(0),
    isExecutable: isExecutable(tree, name),
  }))
  mkdirSync(path.dirname(archive), { recursive: true })
  writeFileSync(archive, zipOf(entries))
}

interface Contents {
  readonly tree: Tree
  readonly packages: ReadonlyArray<PinnedPackage>
  readonly runtime?: PinnedPackage
}

/** Names of the files of a layer. */
export const filesOfLayer = (name: Tree) =>
  ({ archive: `cache-extension-${name}.zip`, bill: `cache-extension-${name}.cdx.json` }) as const

/** Writes the archive of a tree and its bill of materials into a folder. Rejects if the tree is not a layer. */
export const writeArchive = async (
  folder: string,
  tree: string,
  { packages, runtime, tree: name }: Contents,
  deflate: Deflate,
): Promise<string> => {
  const { archive, bill } = filesOfLayer(name)
  const [archivePath, billPath] = [path.join(folder, archive), path.join(folder, bill)]
  for (const file of [archivePath, billPath]) rmSync(file, { force: true })
  const faults = faultsOf(name, tree)
  if (faults.length > 0) throw new Error(`${tree} is not a layer:\n${faults.join("\n")}`)
  await pack(tree, archivePath, deflate)
  const { size } = statSync(archivePath)
  if (size > DIRECT_UPLOAD)
    throw new Error(
      `${archivePath} has ${size} bytes; allowed: ${DIRECT_UPLOAD}, for an upload without a bucket`,
    )
  const contents = { archive, content: readFileSync(archivePath), packages }
  writeFileSync(billPath, sbomOf(runtime === undefined ? contents : { ...contents, runtime }))
  return archivePath
}
