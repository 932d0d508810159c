/**
 * Every test asserts something: itself, or by a helper of test/ that it calls. One that fails only by hanging says
 * nothing of what went wrong. Read from the syntax trees of the tests.
 */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync } from "node:fs"
import path from "node:path"
import { child, children, type Node, nameOf, parse, walk } from "../../scripts/mutate/syntax.ts"
import { ROOT, textOf } from "./markdown.ts"

/** Tests whose body is a member of a table: the cases of the conformance suite, which all call `assert`. */
const BY_TABLE: ReadonlySet<string> = new Set([
  "test/conformance/conformance.test.ts",
  "test/slow/dataApiOnPostgres.test.ts",
  "test/shared/stores/stores.test.ts",
])

interface File {
  readonly tree: Node
  /** What a name of the file stands for: its declaration here, or where it is imported from. */
  readonly declared: ReadonlyMap<string, Node>
  readonly imported: ReadonlyMap<string, { readonly file: string; readonly name: string }>
}

const read = (file: string): File => {
  const tree = parse(textOf(file))
  const declared = new Map<string, Node>()
  for (const { node } of walk(tree)) {
    const name = nameOf(child(node, "id"))
    const value = child(node, node.type === "VariableDeclarator" ? "init" : "body")
    if (name !== undefined && value !== undefined) declared.set(name, value)
  }
  const imports = children(tree, "body").flatMap((node) => {
    const from = child(node, "source")?.["value"]
    if (typeof from !== "string" || !from.startsWith(".")) return []
    const target = path.join(path.dirname(file), from)
    return children(node, "specifiers").flatMap((one) => {
      const [local, name] = [nameOf(child(one, "local")), nameOf(child(one, "imported"))]
      return local === undefined || name === undefined ? [] : [[local, { file: target, name }] as const]
    })
  })
  return { tree, declared, imported: new Map(imports) }
}

const files = new Map<string, File>()
const fileAt = (name: string): File => {
  const known = files.get(name) ?? read(name)
  files.set(name, known)
  return known
}

/** What has been looked at: many tests share their helpers. One that is being looked at does not count as asserting. */
const verdicts = new Map<Node, boolean>()

/** Whether what a node does comes to `assert` or `expect`. */
const asserts = (node: Node, file: string): boolean => {
  const before = verdicts.get(node)
  if (before !== undefined) return before
  verdicts.set(node, false)
  const result = comesToAssert(node, file)
  verdicts.set(node, result)
  return result
}

const comesToAssert = (node: Node, file: string): boolean => {
  const { declared, imported } = fileAt(file)
  for (const { node: one } of walk(node)) {
    if (one.type !== "Identifier") continue
    const name = String(one["name"])
    if (name === "assert" || name === "expect") return true
    const here = declared.get(name)
    if (here !== undefined && asserts(here, file)) return true
    const there = imported.get(name)
    const body = there?.file.startsWith("test/") ? fileAt(there.file).declared.get(there.name) : undefined
    if (there !== undefined && body !== undefined && asserts(body, there.file)) return true
  }
  return false
}

/** `it` of `it.effect.each(...)("...")`. */
const rootOf = (node: Node | undefined): string | undefined =>
  node === undefined || node.type === "Identifier"
    ? nameOf(node)
    : rootOf(child(node, "object") ?? child(node, "callee"))

const isText = ({ type, value }: Node): boolean =>
  type === "TemplateLiteral" || (type === "Literal" && typeof value === "string")

/** The tests of a file that assert nothing, by line and title. */
const idleTestsOf = (file: string): ReadonlyArray<string> =>
  Array.from(walk(fileAt(file).tree)).flatMap(({ node }) => {
    if (node.type !== "CallExpression" || !/^(?:it|test)$/.test(rootOf(child(node, "callee")) ?? ""))
      return []
    const [title, ...rest] = children(node, "arguments")
    const bodies = rest.filter((one) => one.type !== "ObjectExpression")
    if (title === undefined || !isText(title) || bodies.some((one) => asserts(one, file))) return []
    const source = textOf(file)
    const line = source.slice(0, node.start).split("\n").length
    return [`${file}:${line} ${source.slice(title.start, title.end)}`]
  })

const TESTS = readdirSync(path.join(ROOT, "test"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => path.join("test", file))

describe("every test", () => {
  it("asserts something", () => {
    assert.isAbove(TESTS.length, 100)
    const idle = TESTS.filter((file) => !BY_TABLE.has(file)).flatMap(idleTestsOf)
    assert.deepStrictEqual(idle, [])
  }, 120_000)
})
