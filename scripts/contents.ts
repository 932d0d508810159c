// Lists the packages in an artifact: those whose modules were bundled, with their versions from package-lock.json and their
// licences. NOTICES and the bill of materials (sbom.ts) are made from it.
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import type { OutputChunk } from "rolldown"
import { packageAt, type PinnedPackage } from "./lock.ts"
import { ROOT } from "./root.ts"

export interface BundledPackage extends PinnedPackage {
  /** The texts of the package's LICENSE and NOTICE files. */
  readonly texts: ReadonlyArray<string>
}

/** Licences that only require attribution. */
const PERMISSIVE = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
  "Zlib",
])

/** The innermost package that contains a module, as a path from the root. */
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/
const LEGAL_FILE = /^(licen[cs]e|notice|copying)([.-].*)?$/i

/** https://opensource.org/license/mit */
const mit = (holder: string): string => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`

/** The packages of https://github.com/redis/node-redis, whose LICENSE no archive has. */
const NODE_REDIS = [
  "redis",
  "@redis/bloom",
  "@redis/client",
  "@redis/json",
  "@redis/search",
  "@redis/time-series",
]

/** Packages that name their licence in package.json, but have no file with the text. */
const TEXTS_OF: Readonly<Record<string, string>> = {
  "node_modules/lazy": mit("Peteris Krumins"),
  ...Object.fromEntries(NODE_REDIS.map((name) => [`node_modules/${name}`, mit("2022-2025, Redis, inc.")])),
}

/** Packages whose archives lack the file that their repository has, and a package of that repository whose archive has it. */
const SAME_REPOSITORY: Readonly<Record<string, string>> = Object.fromEntries(
  ["credential-provider-http", "credential-provider-login", "nested-clients"].map((name) => [
    `node_modules/@aws-sdk/${name}`,
    "node_modules/@aws-sdk/credential-provider-node",
  ]),
)

const textsIn = (folder: string): ReadonlyArray<string> => {
  const texts = readdirSync(path.join(ROOT, folder))
    .filter((file) => LEGAL_FILE.test(file))
    .toSorted()
    .map((file) => readFileSync(path.join(ROOT, folder, file), "utf8").replaceAll(/^\n+|\s+$/g, ""))
  if (texts.length > 0) return texts
  const [own, other] = [TEXTS_OF[folder], SAME_REPOSITORY[folder]]
  if (own !== undefined) return [own]
  return other === undefined ? [] : textsIn(other)
}

/** The packages that these files belong to, sorted by name. */
export const packagesIn = (
  chunks: ReadonlyArray<Pick<OutputChunk, "modules">>,
): ReadonlyArray<BundledPackage> => {
  const folders = chunks
    .flatMap(({ modules }) => Object.entries(modules))
    .filter(([, { renderedLength }]) => renderedLength > 0)
    .flatMap(([id]) => PACKAGE.exec(id) ?? [])
    .map((folder) => path.relative(ROOT, folder))
  return [...new Set(folders)]
    .toSorted()
    .map((folder) => Object.assign(packageAt(folder), { texts: textsIn(folder) }))
}

/** Why a package cannot be shipped: its licence requires more than attribution, or its text is missing. */
export const licenceFaults = (packages: ReadonlyArray<BundledPackage>): ReadonlyArray<string> =>
  packages.flatMap(({ licence, name, texts }) => [
    ...(PERMISSIVE.has(licence)
      ? []
      : [`${name} has the licence ${licence}; allowed: ${[...PERMISSIVE].join(", ")}`]),
    ...(texts.length === 0 ? [`${name} has no text of its licence`] : []),
  ])

/** Throws if a package cannot be shipped. */
export const refuseFaults = (packages: ReadonlyArray<BundledPackage>): void => {
  const faults = licenceFaults(packages)
  if (faults.length > 0) throw new Error(faults.join("\n"))
}

const RULE = "-".repeat(80)

/**
 * The file NOTICES: which packages are inside, and the texts of their licences, each once.
 *
 * @param runtime what is to be said of the runtime inside; nothing, if there is none
 */
export const noticesOf = (packages: ReadonlyArray<BundledPackage>, runtime?: string): string => {
  const byText = Map.groupBy(
    packages.flatMap(({ name, texts, version }) =>
      texts.map((text) => ({ text, title: `${name} ${version}` })),
    ),
    ({ text }) => text,
  )
  const sections = Array.from(byText, ([text, holders]) =>
    [RULE, ...holders.map(({ title }) => title), RULE, "", text].join("\n"),
  )
  return `${[
    "This program contains the packages below, under the licences below. Its own licence is MIT-0.",
    ...(runtime === undefined ? [] : [`${RULE}\n${runtime}`]),
    ...sections,
  ].join("\n\n")}\n`
}
