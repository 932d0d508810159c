// Builds the Node layer's tree:
//
//   dist/node/extensions/cache-extension     the launcher, the one file that Lambda executes
//   dist/node/cache-extension/main.cjs       what stands before `register`
//   dist/node/cache-extension/*.cjs          everything else, each loaded when it is needed
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs"
import path from "node:path"
import { gzipSync } from "node:zlib"
import { rolldown } from "rolldown"
import { inputOptions, nodeOutput, ROOT } from "./bundle.ts"

const target = path.join(ROOT, "dist/node")
const launcher = path.join(target, "extensions/cache-extension")

rmSync(target, { recursive: true, force: true })

const bundle = await rolldown(inputOptions("src/main.node.ts"))
const { output } = await bundle.write(nodeOutput(path.join(target, "cache-extension")))
await bundle.close()

mkdirSync(path.dirname(launcher), { recursive: true })
copyFileSync(path.join(ROOT, "scripts/launcher.sh"), launcher)
chmodSync(launcher, 0o755)

const code = output.flatMap((file) => (file.type === "chunk" ? [file.code] : []))
const sum = (sizes: ReadonlyArray<number>) => `${(sizes.reduce((total, size) => total + size, 0) / 1_000).toFixed(0)} kB`
console.log(
  `dist/node: ${code.length} files, ${sum(code.map((text) => Buffer.byteLength(text)))}, ` +
    `gzip ${sum(code.map((text) => gzipSync(text).length))}`,
)
