// The parts of the standalone layers, in dist/parts of the clone and of the published package: buildParts.ts writes them, compile.ts
// makes trees from them.
//
//   program/            the bundle for Bun, which both executables contain
//   x86_64/, arm64/     what stands beside the executable
//   packages.json       the packages in the bundle
//   lock.json           what package-lock.json pins of Bun and Node
import { readFileSync } from "node:fs"
import path from "node:path"
import { ARCHITECTURES, BUNS } from "./bun.ts"
import { type LockedPackages, lockedPackages, type PinnedPackage } from "./lock.ts"
import { ROOT } from "./root.ts"

export const PARTS = path.join(ROOT, "dist/parts")
export const PROGRAM = "program"
export const PACKAGES = "packages.json"
export const LOCK = "lock.json"

/** The packages in the bundle. */
export const packagesOfProgram = (): ReadonlyArray<PinnedPackage> =>
  JSON.parse(readFileSync(path.join(PARTS, PACKAGES), "utf8"))

/** The runtimes that commands fetch, as package-lock.json pins them. */
export const lockOfRuntimes = (): { readonly packages: LockedPackages } => {
  const locked = lockedPackages()
  const names = ARCHITECTURES.flatMap((architecture) => [
    BUNS[architecture].packageName,
    `node-linux-${BUNS[architecture].nodeArch}`,
  ])
  return {
    packages: Object.fromEntries(
      names.map((name) => [`node_modules/${name}`, locked[`node_modules/${name}`]]),
    ),
  }
}
