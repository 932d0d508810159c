// Builds the parts of the standalone layers, in dist/parts: the bundle for Bun, for each architecture what stands beside the
// executable, and what package-lock.json says of everything in them. compile.ts makes the layers from it, here and where the published
// package is installed.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { type Architecture, ARCHITECTURES } from "./bun.ts"
import { bundle, bundleProviders } from "./bundle.ts"
import { type BundledPackage, noticesOf, packagesIn, refuseFaults } from "./contents.ts"
import { LOCK, lockOfRuntimes, PACKAGES, PROGRAM } from "./parts.ts"
import { readAhead, recordedRanges } from "./readAhead.ts"
import { ROOT } from "./root.ts"
import { runtimeNotice, runtimeOf } from "./sbom.ts"

/** Writes the licences of what is in a tree. */
export const writeNotices = (tree: string, notices: string): void =>
  writeFileSync(path.join(tree, "cache-extension/NOTICES"), notices)

/** Copies a script with the line endings that Lambda's shell needs, whatever the checkout has. */
export const copyScript = (source: string, target: string): void => {
  mkdirSync(path.dirname(target), { recursive: true })
  writeFileSync(target, readFileSync(source, "utf8").replaceAll("\r\n", "\n"))
}

/** Puts what Lambda executes into a tree, and what that runs if the program cannot start. */
export const installLauncher = (tree: string): void => {
  const target = path.join(tree, "extensions/cache-extension")
  copyScript(path.join(ROOT, "scripts/launcher.sh"), target)
  chmodSync(target, 0o755)
  const wrapper = path.join(tree, "cache-extension/exec")
  copyScript(path.join(ROOT, "scripts/exec.sh"), wrapper)
  chmodSync(wrapper, 0o755)
  copyScript(path.join(ROOT, "scripts/cannotRun.sh"), path.join(tree, "cache-extension/cannot-run.sh"))
}

/** What stands beside the executable of an architecture. */
const writeTree = (tree: string, architecture: Architecture, packages: ReadonlyArray<BundledPackage>) => {
  installLauncher(tree)
  writeNotices(tree, noticesOf(packages, runtimeNotice(runtimeOf(architecture))))
  const ranges = recordedRanges(architecture)
  if (ranges.length === 0) return
  const program = path.join(tree, "cache-extension/read-ahead")
  writeFileSync(program, readAhead(architecture, ranges), { mode: 0o755 })
}

/** Writes the parts into a folder. Returns the line that the build prints. */
export const buildParts = async (folder: string): Promise<string> => {
  const program = await bundle("bun", { dir: path.join(folder, PROGRAM) })
  // Beside the executable and not inside, where it would also be machine code, of 2.2 MB.
  const [providers] = await Promise.all(
    ARCHITECTURES.map((architecture) => bundleProviders(path.join(folder, architecture, "cache-extension"))),
  )
  const chunks = [...program, ...(providers ?? [])]
  const packages = packagesIn(chunks)
  for (const architecture of ARCHITECTURES) writeTree(path.join(folder, architecture), architecture, packages)
  refuseFaults(packages)
  const write = (name: string, content: unknown) =>
    writeFileSync(path.join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`)
  write(
    PACKAGES,
    packages.map(({ integrity, licence, name, version }) => ({ name, version, licence, integrity })),
  )
  write(LOCK, lockOfRuntimes())
  return `${chunks.length} files`
}
