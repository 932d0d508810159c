// Builds the Node layer's tree:
//
//   dist/node/extensions/cache-extension        the launcher, the one file that Lambda executes
//   dist/node/cache-extension/main.cjs          the program, one file
//
// CommonJS, because an ESM `import "node:http"` also loads undici (27 ms on Node 22 and later).
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs"
import path from "node:path"
import { gzipSync } from "node:zlib"
import { rolldown } from "rolldown"

const root = path.dirname(import.meta.dirname)
const target = path.join(root, "dist/node")
const file = path.join(target, "cache-extension/main.cjs")
const launcher = path.join(target, "extensions/cache-extension")

rmSync(target, { recursive: true, force: true })

const bundle = await rolldown({
  input: path.join(root, "src/main.node.ts"),
  platform: "node",
  transform: { define: { "import.meta": "{}" } },
  treeshake: { moduleSideEffects: false },
  logLevel: "warn",
})
await bundle.write({ file, format: "cjs", minify: true, codeSplitting: false, comments: { legal: false } })
await bundle.close()

mkdirSync(path.dirname(launcher), { recursive: true })
copyFileSync(path.join(root, "scripts/launcher.sh"), launcher)
chmodSync(launcher, 0o755)

const kB = (bytes: number) => `${(bytes / 1_000).toFixed(0)} kB`
console.log(`dist/node: ${kB(statSync(file).size)}, gzip ${kB(gzipSync(readFileSync(file)).length)}`)
