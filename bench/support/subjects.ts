/**
 * The subjects: the built artifacts, each with a bare server of its own runtime.
 *
 * They run from copies. So a build meanwhile does no harm, and the copy of Node can be dropped from the page cache, because the
 * bench itself does not run on it.
 */
import { spawnSync } from "node:child_process"
import {
  closeSync,
  cpSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs"
import path from "node:path"
import process from "node:process"
import { BUNS, HOST_ARCHITECTURE } from "../../scripts/bun.ts"
import { type HostName, ROOT } from "../../scripts/bundle.ts"

/** A program to measure. */
export interface Subject {
  readonly name: string
  readonly host: HostName
  readonly kind: "bare" | "extension"
  readonly command: readonly [string, ...ReadonlyArray<string>]
  /** Our files that a start reads. */
  readonly files: ReadonlyArray<string>
}

/** A runtime with its subjects, the bare server first. */
export interface Pair {
  readonly bare: Subject
  readonly extension: Subject
}

export interface Subjects {
  readonly pairs: ReadonlyArray<Pair>
  /** What cannot be measured, and why. */
  readonly missing: ReadonlyArray<string>
  /** The folder that must be on PATH for the launcher of the Node layer. */
  readonly nodeFolder: string
}

/** The work folder, which git ignores. */
export const WORK = path.join(ROOT, ".work/bench")

/** The Bun that npm installed for this machine. */
export const bunPath = (): string | undefined => {
  if (HOST_ARCHITECTURE === undefined) return undefined
  const bun = path.join(ROOT, "node_modules", BUNS[HOST_ARCHITECTURE].packageName, "bin/bun")
  return existsSync(bun) ? bun : undefined
}

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))

/** Copies and syncs, because dirty pages cannot be dropped from the page cache. */
const copy = (from: string, to: string): string => {
  mkdirSync(path.dirname(to), { recursive: true })
  cpSync(from, to, { recursive: true })
  for (const file of statSync(to).isDirectory() ? filesBelow(to) : [to]) {
    const descriptor = openSync(file, "r")
    fsyncSync(descriptor)
    closeSync(descriptor)
  }
  return to
}

const launcherIn = (tree: string): string => path.join(tree, "extensions/cache-extension")

/** The flags of `scripts/build.ts`, without those that ignore the function's files. */
const compileBare = (bun: string, executable: string): void => {
  const source = path.join(import.meta.dirname, "../bare/bun.ts")
  const { status, stderr } = spawnSync(
    bun,
    [
      "build",
      source,
      `--outfile=${executable}`,
      "--compile",
      "--bytecode",
      "--minify",
      "--compile-jit-policy=10",
    ],
    { encoding: "utf8" },
  )
  if (status !== 0) throw new Error(`the bare Bun server could not be compiled: ${stderr}`)
}

const nodePair = (node: string): Pair => {
  const tree = copy(path.join(ROOT, "dist/node"), path.join(WORK, "node"))
  const server = copy(path.join(import.meta.dirname, "../bare/node.cjs"), path.join(WORK, "bare/node.cjs"))
  return {
    bare: { name: "bare Node", host: "node", kind: "bare", command: [node, server], files: [node, server] },
    extension: {
      name: "Node bundle",
      host: "node",
      kind: "extension",
      command: [launcherIn(tree)],
      files: [node, ...filesBelow(tree)],
    },
  }
}

const bunPair = (bun: string, architecture: string): Pair => {
  const tree = copy(path.join(ROOT, "dist", architecture), path.join(WORK, architecture))
  const server = path.join(WORK, "bare/bun")
  compileBare(bun, server)
  return {
    bare: { name: "bare Bun", host: "bun", kind: "bare", command: [server], files: [server] },
    extension: {
      name: "standalone",
      host: "bun",
      kind: "extension",
      command: [launcherIn(tree)],
      files: filesBelow(tree),
    },
  }
}

const isBuilt = (tree: string): boolean => existsSync(launcherIn(path.join(ROOT, "dist", tree)))

/** The artifacts that exist and run on this machine. */
export const prepareSubjects = (): Subjects => {
  rmSync(WORK, { recursive: true, force: true })
  const node = copy(process.execPath, path.join(WORK, "runtime/node"))
  const bun = bunPath()
  const pairs: Array<Pair> = []
  const missing: Array<string> = []

  if (isBuilt("node")) pairs.push(nodePair(node))
  else missing.push("the Node bundle: dist/node is not built (npm run build)")

  if (HOST_ARCHITECTURE === undefined) missing.push(`the standalone executable: none for ${process.arch}`)
  else if (bun === undefined) missing.push("the standalone executable: npm has not installed Bun")
  else if (isBuilt(HOST_ARCHITECTURE)) pairs.push(bunPair(bun, HOST_ARCHITECTURE))
  else missing.push(`the standalone executable: dist/${HOST_ARCHITECTURE} is not built (npm run build)`)

  return { pairs, missing, nodeFolder: path.dirname(node) }
}
