// Makes the tree of a standalone layer from its parts, and its archive, with Bun alone: the build does so, and the command line
// where the package is installed, so both give the same bytes.
//
// The parts (build.ts, `npm run build -- parts`) are what no other machine could make: the bundle for Bun, which both executables
// contain, and for each architecture the files beside the executable.
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import type { Deflate } from "./archive.ts"
import { type Architecture, BUNS, JIT_POLICY } from "./bun.ts"
import { PARTS, PROGRAM } from "./parts.ts"
import { run } from "./run.ts"

/** The executables of Bun. */
export interface Buns {
  /** Runs on this machine. */
  readonly compiler: string
  /** Is embedded into the executable. */
  readonly embedded: string
}

/** Writes the tree of an architecture. */
export const compileTree = async (
  tree: string,
  architecture: Architecture,
  { compiler, embedded }: Buns,
  signal?: AbortSignal,
): Promise<void> => {
  mkdirSync(tree, { recursive: true })
  cpSync(path.join(PARTS, architecture), tree, { recursive: true })
  // npm's archives lose the exec bit of files that the package does not name as commands.
  for (const file of ["extensions/cache-extension", "cache-extension/exec", "cache-extension/read-ahead"])
    if (existsSync(path.join(tree, file))) chmodSync(path.join(tree, file), 0o755)
  // The bytes depend on where the bundle is, seen from the working directory and the executable. So these are always the same.
  const work = mkdtempSync(path.join(tmpdir(), "compile-"))
  const executable = path.join(work, "out/cache-extension")
  cpSync(path.join(PARTS, PROGRAM), path.join(work, PROGRAM), { recursive: true })
  await run(
    compiler,
    [
      "build",
      `${PROGRAM}/program.mjs`,
      "--outfile=out/cache-extension",
      "--compile",
      "--format=esm",
      "--splitting",
      `--target=${BUNS[architecture].target}`,
      `--compile-executable-path=${embedded}`,
      "--bytecode",
      "--minify",
      `--compile-jit-policy=${JIT_POLICY}`,
      // The working directory may be the function's package, which must not configure the extension.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      "--no-compile-autoload-tsconfig",
      "--no-compile-autoload-package-json",
    ],
    { cwd: work, signal },
  )
    .then(() => cpSync(executable, path.join(tree, "cache-extension/cache-extension")))
    .finally(() => rmSync(work, { recursive: true, force: true }))
}

const DEFLATE_CODE = `const { files, folder } = JSON.parse(process.env.DEFLATE)
for (const [index, file] of files.entries()) {
  const options = { library: "libdeflate", level: 12 }
  await Bun.write(folder + "/" + index, Bun.deflateSync(await Bun.file(file).bytes(), options))
}`

/**
 * Compresses with libdeflate, which Bun contains, at its highest level: the archive of an executable has 52.4 MB, by zlib at its
 * highest 54.7, and a direct upload takes 52.43. Zlib also gives other bytes on other versions of Node.
 */
export const withLibdeflate =
  (compiler: string, signal?: AbortSignal): Deflate =>
  async (files) => {
    const folder = mkdtempSync(path.join(tmpdir(), "deflate-"))
    try {
      const env = { DEFLATE: JSON.stringify({ files, folder }) }
      await run(compiler, ["--eval", DEFLATE_CODE], { cwd: folder, env, signal })
      return files.map((_, index) => readFileSync(path.join(folder, String(index))))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
