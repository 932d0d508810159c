// Makes the package that is published to npm, in dist/npm, and packs it to dist/lambda-cache-extension-<version>.tgz:
//
//   cli/       the program `lambda-cache-extension` with everything that it imports: the package has no dependencies
//   cdk/       the CDK construct (cdk.ts)
//   client/    what functions import to read from the extension (client.ts)
//   dist/      the Node layer, and the parts of which `layer` makes the others
//   schema/    and others: what the program reads at run time, by the same paths as in the clone (cli/assets.ts)
//   README.md, LICENSE, NOTICES
//
// The root of the repository is private: it is never published.
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
import { type Plugin, rolldown } from "rolldown"
import { ASSETS } from "../cli/assets.ts"
import { megabytes } from "./trees.ts"
import { build, PACKAGED } from "./build.ts"
import { buildCdk } from "./cdk.ts"
import { ROOT } from "./bundle.ts"
import { buildClient } from "./client.ts"
import { type BundledPackage, licenceFaults, noticesOf, packagesIn } from "./contents.ts"
import { parseOptions } from "./options.ts"
import { repositoryPage } from "./release/repositoryPage.ts"

/** What local AWS needs for databases: 27 MB, which only those who have any install. */
const PGLITE = "@electric-sql/pglite"

interface RootManifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly dependencies: { readonly effect: string }
  readonly devDependencies: { readonly [PGLITE]: string }
}

/** The manifest of the clone. */
export const rootManifest = (): RootManifest =>
  JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"))

/** The oldest Node that the program runs on. */
const OLDEST_NODE_OF_CLI = "20.15"

/** A module in both formats. `file` has no extension. */
const both = (file: string) => ({
  import: { types: `${file}.d.ts`, default: `${file}.js` },
  require: { types: `${file}.d.cts`, default: `${file}.cjs` },
})

/** A module that is an ES module alone. */
const esm = (file: string) => ({ types: `${file}.d.ts`, default: `${file}.js` })

/**
 * The manifest of the package.
 *
 * @param page the page of the repository. With `--provenance`, npm refuses a package that names another one than the workflow's
 */
export const manifestOf = (
  { dependencies, description, devDependencies, license, name, version }: RootManifest,
  page?: string,
) => ({
  name,
  version,
  description,
  license,
  ...(page === undefined ? {} : { repository: { type: "git", url: `git+${page}.git` } }),
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
    "./cdk": both("./cdk/index"),
    "./client": both("./client/index"),
    "./client/fixtures": both("./client/fixtures"),
    "./client/effect": esm("./client/effect"),
    "./schema/*": "./schema/*",
    "./package.json": "./package.json",
  },
  sideEffects: false,
  peerDependencies: {
    [PGLITE]: `^${devDependencies[PGLITE]}`,
    "aws-cdk-lib": "^2.200.0",
    constructs: "^10.0.0",
    effect: `^${dependencies.effect}`,
  },
  peerDependenciesMeta: {
    [PGLITE]: { optional: true },
    "aws-cdk-lib": { optional: true },
    constructs: { optional: true },
    effect: { optional: true },
  },
  engines: { node: `>=${OLDEST_NODE_OF_CLI}` },
})

// The program reads config.yaml as the extension does, but never a value: it needs no source, and so no SDK for one.
const withoutSources: Plugin = {
  name: "without-sources",
  resolveId: (source, importer) =>
    source.startsWith("./fetch/") && /\/src\/kinds\/[^/]+\/index\.ts$/.test(importer ?? "")
      ? "\0source"
      : null,
  load: (id) => (id === "\0source" ? "export const make = undefined\n" : null),
}

/** Some packages of AWS come without the text of their licence. It is that of their neighbours in the scope. */
const withTexts = (packages: ReadonlyArray<BundledPackage>): ReadonlyArray<BundledPackage> =>
  packages.map((one) => {
    const scope = /^@[^/]+\//.exec(one.name)?.[0]
    if (one.texts.length > 0 || scope === undefined) return one
    const neighbour = packages.find(
      ({ licence, name, texts }) => name.startsWith(scope) && licence === one.licence && texts.length > 0,
    )
    return neighbour === undefined ? one : Object.assign({}, one, { texts: neighbour.texts })
  })

