/**
 * The syntax tree of a TypeScript file from rolldown's parser (ESTree with types), and a walk over its code without types,
 * imports and comments.
 */
import { parseAst } from "rolldown/parseAst"

/** A node. `start` and `end` are offsets into the source. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** A node with its parent and the key that it has there. */
export interface Place {
  readonly node: Node
  readonly key: string
  readonly parent: Place | undefined
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"

/** The child node under `key`, if there is one. */
export const child = (node: Node, key: string): Node | undefined => {
  const value = node[key]
  return isNode(value) ? value : undefined
}

/** The child nodes in the list under `key`. */
export const children = (node: Node, key: string): ReadonlyArray<Node> => {
  const value = node[key]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** The name of an identifier or of the last part of `a.b.name`. */
export const nameOf = (node: Node | undefined): string | undefined => {
  if (node?.type === "Identifier") return String(node["name"])
  return node?.type === "MemberExpression" && node["computed"] !== true
    ? nameOf(child(node, "property"))
    : undefined
}

/** Expressions that only add a type to another. */
const TRANSPARENT: ReadonlySet<string> = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
])

const isCode = ({ type }: Node): boolean =>
  TRANSPARENT.has(type) ||
  !(type.startsWith("TS") || type.startsWith("Import") || type === "ExportAllDeclaration")

export const parse = (source: string): Node => {
  const program: unknown = parseAst(source, { lang: "ts" })
  if (!isNode(program)) throw new Error("the parser gave no program")
  return program
}

/** Visits every node that holds code, parents first. `import("...")` is left out like other imports. */
export function* walk(node: Node, key = "program", parent?: Place): Generator<Place> {
  if (!isCode(node)) return
  const place = { node, key, parent }
  yield place
  for (const [name, value] of Object.entries(node)) {
    const below: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
    for (const one of below) if (isNode(one)) yield* walk(one, name, place)
  }
}
