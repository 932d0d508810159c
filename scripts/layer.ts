// Packs the layers: dist/cache-extension-{x86_64,arm64,node}.zip, ready to be published, each with its bill of materials in a
// .cdx.json. Archives are reproducible; what makes a tree unfit is in archive.ts.
import { statSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { filesOfLayer, writeArchive } from "./archive.ts"
import { build, type Built } from "./build.ts"
import { compilerBun } from "./bun.ts"
import { withLibdeflate } from "./compile.ts"
import { parseOptions } from "./options.ts"
import { ROOT } from "./root.ts"
import { megabytes, TREES } from "./trees.ts"

const dist = path.join(ROOT, "dist")

/** The archive of the Node layer is part of the build. */
const archiveOf = async (built: Built): Promise<string> =>
  built.tree === "node"
    ? path.join(dist, filesOfLayer("node").archive)
    : writeArchive(dist, path.join(dist, built.tree), built, withLibdeflate(compilerBun()))

if (process.argv[1] === import.meta.filename) {
  parseOptions("Builds and packs the layers: an archive and a bill of materials of each, in dist/.", {})
  for (const built of await build(TREES)) {
    const archive = await archiveOf(built)
    console.log(`${path.relative(ROOT, archive)}: ${megabytes(statSync(archive).size)}`)
  }
}
