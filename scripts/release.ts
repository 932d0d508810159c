// `npm run release`: checks that a version can be released, makes everything that belongs to it in dist/release (the layers with
// their bills of materials, the package, checksums, notes) and publishes it to npm and to AWS.
//
// `--dry-run` does everything but publish: it prints the commands instead. The workflow `.github/workflows/release.yml` runs it so,
// attests the files, and runs these commands in jobs of their own.
import { execFileSync, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { VERSION } from "../src/observability/version.ts"
import { TREES } from "./trees.ts"
import { ROOT } from "./bundle.ts"
import { parseOptions } from "./options.ts"
import { type Release, releasesIn, withAbsoluteLinks } from "./release/changelog.ts"
import { repositoryPage } from "./release/repositoryPage.ts"
import { releaseFaults, type State, tagOf, versionFaults } from "./release/checks.ts"

const RELEASE = path.join(ROOT, "dist/release")

const textOf = (file: string): string => readFileSync(path.join(ROOT, file), "utf8")

const gitLines = (...args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { status, stdout } = spawnSync("git", args, { cwd: ROOT, encoding: "utf8" })
  return status === 0 ? stdout.split("\n").filter((line) => line !== "") : []
}

interface Manifest {
  readonly version: string
}

/** Everything that the checks compare. */
export const readState = (tag?: string): State => ({
  version: (JSON.parse(textOf("package.json")) as Manifest).version,
  places: {
    "package-lock.json": (JSON.parse(textOf("package-lock.json")) as Manifest).version,
    "src/observability/version.ts": VERSION,
    "schema/openapi.json": (JSON.parse(textOf("schema/openapi.json")) as { readonly info: Manifest }).info
      .version,
  },
  releases: releasesIn(textOf("CHANGELOG.md")),
  tag: tag ?? gitLines("tag", "--points-at", "HEAD")[0],
  tags: gitLines("tag"),
  uncommitted: gitLines("status", "--porcelain"),
})

/** The lines of `sha256sum`, sorted by name. */
export const checksumsOf = (
  files: ReadonlyArray<{ readonly name: string; readonly content: Buffer }>,
): string =>
  files
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ content, name }) => `${createHash("sha256").update(content).digest("hex")}  ${name}\n`)
    .join("")

/** The names of the files of a release, in dist/. */
export const filesOf = (version: string): ReadonlyArray<string> => [
  ...TREES.flatMap((tree) => [`cache-extension-${tree}.zip`, `cache-extension-${tree}.cdx.json`]),
  `lambda-cache-extension-${version}.tgz`,
]

/** The commands that publish a release. Only the workflow can add `--provenance`, which npm refuses anywhere else. */
export const publishCommands = (version: string): ReadonlyArray<ReadonlyArray<string>> => [
  ["npm", "publish", `./dist/release/lambda-cache-extension-${version}.tgz`, "--access", "public"],
  ["npm", "run", "cli", "--", "publish", "--archives", "dist/release", "--regions", "all"],
]

const run = ([command = "", ...args]: ReadonlyArray<string>): void => {
  execFileSync(command, args, { cwd: ROOT, stdio: "inherit" })
}

/** The address of the files of a version; undefined where there is neither GitHub Actions nor a remote on the web. */
const addressOfFiles = (version: string): string | undefined => {
  const page = repositoryPage()
  return page === undefined ? undefined : `${page}/blob/${tagOf(version)}/`
}

const collect = (version: string, { notes }: Release): void => {
  rmSync(RELEASE, { recursive: true, force: true })
  mkdirSync(RELEASE, { recursive: true })
  const files = filesOf(version).map((name) => {
    const file = path.join(ROOT, "dist", name)
    copyFileSync(file, path.join(RELEASE, name))
    return { name, content: readFileSync(file) }
  })
  writeFileSync(path.join(RELEASE, "SHA256SUMS"), checksumsOf(files))
  const address = addressOfFiles(version)
  if (address === undefined)
    console.error("The links of NOTES.md stay relative: there is no remote origin on the web")
  const linked = address === undefined ? notes : withAbsoluteLinks(notes, address)
  writeFileSync(path.join(RELEASE, "NOTES.md"), `${linked}\n`)
}

const release = (dryRun: boolean, tag: string | undefined): void => {
  const state = readState(tag)
  const faults = releaseFaults(state)
  for (const fault of faults) console.error(fault)
  const newest = state.releases.find(({ version }) => version === state.version)
  // A rehearsal on a branch has no tag, and may have changes.
  const serious = dryRun && tag === undefined ? versionFaults(state) : faults
  if (newest === undefined || serious.length > 0) {
    console.error(`${state.version} cannot be released`)
    process.exit(1)
  }
  run([process.execPath, "scripts/layer.ts"])
  run([process.execPath, "scripts/package.ts"])
  collect(state.version, newest)
  console.log("dist/release:")
  process.stdout.write(readFileSync(path.join(RELEASE, "SHA256SUMS"), "utf8"))
  for (const command of publishCommands(state.version)) {
    if (dryRun) console.log(`not run: ${command.join(" ")}`)
    else run(command)
  }
}

if (process.argv[1] === import.meta.filename) {
  const options = parseOptions("Makes and publishes a release: the layers, the package, checksums.", {
    "dry-run": { type: "boolean", default: false, description: "Does everything but publish" },
    tag: { type: "string", description: "The tag of the release, if the commit is not tagged yet" },
  })
  release(options["dry-run"] ?? false, options.tag)
}
