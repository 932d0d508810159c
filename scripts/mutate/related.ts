/**
 * Finds the unit tests that import a file, directly or through others. `import("...")` counts, `import type` does not.
 */
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { parseAst } from "rolldown/parseAst"
import { ROOT } from "../bundle.ts"
import { child, children, isNode, type Node } from "./syntax.ts"

/** Folders of tests that are about documents, other programs or local AWS. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "docs",
  "sam",
  "scripts",
  "local",
  "client",
  "conformance",
  "integration",
  "slow",
  "reliability",
])

/** A file and those that import it, relative to the root. */
export type Importers = ReadonlyMap<string, ReadonlySet<string>>

const filesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .map((file) => path.join(folder, file))

const isType = (node: Node): boolean =>
  node["importKind"] === "type" ||
  node["exportKind"] === "type" ||
  (children(node, "specifiers").length > 0 &&
    children(node, "specifiers").every((one) => one["importKind"] === "type" || one["exportKind"] === "type"))

/** The specifiers of a tree's imports. */
function* targetsIn(node: Node): Generator<string> {
  const isImport = /^(?:Import|ExportNamed|ExportAll)(?:Declaration|Expression)$/.test(node.type)
  const target = isImport && !isType(node) ? child(node, "source")?.["value"] : undefined
  if (typeof target === "string") yield target
  for (const value of Object.values(node)) {
    const below: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
    for (const one of below) if (isNode(one)) yield* targetsIn(one)
  }
}

const importsOf = (file: string): ReadonlyArray<string> => {
  const tree: unknown = parseAst(readFileSync(path.join(ROOT, file), "utf8"), { lang: "ts" })
  if (!isNode(tree)) return []
  return Array.from(targetsIn(tree))
    .filter((target) => target.startsWith("."))
    .map((target) => path.join(path.dirname(file), target))
}

/** Who imports whom, in src/ and test/. */
export const readImporters = (): Importers => {
  const importers = new Map<string, Set<string>>()
  for (const file of [...filesIn("src"), ...filesIn("test")])
    for (const target of importsOf(file)) {
      const known = importers.get(target) ?? new Set()
      importers.set(target, known.add(file))
    }
  return importers
}

/** All dependents of a file, with the number of imports between them. */
export const dependents = (importers: Importers, file: string): ReadonlyMap<string, number> => {
  const distances = new Map([[file, 0]])
  for (const [next, distance] of distances)
    for (const importer of importers.get(next) ?? [])
      if (!distances.has(importer)) distances.set(importer, distance + 1)
  return distances
}

/** Whether a test file is named after a source file. */
export const isOwnTest = (file: string, test: string): boolean =>
  path.basename(test).startsWith(path.basename(file, ".ts"))

/** The unit tests that depend on a file within a number of imports, or are named after it. */
export const testsOf = (importers: Importers, file: string, within = Infinity): ReadonlyArray<string> =>
  Array.from(dependents(importers, file)).flatMap(([test, distance]) =>
    test.endsWith(".test.ts") &&
    !ELSEWHERE.has(test.split(path.sep)[1] ?? "") &&
    (distance <= within || isOwnTest(file, test))
      ? [test]
      : [],
  )
