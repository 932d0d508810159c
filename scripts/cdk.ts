// Builds the CDK construct as `lambda-cache-extension/cdk`, for ECMAScript modules and CommonJS:
//
//   index.js, index.cjs         the construct, with the reader of config.yaml inside; aws-cdk-lib and constructs are the app's own
//   *.d.ts, *.d.cts             its types
import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { type Plugin, rolldown } from "rolldown"
import { ROOT } from "./bundle.ts"
import { compiler } from "./compiler.ts"
import { type BundledPackage, packagesIn } from "./contents.ts"

const ROOM = path.join(ROOT, "cdk")

/** The packages of a CDK app. They must be the app's own, because constructs are recognised by their class. */
const PEERS = /^(?:aws-cdk-lib|constructs)(?:\/|$)/

/** The modules that fetch values, and with them the AWS SDK: synthesis reads config.yaml, and calls nothing. */
const withoutFetching: Plugin = {
  name: "without-fetching",
  resolveId: (source) => (source.startsWith("./fetch/") ? "\0fetch" : null),
  load: (id) => (id === "\0fetch" ? "export {}\n" : null),
}

const FORMATS = [
  { format: "esm", extension: "js" },
  { format: "cjs", extension: "cjs" },
] as const

const bundle = async (folder: string): Promise<ReadonlyArray<BundledPackage>> => {
  const build = await rolldown({
    input: { index: path.join(ROOM, "index.ts") },
    external: PEERS,
    platform: "node",
    plugins: [withoutFetching],
    transform: { target: "node20.11" },
    logLevel: "warn",
    // What the extension imports when it needs it, the construct needs at once.
    checks: { ineffectiveDynamicImport: false },
  })
  const outputs = []
  for (const { extension, format } of FORMATS) {
    const { output } = await build.write({
      dir: folder,
      format,
      minify: true,
      comments: { legal: false },
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `[name]-[hash].${extension}`,
    })
    outputs.push(...output)
  }
  await build.close()
  return packagesIn(outputs.filter((file) => file.type === "chunk"))
}

/** Declarations of the files that the entry's own declarations need. `--noCheck`: aws-cdk-lib is not installed here. */
const declare = (folder: string): void => {
  const options = [
    "--ignoreConfig --declaration --emitDeclarationOnly --noCheck --strict --exactOptionalPropertyTypes --skipLibCheck",
    "--verbatimModuleSyntax --allowImportingTsExtensions --module nodenext --types node --target es2024",
  ].flatMap((line) => line.split(" "))
  const made = path.join(folder, "types")
  execFileSync(compiler(), [...options, "--rootDir", ROOT, "--outDir", made, path.join(ROOM, "index.ts")], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  })
  for (const file of readdirSync(path.join(made, "cdk"))) {
    const text = readFileSync(path.join(made, "cdk", file), "utf8")
    for (const { extension } of FORMATS) {
      const name = file.replace(".d.ts", extension === "js" ? ".d.ts" : ".d.cts")
      writeFileSync(path.join(folder, name), text.replaceAll(/(["']\.\/\w+)\.ts(["'])/g, `$1.${extension}$2`))
    }
  }
  rmSync(made, { recursive: true })
}

/** Writes the construct into a folder. Returns the packages in it. */
export const buildCdk = async (folder: string): Promise<ReadonlyArray<BundledPackage>> => {
  const packages = await bundle(folder)
  declare(folder)
  return packages
}
