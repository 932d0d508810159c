/**
 * Makes layers from the package alone: the Node layer is in it; an executable is compiled from its parts with Bun, which
 * npm fetches. The archives have the same bytes as those of `npm run layer`. `layer` and `publish` use it.
 */
import * as Effect from "effect/Effect"
import {
  accessSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
} from "node:fs"
import { createHash } from "node:crypto"
import path from "node:path"
import process from "node:process"
import { filesOfLayer, writeArchive } from "../../scripts/archive.ts"
import type { Architecture } from "../../scripts/bun.ts"
import { type Buns, compileTree, withLibdeflate } from "../../scripts/compile.ts"
import { packagesOfProgram } from "../../scripts/parts.ts"
import { run } from "../../scripts/run.ts"
import { runtimeOf } from "../../scripts/sbom.ts"
import type { Tree } from "../../scripts/trees.ts"
import { asset, ROOT } from "../assets.ts"
import { CommandFailed } from "../failures.ts"
import { whileWaiting } from "../progress.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { bunFor, compilerBun } from "../toolchain.ts"

/** The archive of a layer. */
export interface MadeLayer {
  readonly tree: Tree
  readonly archive: string
  /** In bytes. */
  readonly size: number
  /** In hexadecimal. */
  readonly sha256: string
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Work of the file system or of another process; what stops it fails the command. */
const attempt = <A>(what: string, work: (signal: AbortSignal) => Promise<A> | A) =>
  Effect.tryPromise({
    try: async (signal) => work(signal),
    catch: (cause) => new CommandFailed({ reason: `${what}: ${messageOf(cause)}` }),
  })

/** Reads an archive. */
export const madeLayer = (tree: Tree, archive: string): MadeLayer => {
  const content = readFileSync(archive)
  return { tree, archive, size: content.length, sha256: createHash("sha256").update(content).digest("hex") }
}

/** In the clone, what the package contains is built first; the sources may have changed. */
const builtFirst = Effect.suspend(() => {
  const script = path.join(ROOT, "scripts/build.ts")
  if (!existsSync(script)) return Effect.void
  return whileWaiting(
    "Building the layers' parts",
    attempt("The build failed", (signal) =>
      run(process.execPath, [script, "node", "parts"], { cwd: ROOT, signal }),
    ),
  )
})

const bunsFor = (architecture: Architecture) =>
  Effect.all({ compiler: compilerBun, embedded: bunFor(architecture) })

const compiled = (tree: string, architecture: Architecture, buns: Buns) =>
  whileWaiting(
    `Compiling the executable for ${architecture}`,
    attempt(`The executable for ${architecture} cannot be compiled`, (signal) =>
      compileTree(tree, architecture, buns, signal),
    ),
  )

/** Writes a layer as Lambda unpacks it under /opt. The folder must not exist. */
const writeTree = Effect.fn("makeLayers.writeTree")(function* (name: Tree, folder: string) {
  if (name === "node") {
    yield* attempt(`${folder} cannot be written`, () =>
      cpSync(asset("dist/node"), folder, { recursive: true }),
    )
    return
  }
  yield* compiled(folder, name, yield* bunsFor(name))
})

/** Writes the archive of a layer and its bill of materials. */
const writeLayer = Effect.fn("makeLayers.writeLayer")(function* (name: Tree, output: string) {
  const { archive, bill } = filesOfLayer(name)
  if (name === "node") {
    yield* attempt(`${output} cannot be written`, () => {
      copyFileSync(asset("dist/cache-extension-node.zip"), path.join(output, archive))
      copyFileSync(asset("dist/cache-extension-node.cdx.json"), path.join(output, bill))
    })
    return
  }
  const buns = yield* bunsFor(name)
  const folder = yield* temporaryFolder
  const tree = path.join(folder, name)
  yield* compiled(tree, name, buns)
  yield* whileWaiting(
    `Packing the layer for ${name}`,
    attempt(`The layer for ${name} cannot be packed`, async (signal) => {
      const contents = { tree: name, packages: packagesOfProgram(), runtime: runtimeOf(name) }
      await writeArchive(folder, tree, contents, withLibdeflate(buns.compiler, signal))
      // Nobody sees half an archive.
      for (const file of [archive, bill]) {
        copyFileSync(path.join(folder, file), path.join(output, `${file}.partial`))
        renameSync(path.join(output, `${file}.partial`), path.join(output, file))
      }
    }),
  )
}, Effect.scoped)

/** Creates a folder and those above it. Node's own way (`recursive`) never returns for a folder in /proc. */
const createFolder = (folder: string): void => {
  if (existsSync(folder)) return
  createFolder(path.dirname(folder))
  mkdirSync(folder)
}

const folderAt = (output: string) =>
  attempt(`--output ${output} is not a folder that can be written to`, () => {
    createFolder(path.resolve(output))
    accessSync(output, constants.W_OK)
    // Fails for a file.
    readdirSync(output)
  })

/** Writes the archives of layers, each with its bill of materials, into a folder, which is created if it is missing. */
export const makeLayers = Effect.fn("makeLayers")(function* (names: ReadonlyArray<Tree>, output: string) {
  yield* folderAt(output)
  yield* builtFirst
  for (const name of names) yield* writeLayer(name, output)
  return names.map((name) => madeLayer(name, path.join(output, filesOfLayer(name).archive)))
})

/** Writes layers as Lambda unpacks them under /opt, each into a folder of its name. Returns the folders. */
export const makeTrees = Effect.fn("makeTrees")(function* (names: ReadonlyArray<Tree>, output: string) {
  yield* folderAt(output)
  const folders = names.map((name) => path.join(output, name))
  const taken = folders.find((folder) => existsSync(folder))
  if (taken !== undefined)
    return yield* new CommandFailed({
      reason: `${taken} exists already; remove it, or name another --output`,
    })
  yield* builtFirst
  for (const name of names) yield* writeTree(name, path.join(output, name))
  return folders
})
