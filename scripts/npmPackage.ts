// Fetches a package of the npm registry, in the version and with the content that package-lock.json pins. `npm pack` does it,
// so npm's own configuration holds: registry, proxy, credentials, certificates.
//
// The build takes the Bun for the other processor from here (bun.ts), and the command line its Bun and Node (cli/toolchain.ts).
import { createHash, randomUUID } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import path from "node:path"
import type { PinnedPackage } from "./lock.ts"
import { run } from "./run.ts"

interface Fetching {
  readonly signal?: AbortSignal
  /** The command of npm. */
  readonly npm?: string
}

/**
 * Puts the files of a package into a folder, all at once: no other process sees half of them. A folder that exists stays as it
 * is. Rejects if npm cannot fetch the package, or if its content is not the pinned one.
 */
export const fetchPackage = async (
  { integrity, name, version }: Pick<PinnedPackage, "integrity" | "name" | "version">,
  folder: string,
  { npm = "npm", signal }: Fetching = {},
): Promise<void> => {
  const work = `${folder}.${randomUUID()}`
  mkdirSync(work, { recursive: true })
  try {
    await run(npm, ["pack", "--loglevel=error", `${name}@${version}`], { cwd: work, signal })
    const archive = readdirSync(work).find((file) => file.endsWith(".tgz"))
    if (archive === undefined) throw new Error("npm pack wrote no archive")
    const content = readFileSync(path.join(work, archive))
    const digest = `sha512-${createHash("sha512").update(content).digest("base64")}`
    if (digest !== integrity)
      throw new Error(`the registry's content is not the pinned one: expected ${integrity}, got ${digest}`)
    await run("tar", ["-xzf", archive], { cwd: work, signal })
    // Another process may have been faster: then both have the same files.
    if (!existsSync(folder)) renameSync(path.join(work, "package"), folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
