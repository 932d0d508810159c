// Builds the package in client/ as plain modules with their types.
//
//   client/dist/Client.js     the client, which imports nothing and can be copied alone
//   client/dist/fixtures.js   a fetch that answers from fixtures, for tests
//   client/dist/effect.js     the client as an Effect service
import { execFileSync } from "node:child_process"
import path from "node:path"
import { rolldown } from "rolldown"
import { minifySync } from "rolldown/utils"
import { ROOT } from "./root.ts"
import { compiler } from "./compiler.ts"

const ROOM = path.join(ROOT, "client")
const MODULES = ["Client", "fixtures", "effect"]

// Runs on Node 18 and needs no compiler options from its users.
const TARGET = "es2022"

const bundle = async (folder: string): Promise<string> => {
  const build = await rolldown({
    input: Object.fromEntries(MODULES.map((name) => [name, path.join(ROOM, `${name}.ts`)])),
    external: /^effect\//,
    platform: "neutral",
    transform: { target: TARGET },
    // Keeps Client.js one file; otherwise the code that it shares with the others becomes a chunk.
    preserveEntrySignatures: "allow-extension",
  })
  const { output } = await build.write({ dir: folder, format: "esm" })
  await build.close()
  const client = output.find(({ fileName }) => fileName === "Client.js")
  return client?.type === "chunk" ? client.code : ""
}

const declare = (folder: string): void => {
  const options = [
    "--ignoreConfig --declaration --emitDeclarationOnly --strict --exactOptionalPropertyTypes --skipLibCheck",
    "--verbatimModuleSyntax --allowImportingTsExtensions --module nodenext --types node",
    `--target ${TARGET}`,
  ].flatMap((line) => line.split(" "))
  const files = MODULES.map((name) => path.join(ROOM, `${name}.ts`))
  execFileSync(compiler(), [...options, "--rootDir", ROOM, "--outDir", folder, ...files], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  })
}

/** Writes the client into a folder. Returns a line with its size. */
export const buildClient = async (folder: string): Promise<string> => {
  const code = await bundle(folder)
  declare(folder)
  const { code: minified } = minifySync("Client.js", code, { module: true })
  return `Client.js ${Buffer.byteLength(code)} bytes, minified ${Buffer.byteLength(minified)}`
}
