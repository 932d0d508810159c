/**
 * The subjects: the built artifacts, each with a bare server of its own runtime, and with `--against` the artifacts of
 * another commit, and the Go program that this extension succeeds.
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
import { BUNS, HOST_ARCHITECTURE, JIT_POLICY } from "../../scripts/bun.ts"
import { ROOT } from "../../scripts/bundle.ts"
import { choiceFault, refuse } from "../../scripts/options.ts"
import { buildOriginal } from "./original.ts"

/** A program to measure. */
export interface Subject {
  readonly name: string
  /** "original" is the Go program: an extension whose responses have no headers of a cache. */
  readonly kind: "bare" | "extension" | "original"
  readonly command: readonly [string, ...ReadonlyArray<string>]
  /** Our files that a start reads. */
  readonly files: ReadonlyArray<string>
}

/** A runtime with its subjects. */
export interface Group {
  readonly bare: Subject
  readonly extension: Subject
  /** The artifact of `--against`. */
  readonly before: Subject | undefined
}

export interface Subjects {
  readonly groups: ReadonlyArray<Group>
  readonly original: Subject | undefined
  /** What cannot be measured, and why. */
  readonly missing: ReadonlyArray<string>
  /** The folder that must be on PATH for the launcher of the Node layer. */
  readonly nodeFolder: string
}

/** The options that choose subjects. */
export const SUBJECT_OPTIONS = {
  subject: {
    type: "string",
    multiple: true,
    default: [] as Array<string>,
    description: "Only subjects whose name holds this text",
  },
  against: {
    type: "string",
    description: "A dist folder of another commit, measured in turns with this one",
  },
} as const

/** The subjects that `--subject` chooses; all without the option. Ends the process if there is none. */
export const choose = (
  texts: ReadonlyArray<string>,
  subjects: ReadonlyArray<Subject | undefined>,
): ReadonlyArray<Subject> => {
  const all = subjects.filter((subject) => subject !== undefined)
  const chosen = all.filter(({ name }) => texts.length === 0 || texts.some((text) => name.includes(text)))
  const names = (of: ReadonlyArray<Subject>) => of.map(({ name }) => name)
  const fault = choiceFault("--subject", names(chosen), names(all))
  return fault === undefined ? chosen : refuse(fault)
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
      `--compile-jit-policy=${JIT_POLICY}`,
    ],
    { encoding: "utf8" },
  )
  if (status !== 0) throw new Error(`the bare Bun server could not be compiled: ${stderr}`)
}

/** An artifact's name, and its folder in `dist`. */
interface Artifact {
  readonly name: string
  readonly architecture: string
}

/** An artifact below a `dist` folder, with files of the runtime that it shares. Undefined if it is not built. */
const artifactIn = (
  dist: string,
  { architecture, name }: Artifact,
  shared: ReadonlyArray<string>,
): Subject | undefined => {
  const built = path.join(dist, architecture)
  if (!existsSync(launcherIn(built))) return undefined
  const tree = copy(built, path.join(WORK, name.replaceAll(" ", "-"), architecture))
  return { name, kind: "extension", command: [launcherIn(tree)], files: [...shared, ...filesBelow(tree)] }
}

const bareNode = (node: string): Subject => {
  const server = copy(path.join(import.meta.dirname, "../bare/node.cjs"), path.join(WORK, "bare/node.cjs"))
  return { name: "bare Node", kind: "bare", command: [node, server], files: [node, server] }
}

const bareBun = (bun: string): Subject => {
  const built = path.join(WORK, "bare/built")
  compileBare(bun, built)
  const server = copy(built, path.join(WORK, "bare/bun"))
  return { name: "bare Bun", kind: "bare", command: [server], files: [server] }
}

const originalIn = (missing: Array<string>): Subject | undefined => {
  const built = path.join(WORK, "go/built")
  const fault = buildOriginal(built)
  if (fault !== undefined) missing.push(`Go original: ${fault}`)
  if (fault !== undefined) return undefined
  const executable = copy(built, path.join(WORK, "go/cache-extension-demo"))
  return { name: "Go original", kind: "original", command: [executable], files: [executable] }
}

interface Wanted {
  /** The `dist` folder of another commit. */
  readonly against?: string | undefined
  /** Whether the Go program is a subject. */
  readonly original?: boolean
}

/** The subjects that exist and run on this machine. */
export const prepareSubjects = ({ against, original = false }: Wanted = {}): Subjects => {
  rmSync(WORK, { recursive: true, force: true })
  const node = copy(process.execPath, path.join(WORK, "runtime/node"))
  const bun = bunPath()
  const groups: Array<Group> = []
  const missing: Array<string> = []

  const add = (given: Artifact, makeBare: () => Subject, shared: ReadonlyArray<string>) => {
    const artifact = (dist: string, name: string) => artifactIn(dist, { ...given, name }, shared)
    const extension = artifact(path.join(ROOT, "dist"), given.name)
    const before = against === undefined ? undefined : artifact(against, `${given.name} before`)
    if (extension === undefined)
      missing.push(`${given.name}: dist/${given.architecture} is not built (npm run build)`)
    else groups.push({ bare: makeBare(), extension, before })
    if (against !== undefined && before === undefined)
      missing.push(`${given.name} before: ${against} has no ${given.architecture}`)
  }

  add({ name: "Node bundle", architecture: "node" }, () => bareNode(node), [node])
  if (HOST_ARCHITECTURE === undefined) missing.push(`standalone: none for ${process.arch}`)
  else if (bun === undefined) missing.push("standalone: npm has not installed Bun")
  else add({ name: "standalone", architecture: HOST_ARCHITECTURE }, () => bareBun(bun), [])

  return {
    groups,
    original: original ? originalIn(missing) : undefined,
    missing,
    nodeFolder: path.dirname(node),
  }
}
