// Builds dist/runtimes/node.mjs: AWS's runtime client for Node.js (`aws-lambda-ric`) in one file, without its native addon
// (local/lambda/ric-preload.ts stands in for it), so that the published package can run a user's handler.
import { mkdirSync, statSync, writeFileSync } from "node:fs"
import path from "node:path"
import { rolldown } from "rolldown"
import { noticesOf, packagesIn } from "./contents.ts"
import { ROOT } from "./root.ts"

/** The addon's stand-in must be in place before the client asks for it, so it comes first. */
const ENTRY = `import ${JSON.stringify(path.join(ROOT, "local/lambda/ric-preload.ts"))}\nimport "aws-lambda-ric"\n`

/** Writes the file and its notices into a folder. Returns a line with its size. */
export const buildRuntimes = async (folder: string): Promise<string> => {
  mkdirSync(folder, { recursive: true })
  const entry = "\\0runtime"
  const build = await rolldown({
    input: { node: entry },
    cwd: ROOT,
    platform: "node",
    treeshake: false,
    transform: { target: "node22" },
    logLevel: "warn",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? ENTRY : null),
      },
    ],
  })
  const { output } = await build.write({ dir: folder, format: "esm", entryFileNames: "[name].mjs" })
  await build.close()
  const chunks = output.filter((file) => file.type === "chunk")
  writeFileSync(path.join(folder, "NOTICES"), noticesOf(packagesIn(chunks)))
  return `${(statSync(path.join(folder, "node.mjs")).size / 1e3).toFixed(0)} kB`
}
