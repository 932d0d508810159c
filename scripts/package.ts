// Makes the package that is published to npm, in dist/npm, and packs it to dist/lambda-cache-extension-<version>.tgz:
//
//   cli/        the program `lambda-cache-extension` with everything that it imports: the package has no dependencies
//   dist/       the Node layer, and the parts of which `layer` makes the others
//   schema/     what the program reads at run time, by the same paths as in the clone (cli/assets.ts)
//
// The root of the repository is private. It is never packed.
import { execFileSync } from "node:child_process"
import {
  cpSync,
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
import { rolldown } from "rolldown"
import { ASSETS } from "../cli/assets.ts"
import { megabytes } from "./trees.ts"
import { build } from "./build.ts"
import { ROOT } from "./bundle.ts"
import { licenceFaults, noticesOf, packagesIn } from "./contents.ts"
import { parseOptions } from "./options.ts"

interface RootManifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
}

const rootManifest = (): RootManifest => JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"))

/** The oldest Node that the program runs on. The layers need a newer one. */
const OLDEST_NODE_OF_CLI = "20.15"

const manifestOf = ({ description, license, name, version }: RootManifest) => ({
  name,
  version,
  description,
  license,
  keywords: [
    "aws",
    "lambda",
    "lambda-extension",
    "parameter-store",
    "secrets-manager",
    "dynamodb",
    "appconfig",
    "cache",
  ],
  type: "module",
  bin: { [name]: "cli/bin.js" },
  exports: {
    "./schema/*": "./schema/*",
    "./package.json": "./package.json",
  },
  sideEffects: false,
  engines: { node: `>=${OLDEST_NODE_OF_CLI}` },
})

/** Bundles the program, in files beside each other: each command's code is loaded when the command runs. */
const bundleCli = async (folder: string) => {
  const build = await rolldown({
    input: { bin: path.join(ROOT, "cli/bin.ts") },
    platform: "node",
    preserveEntrySignatures: false,
    transform: { target: `node${OLDEST_NODE_OF_CLI}` },
    logLevel: "warn",
  })
  const { output } = await build.write({
    dir: folder,
    format: "esm",
    minify: true,
    comments: { legal: false },
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  })
  await build.close()
  return packagesIn(output.filter((file) => file.type === "chunk"))
}

/** The size of a folder's files, in bytes. */
const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((total, { name, parentPath }) => total + statSync(path.join(parentPath, name)).size, 0)

/** Writes the package into a folder. */
export const buildPackage = async (folder: string): Promise<void> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const packages = await bundleCli(path.join(folder, "cli"))
  const faults = licenceFaults(packages)
  if (faults.length > 0) throw new Error(`the package must not be published:\n${faults.join("\n")}`)
  for (const name of ASSETS) {
    const source = path.join(ROOT, name)
    if (!existsSync(source)) throw new Error(`${name} is missing: run "npm run build" first`)
    cpSync(source, path.join(folder, name), { recursive: true })
  }
  cpSync(path.join(ROOT, "LICENSE"), path.join(folder, "LICENSE"))
  writeFileSync(path.join(folder, "NOTICES"), noticesOf(packages))
  writeFileSync(
    path.join(folder, "package.json"),
    `${JSON.stringify(manifestOf(rootManifest()), undefined, 2)}\n`,
  )
}

/** Packs a folder with npm. Returns the path of the archive. */
export const packPackage = (folder: string, target: string): string => {
  const npm = process.env["npm_execpath"]
  const [command, first] = npm === undefined ? ["npm", []] : [process.execPath, [npm]]
  const args = [...first, "pack", folder, "--json", "--pack-destination", target]
  const [packed] = JSON.parse(
    execFileSync(command, args, { cwd: folder, encoding: "utf8" }),
  ) as ReadonlyArray<{
    readonly filename: string
  }>
  return path.join(target, packed?.filename ?? "")
}

if (process.argv[1] === import.meta.filename) {
  parseOptions("Makes the package for npm in dist/npm, and packs it into an archive in dist/.", {})
  await build(["node", "parts"])
  const folder = path.join(ROOT, "dist/npm")
  await buildPackage(folder)
  const archive = packPackage(folder, path.join(ROOT, "dist"))
  console.log(`dist/npm: ${megabytes(sizeOf(folder))}, installed without dependencies`)
  console.log(`${path.relative(ROOT, archive)}: ${megabytes(statSync(archive).size)}`)
}
