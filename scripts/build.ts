// Builds the layers' trees, exactly as Lambda unpacks them under /opt:
//
//   dist/node/extensions/cache-extension            the launcher, the only file that Lambda executes
//   dist/node/cache-extension/*.cjs                 the program for functions on nodejs22.x and nodejs24.x
//   dist/*/cache-extension/cannot-run.sh            what the launcher runs if the program cannot start
//   dist/{x86_64,arm64}/extensions/cache-extension  the launcher
//   dist/{x86_64,arm64}/cache-extension/cache-extension   the program and its runtime in one file, for any function
//   dist/{x86_64,arm64}/cache-extension/read-ahead        reads the program from the disk and executes it
//   dist/*/cache-extension/NOTICES                  the licences of the bundled packages
//
// and `client/dist`, the package for functions (client.ts). `npm run build` builds everything; arguments choose targets:
// node x86_64 arm64 client.
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import path from "node:path"
import process from "node:process"
import { gzipSync } from "node:zlib"
import { type Architecture, ARCHITECTURES, BUNS, bunFor, compilerBun, JIT_POLICY } from "./bun.ts"
import { buildClient } from "./client.ts"
import { makeCodeCache } from "./codeCache.ts"
import { type BundledPackage, noticesOf, packagesIn } from "./contents.ts"
import type { PinnedPackage } from "./lock.ts"
import { runtimeNotice, runtimeOf } from "./sbom.ts"
import { readAhead, recordedRanges } from "./readAhead.ts"
import { OLDEST_NODE } from "./oldestNode.mjs"
import { bundle } from "./bundle.ts"
import { ROOT } from "./root.ts"

export const TREES = ["node", ...ARCHITECTURES] as const
export type Tree = (typeof TREES)[number]

/** A size as the build prints it. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`

/** A built tree and the packages in it. */
export interface Built {
  readonly tree: Tree
  readonly packages: ReadonlyArray<BundledPackage>
  readonly runtime?: PinnedPackage
  readonly size: string
}

const writeNotices = (tree: string, notices: string): void =>
  writeFileSync(path.join(tree, "cache-extension/NOTICES"), notices)

/** Copies a script with the line endings that Lambda's shell needs, whatever the checkout has. */
export const copyScript = (source: string, target: string): void => {
  mkdirSync(path.dirname(target), { recursive: true })
  writeFileSync(target, readFileSync(source, "utf8").replaceAll("\r\n", "\n"))
}

const installLauncher = (tree: string): void => {
  const target = path.join(tree, "extensions/cache-extension")
  copyScript(path.join(ROOT, "scripts/launcher.sh"), target)
  chmodSync(target, 0o755)
  copyScript(path.join(ROOT, "scripts/cannotRun.sh"), path.join(tree, "cache-extension/cannot-run.sh"))
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
  const chunks = await bundle("node", { dir: folder })
  const [code, packages] = [chunks.map((chunk) => chunk.code), packagesIn(chunks)]
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
  const chunks = path.join(ROOT, ".work/bundle", architecture)
  rmSync(chunks, { recursive: true, force: true })
  const packages = packagesIn(await bundle("bun", { dir: chunks }))
  const executable = path.join(tree, "cache-extension/cache-extension")
  mkdirSync(path.dirname(executable), { recursive: true })
  const { status } = spawnSync(
    compilerBun(),
    [
      "build",
      path.join(chunks, "program.mjs"),
      `--outfile=${executable}`,
      "--compile",
      "--format=esm",
      "--splitting",
      `--target=${BUNS[architecture].target}`,
      `--compile-executable-path=${await bunFor(architecture)}`,
      "--bytecode",
      "--minify",
      `--compile-jit-policy=${JIT_POLICY}`,
      // The working directory may be the function's package, which must not configure the extension.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      "--no-compile-autoload-tsconfig",
      "--no-compile-autoload-package-json",
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  )
  if (status !== 0) throw new Error(`bun build for ${architecture} ended with status ${status}`)
  const ranges = recordedRanges(architecture)
  if (ranges.length > 0) {
    writeFileSync(path.join(path.dirname(executable), "read-ahead"), readAhead(architecture, ranges), {
      mode: 0o755,
    })
  }
  installLauncher(tree)
  const runtime = runtimeOf(architecture)
  writeNotices(tree, noticesOf(packages, runtimeNotice(runtime)))
  return { tree: architecture, packages, runtime, size: megabytes(statSync(executable).size) }
}

/** The targets of the build. */
const TARGETS = [...TREES, "client"] as const
type Target = (typeof TARGETS)[number]

const isTarget = (name: string): name is Target => TARGETS.some((target) => target === name)

/** Builds a target in a folder. Returns a line with its size and, for a tree, its packages. */
const buildOne = async (name: Target, folder: string): Promise<Built | string> => {
  switch (name) {
    case "node":
      return buildNode(folder)
    case "client":
      return buildClient(folder)
    default:
      return buildStandalone(folder, name)
  }
}

/** Builds targets and returns the trees among them. */
export const build = async (targets: ReadonlyArray<Target>): Promise<ReadonlyArray<Built>> => {
  const trees: Array<Built> = []
  for (const name of targets) {
    // Built in a temporary folder and moved into place, so that nobody sees half a tree.
    const made = path.join(ROOT, ".work/trees", name)
    rmSync(made, { recursive: true, force: true })
    const built = await buildOne(name, made)
    const target = path.join(ROOT, name === "client" ? "client/dist" : `dist/${name}`)
    mkdirSync(path.dirname(target), { recursive: true })
    rmSync(target, { recursive: true, force: true })
    renameSync(made, target)
    if (typeof built !== "string") trees.push(built)
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
