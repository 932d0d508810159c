/**
 * `npm run bench:sizes`: the size of each file of the bundles, minified and gzipped; the share of each package; and the
 * size of the built artifacts, unpacked and compressed.
 *
 * Bundles in memory with the options of the build. The artifacts are those in dist.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { gzipSync } from "node:zlib"
import type { OutputChunk } from "rolldown"
import { minifySync } from "rolldown/utils"
import { bundle, type HostName, ROOT } from "../scripts/bundle.ts"
import { parseOptions } from "../scripts/options.ts"
import { machine, table } from "./support/report.ts"
import { bunPath } from "./support/subjects.ts"

parseOptions("Shows how large the bundles and the built artifacts are, and what they are made of.", {})

const HOSTS: ReadonlyArray<{ readonly host: HostName; readonly title: string }> = [
  { host: "node", title: "Node bundle" },
  { host: "bun", title: "bundle inside the standalone executable" },
]
const TREES = ["node", "x86_64", "arm64"]

/** How many packages are listed. The others are summed up. */
const NAMED_PACKAGES = 15

const kilobytes = (bytes: number): string => (bytes / 1e3).toFixed(1)
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2)
const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, number) => total + number, 0)

/** The package of a module, or its room in src. */
const ownerOf = (id: string): string => {
  const dependency = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1]
  if (dependency !== undefined) return dependency
  return id.startsWith(path.join(ROOT, "src")) ? "the extension itself" : "the bundler's own"
}

const chunksTable = (chunks: ReadonlyArray<OutputChunk>): string => {
  const sizes = chunks
    .map(({ code, fileName, modules }) => ({
      fileName,
      modules: Object.keys(modules).length,
      minified: Buffer.byteLength(code),
      gzip: gzipSync(code).length,
    }))
    .sort((a, b) => b.minified - a.minified)
  const total = {
    fileName: "all",
    modules: sum(sizes.map(({ modules }) => modules)),
    minified: sum(sizes.map(({ minified }) => minified)),
    gzip: sum(sizes.map(({ gzip }) => gzip)),
  }
  return table(
    ["file", "modules", "minified kB", "gzip kB"],
    [...sizes, total].map(({ fileName, gzip, minified, modules }) => [
      fileName,
      String(modules),
      kilobytes(minified),
      kilobytes(gzip),
    ]),
  )
}

/** The bundled part of a module, minified on its own, because a minified bundle does not show which module a byte is from. */
const minifiedLength = (id: string, code: string | null): number =>
  code === null ? 0 : Buffer.byteLength(minifySync(id, code, { mangle: { toplevel: true } }).code)

const ownersTable = (chunks: ReadonlyArray<OutputChunk>): string => {
  const byOwner = new Map<string, { modules: number; bytes: number }>()
  for (const [id, { code }] of chunks.flatMap(({ modules }) => Object.entries(modules))) {
    const owner = ownerOf(id)
    const entry = byOwner.get(owner) ?? { modules: 0, bytes: 0 }
    byOwner.set(owner, { modules: entry.modules + 1, bytes: entry.bytes + minifiedLength(id, code) })
  }
  const sorted = [...byOwner].sort(([, a], [, b]) => b.bytes - a.bytes)
  const rest = sorted.slice(NAMED_PACKAGES).map(([, entry]) => entry)
  const others = {
    modules: sum(rest.map(({ modules }) => modules)),
    bytes: sum(rest.map(({ bytes }) => bytes)),
  }
  const total = sum(sorted.map(([, { bytes }]) => bytes))
  const named = sorted.slice(0, NAMED_PACKAGES)
  const rows = rest.length === 0 ? named : [...named, [`${rest.length} others`, others] as const]
  return table(
    ["package", "modules", "kB minified alone", "share"],
    rows.map(([owner, { bytes, modules }]) => [
      owner,
      String(modules),
      kilobytes(bytes),
      `${((bytes / total) * 100).toFixed(1)} %`,
    ]),
  )
}

const artifactsTable = (): string => {
  const built = TREES.filter((tree) => existsSync(path.join(ROOT, "dist", tree)))
  const rows = built.map((tree) => {
    const files = readdirSync(path.join(ROOT, "dist", tree), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name)))
    const compressed = files.map((content) => gzipSync(content, { level: 9 }).length)
    return [
      `dist/${tree}`,
      String(files.length),
      megabytes(sum(files.map(({ length }) => length))),
      megabytes(sum(compressed)),
    ]
  })
  const absent = TREES.filter((tree) => !built.includes(tree)).map((tree) => [`dist/${tree}`, "not built"])
  return table(["artifact", "files", "MB", "MB compressed"], [...rows, ...absent])
}

console.log(`Sizes: ${machine(bunPath())}`)
for (const { host, title } of HOSTS) {
  console.log(`\n### ${title}: files\n\n${chunksTable(await bundle(host))}`)
  console.log(`\n### ${title}: packages\n\n${ownersTable(await bundle(host, { minify: false }))}`)
}
console.log(`\n### Artifacts\n\n${artifactsTable()}`)
