// Builds the layers' trees, exactly as Lambda unpacks them under /opt:
//
//   dist/node/extensions/cache-extension            the launcher, the only file that Lambda executes
//   dist/node/cache-extension/*.cjs                 the program for functions on nodejs22.x and nodejs24.x
//   dist/*/cache-extension/exec                     resolves environment variables, then starts the function's runtime
//   dist/*/cache-extension/providers.cjs            where an agent outside of Lambda finds credentials and region
//   dist/*/cache-extension/cannot-run.sh            what the launcher runs if the program cannot start
//   dist/{x86_64,arm64}/extensions/cache-extension  the launcher
//   dist/{x86_64,arm64}/cache-extension/cache-extension   the program and its runtime in one file, for any function
//   dist/{x86_64,arm64}/cache-extension/read-ahead        reads the program from the disk and executes it
//   dist/*/cache-extension/NOTICES                  the licences of the bundled packages
//
// the archive of the Node layer, `dist/parts`, from which the published package makes the executables (parts.ts),
// and `dist/client`, which functions import (client.ts). `npm run build` builds everything; arguments choose targets:
// node parts x86_64 arm64 client.
import { copyFileSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { gzipSync } from "node:zlib"
import { withZlib, writeArchive } from "./archive.ts"
import { type Architecture, ARCHITECTURES, bunFor, compilerBun } from "./bun.ts"
import { buildClient } from "./client.ts"
import { makeCodeCache } from "./codeCache.ts"
import { compileTree } from "./compile.ts"
import { noticesOf, packagesIn, refuseFaults } from "./contents.ts"
import { buildParts, installLauncher, writeNotices } from "./buildParts.ts"
import type { PinnedPackage } from "./lock.ts"
import { packagesOfProgram } from "./parts.ts"
import { buildRuntimes } from "./runtimes.ts"
import { runtimeOf } from "./sbom.ts"
import { OLDEST_NODE } from "./oldestNode.mjs"
import { bundle, bundleProviders } from "./bundle.ts"
import { ROOT } from "./root.ts"
import { type Tree, TREES, megabytes } from "./trees.ts"

/** A built tree and the packages in it. */
export interface Built {
  readonly tree: Tree
  readonly packages: ReadonlyArray<PinnedPackage>
  readonly runtime?: PinnedPackage
  readonly size: string
}

/** The first file that Node reads, in syntax that any Node knows. Runs the program, or reports that this Node is too old. */
export const mainOf = ([major, minor]: readonly [number, number]): string => `"use strict"
// No inspector, from the first line on: see src/host/ignoredSignals.ts.
process.on("SIGUSR1", function () {})
var version = process.versions.node.split(".")
if (+version[0] > ${major} || (+version[0] === ${major} && +version[1] >= ${minor})) require("./loader.cjs").load("program.cjs")
else require("./too-old.cjs")("${major}.${minor}")
`

const sum = (sizes: ReadonlyArray<number>): number => sizes.reduce((total, size) => total + size, 0)

const buildNode = async (tree: string): Promise<Built> => {
  const folder = path.join(tree, "cache-extension")
  const chunks = [...(await bundle("node", { dir: folder })), ...(await bundleProviders(folder))]
  const [code, packages] = [chunks.map((chunk) => chunk.code), packagesIn(chunks)]
  refuseFaults(packages)
  copyFileSync(path.join(ROOT, "src/host/nodeLoader.cjs"), path.join(folder, "loader.cjs"))
  copyFileSync(path.join(ROOT, "src/host/nodeTooOld.cjs"), path.join(folder, "too-old.cjs"))
  writeFileSync(path.join(folder, "main.cjs"), mainOf(OLDEST_NODE))
  await makeCodeCache(folder)
  installLauncher(tree)
  writeNotices(tree, noticesOf(packages))
  const bytes = sum(code.map((text) => Buffer.byteLength(text)))
  const gzip = sum(code.map((text) => gzipSync(text).length))
  const size = `${code.length} files, ${megabytes(bytes)}, gzip ${megabytes(gzip)}`
  return { tree: "node", packages, size }
}

const buildStandalone = async (tree: string, architecture: Architecture): Promise<Built> => {
  await compileTree(tree, architecture, { compiler: compilerBun(), embedded: await bunFor(architecture) })
  const size = megabytes(statSync(path.join(tree, "cache-extension/cache-extension")).size)
  return { tree: architecture, packages: packagesOfProgram(), runtime: runtimeOf(architecture), size }
}

/** The targets of the build. */
const TARGETS = ["parts", ...TREES, "client", "runtimes"] as const
type Target = (typeof TARGETS)[number]

/** What the published package contains (`ASSETS` in cli/assets.ts). */
export const PACKAGED = ["node", "parts", "runtimes"] as const satisfies ReadonlyArray<Target>

const isTarget = (name: string): name is Target => TARGETS.some((target) => target === name)

/** Builds a target in a folder. Returns a line with its size and, for a tree, its packages. */
const buildOne = async (name: Target, folder: string): Promise<Built | string> => {
  switch (name) {
    case "node":
      return buildNode(folder)
    case "client":
      return buildClient(folder)
    case "parts":
      return buildParts(folder)
    case "runtimes":
      return buildRuntimes(folder)
    default:
      return buildStandalone(folder, name)
  }
}

/** Builds targets and returns the trees among them. */
export const build = async (targets: ReadonlyArray<Target>): Promise<ReadonlyArray<Built>> => {
  const trees: Array<Built> = []
  const needsParts = ARCHITECTURES.some((architecture) => targets.includes(architecture))
  const names = TARGETS.filter((name) => targets.includes(name) || (name === "parts" && needsParts))
  for (const name of names) {
    // Built in a temporary folder and moved into place, so that nobody sees half a tree.
    const made = path.join(ROOT, ".work/trees", name)
    rmSync(made, { recursive: true, force: true })
    const built = await buildOne(name, made)
    const target = path.join(ROOT, "dist", name)
    mkdirSync(path.dirname(target), { recursive: true })
    rmSync(target, { recursive: true, force: true })
    renameSync(made, target)
    if (typeof built !== "string") trees.push(built)
    // Other versions of Node compress to other bytes, so the published package contains the archive.
    if (typeof built !== "string" && name === "node")
      await writeArchive(path.join(ROOT, "dist"), target, built, withZlib)
    console.log(`${path.relative(ROOT, target)}: ${typeof built === "string" ? built : built.size}`)
  }
  return trees
}

if (process.argv[1] === import.meta.filename) {
  const args = process.argv.slice(2)
  if (args.includes("--help")) {
    console.log(`Builds into dist/ what is named, or all: ${TARGETS.join(", ")}`)
    process.exit(0)
  }
  const unknown = args.find((name) => !isTarget(name))
  if (unknown !== undefined) {
    console.error(`there is no ${JSON.stringify(unknown)} to build; allowed: ${TARGETS.join(", ")}`)
    process.exit(2)
  }
  await build(args.length === 0 ? TARGETS : args.filter(isTarget))
}