const DYNALITE = path.join(ROOT, "node_modules/dynalite")

/** `require("./actions/" + action)` as a choice between modules that the bundler sees. */
const chosen = (folder: string): string => {
  const names = readdirSync(path.join(DYNALITE, folder))
    .filter((file) => file.endsWith(".js"))
    .map((file) => path.basename(file, ".js"))
  const modules = names.map((name) => `${name}: () => require("./${folder}/${name}")`)
  return `({ ${modules.join(", ")} })[action]()`
}

/**
 * Prepares local DynamoDB (dynalite) for the bundle. Its tables are in memory here, so what stores them on disk, a native
 * addon, is left out. It requires the modules of its operations by computed names.
 */
const bundledDynalite = {
  name: "dynalite",
  resolveId: (id: string) => (id === "level" ? "\0level" : null),
  load: (id: string) => (id === "\0level" ? "export const Level = undefined" : null),
  transform: (code: string, id: string) =>
    id === path.join(DYNALITE, "index.js")
      ? code.replaceAll(/require\('\.\/(actions|validations)\/' \+ action\)/g, (_, folder: string) =>
          chosen(folder),
        )
      : null,
}

/** Bundles the program, in files beside each other: code that a command imports lazily is loaded when the command runs. */
const bundleCli = async (folder: string): Promise<ReadonlyArray<BundledPackage>> => {
  const build = await rolldown({
    input: { bin: path.join(ROOT, "cli/bin.ts") },
    external: [PGLITE],
    platform: "node",
    plugins: [withoutSources, bundledDynalite],
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
  return withTexts(packagesIn(output.filter((file) => file.type === "chunk")))
}

/** The size of a folder's files, in bytes. */
export const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((total, { name, parentPath }) => total + statSync(path.join(parentPath, name)).size, 0)

const copy = (source: string, target: string): void =>
  cpSync(path.join(ROOT, source), target, { recursive: true })

/** Writes the package into a folder. */
export const buildPackage = async (folder: string): Promise<void> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const bundled = [
    ...(await bundleCli(path.join(folder, "cli"))),
    ...(await buildCdk(path.join(folder, "cdk"))),
  ]
  const packages = [...new Map(bundled.map((one) => [one.name, one])).values()]
  const faults = licenceFaults(packages)
  if (faults.length > 0) throw new Error(`the package must not be published:\n${faults.join("\n")}`)
  await buildClient(path.join(folder, "client"))
  for (const name of ASSETS) {
    if (!existsSync(path.join(ROOT, name))) throw new Error(`${name} is missing: run "npm run build" first`)
    copy(name, path.join(folder, name))
  }
  copy("cli/README.md", path.join(folder, "README.md"))
  copy("LICENSE", path.join(folder, "LICENSE"))
  writeFileSync(path.join(folder, "NOTICES"), noticesOf(packages))
  const manifest = JSON.stringify(manifestOf(rootManifest(), repositoryPage()), undefined, 2)
  writeFileSync(path.join(folder, "package.json"), `${manifest}\n`)
}

/** Packs a folder with npm into another one. Returns the path of the archive. */
export const packPackage = (folder: string, target: string): string => {
  mkdirSync(target, { recursive: true })
  const printed = execFileSync("npm", ["pack", "--json", "--pack-destination", target], {
    cwd: folder,
    encoding: "utf8",
  })
  const [packed] = JSON.parse(printed) as ReadonlyArray<{ readonly filename: string }>
  return path.join(target, packed?.filename ?? "")
}

if (process.argv[1] === import.meta.filename) {
  parseOptions("Makes the package for npm in dist/npm, and packs it into an archive in dist/.", {})
  await build(PACKAGED)
  const folder = path.join(ROOT, "dist/npm")
  await buildPackage(folder)
  const archive = packPackage(folder, path.join(ROOT, "dist"))
  console.log(`dist/npm: ${megabytes(sizeOf(folder))}, without dependencies`)
  console.log(`${path.relative(ROOT, archive)}: ${megabytes(statSync(archive).size)}`)
}
