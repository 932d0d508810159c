// Builds the client as modules with their types, as they are in the published package:
//
//   dist/client/index.js      the client, which imports nothing and can be copied alone
//   dist/client/fixtures.js   a fetch that answers from fixtures, for tests
//   dist/client/effect.js     the client as an Effect service: an ES module alone, as Effect itself is
//
// The first two also as CommonJS (.cjs). Each has its declarations beside it (.d.ts, .d.cts), with the names of the files that
// they import.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { rolldown } from "rolldown"
import { minifySync } from "rolldown/utils"
import { ROOT } from "./root.ts"
import { compiler } from "./compiler.ts"

const ROOM = path.join(ROOT, "client")
/** The modules of the package by the files of their code. */
const MODULES = { index: "Client", fixtures: "fixtures", effect: "effect" } as const
const COMMON_JS = ["index", "fixtures"] as const

// Runs on Node 18 and needs no compiler options from its users.
const TARGET = "es2022"

const inputOf = (names: ReadonlyArray<keyof typeof MODULES>): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, path.join(ROOM, `${MODULES[name]}.ts`)]))

/** Bundles the modules of a format. Returns the code of the client. */
const bundle = async (folder: string, format: "esm" | "cjs"): Promise<string> => {
  const extension = format === "esm" ? "js" : "cjs"
  const build = await rolldown({
    input: inputOf(format === "esm" ? ["index", "fixtures", "effect"] : COMMON_JS),
    external: /^effect\//,
    platform: "neutral",
    transform: { target: TARGET },
    // Keeps the client one file; otherwise the code that it shares with the others becomes a chunk.
    preserveEntrySignatures: "allow-extension",
  })
  const { output } = await build.write({
    dir: folder,
    format,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `[name].${extension}`,
  })
  await build.close()
  const client = output.find(({ fileName }) => fileName === `index.${extension}`)
  return client?.type === "chunk" ? client.code : ""
}

/** The import of another declaration, with the extension that its file has as TypeScript. */
const RELATIVE = /(["'])\.\/([\w/]+)\.ts\1/g

const nameOf = (module: string): string => (module === MODULES.index ? "index" : module)

/** Writes the declarations, for ES modules and for CommonJS. */
const declare = (folder: string): void => {
  const made = mkdtempSync(path.join(tmpdir(), "declarations-"))
  const options = [
    "--ignoreConfig --declaration --emitDeclarationOnly --strict --exactOptionalPropertyTypes --skipLibCheck",
    "--verbatimModuleSyntax --allowImportingTsExtensions --module nodenext --types node",
    `--target ${TARGET}`,
  ].flatMap((line) => line.split(" "))
  const files = Object.values(MODULES).map((name) => path.join(ROOM, `${name}.ts`))
  execFileSync(compiler(), [...options, "--rootDir", ROOM, "--outDir", made, ...files], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  })
  const texts = readdirSync(made).map((file) => readFileSync(path.join(made, file), "utf8"))
  for (const [index, file] of readdirSync(made).entries()) {
    const module = path.basename(file, ".d.ts")
    const text = texts[index] ?? ""
    const isNamed =
      files.includes(path.join(ROOM, `${module}.ts`)) || texts.some((one) => one.includes(`"./${module}.ts"`))
    if (!isNamed) continue
    const importing = (extension: string) =>
      text.replaceAll(
        RELATIVE,
        (_, quote: string, name: string) => `${quote}./${nameOf(name)}.${extension}${quote}`,
      )
    writeFileSync(path.join(folder, `${nameOf(module)}.d.ts`), importing("js"))
    if (module !== MODULES.effect)
      writeFileSync(path.join(folder, `${nameOf(module)}.d.cts`), importing("cjs"))
  }
  rmSync(made, { recursive: true })
}

/** Writes the client into a folder. Returns a line with its size. */
export const buildClient = async (folder: string): Promise<string> => {
  const code = await bundle(folder, "esm")
  await bundle(folder, "cjs")
  declare(folder)
  const { code: minified } = minifySync("index.js", code, { module: true })
  return `index.js ${Buffer.byteLength(code)} bytes, minified ${Buffer.byteLength(minified)}`
}
