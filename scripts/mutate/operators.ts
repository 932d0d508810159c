/**
 * The operators of mutation testing. Each takes a node of the syntax tree and returns replacements for its text. Pure.
 *
 * They make mistakes that are easy to overlook: a condition that always holds, a bound that is off by one, a missing member
 * of an object or step of a pipe.
 */
import { child, children, type Node, nameOf, type Place } from "./syntax.ts"

/** Replaces the text from `start` to `end` by `after`. */
interface Change {
  readonly start: number
  readonly end: number
  readonly after: string
}

interface Operator {
  readonly name: string
  readonly changes: (place: Place, source: string) => ReadonlyArray<Change>
}

const replace = ({ end, start }: Node, after: string): Change => ({ start, end, after })

const OTHER_BINARY: Readonly<Record<string, ReadonlyArray<string>>> = {
  "===": ["!=="],
  "!==": ["==="],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
}

const OTHER_ASSIGNMENT: Readonly<Record<string, string>> = { "+=": "-=", "-=": "+=", "??=": "=", "||=": "=" }

/** Methods whose call may be replaced by the object it is called on. */
const SKIPPABLE: ReadonlySet<string> = new Set([
  "filter",
  "toSorted",
  "sort",
  "toReversed",
  "reverse",
  "slice",
  "flat",
  "trim",
  "toLowerCase",
  "toUpperCase",
  "replace",
  "replaceAll",
  "concat",
])

const OTHER_CALLEE: Readonly<Record<string, string>> = {
  every: "some",
  some: "every",
  startsWith: "endsWith",
  endsWith: "startsWith",
  min: "max",
  max: "min",
  floor: "ceil",
  ceil: "floor",
  round: "floor",
}

/** Functions of Effect that decorate their first argument: `Effect.ensuring(effect, finalizer)`. */
const DECORATORS =
  /^(?:ensuring|tap.*|on[A-Z].*|catch.*|retry.*|repeat.*|timeout.*|delay|asVoid|ignore.*|uninterruptible|interruptible|andThen|zip.*|provide.*|withSpan|annotate.*|forkIn|forkScoped|forkChild|race.*|mapError|orDie|cached.*)$/

const textOf = ({ end, start }: Node, source: string): string => source.slice(start, end)

/** Strings that are only names: of a span (`Effect.fn("a.b")`) and of a service (`Service<...>()("id")`). */
const isName = ({ key, parent }: Place): boolean => {
  if (key !== "arguments" || parent === undefined) return false
  const callee = child(parent.node, "callee")
  return callee?.type === "CallExpression" || nameOf(callee) === "fn"
}

/** Strings that are part of the syntax: keys, directives. */
const isSyntax = ({ key, parent }: Place): boolean =>
  parent?.node["directive"] !== undefined && parent.node["directive"] !== null
    ? true
    : key === "key" && parent?.node["computed"] !== true

const isText = (node: Node | undefined): boolean =>
  node?.type === "TemplateLiteral" || (node?.type === "Literal" && typeof node["value"] === "string")

/** Removes an item of a list with its comma. */
const withoutItem = (list: ReadonlyArray<Node>, at: number): Change | undefined => {
  const item = list[at]
  const next = list[at + 1]
  const previous = list[at - 1]
  if (item === undefined) return undefined
  if (next !== undefined) return { start: item.start, end: next.start, after: "" }
  return { start: previous?.end ?? item.start, end: item.end, after: "" }
}

const withoutEach = (list: ReadonlyArray<Node>): ReadonlyArray<Change> =>
  list.flatMap((_, at) => withoutItem(list, at) ?? [])

const conditions: Operator = {
  name: "condition",
  changes: ({ node }, source) => {
    const test = child(node, "test")
    if (test === undefined) return []
    if (node.type === "IfStatement" || node.type === "WhileStatement")
      return [replace(test, "true"), replace(test, "false")]
    if (node.type === "ForStatement") return [replace(test, "false")]
    if (node.type !== "ConditionalExpression") return []
    return [child(node, "consequent"), child(node, "alternate")].flatMap((branch) =>
      branch === undefined ? [] : [replace(node, `(${textOf(branch, source)})`)],
    )
  },
}

const binary: Operator = {
  name: "operator",
  changes: ({ node }, source) => {
    const left = child(node, "left")
    const right = child(node, "right")
    if (left === undefined || right === undefined) return []
    const operator = String(node["operator"])
    /** The expression with another operator. Parentheses stay. */
    const written = (other: string): string => {
      const between = source.slice(left.end, right.start).replace(operator, () => other)
      return source.slice(node.start, left.end) + between + source.slice(right.start, node.end)
    }
    if (node.type === "BinaryExpression") {
      if (operator === "+" && (isText(left) || isText(right))) return []
      return (OTHER_BINARY[operator] ?? []).map((other) => replace(node, written(other)))
    }
    if (node.type === "AssignmentExpression") {
      const other = OTHER_ASSIGNMENT[operator]
      return other === undefined ? [] : [replace(node, written(other))]
    }
    if (node.type !== "LogicalExpression") return []
    const sides = [left, right].map((side) => replace(node, `(${textOf(side, source)})`))
    if (operator === "??") return sides
    return [replace(node, `(${written(operator === "&&" ? "||" : "&&")})`), ...sides]
  },
}

const unary: Operator = {
  name: "sign",
  changes: ({ node }, source) => {
    const argument = child(node, "argument")
    if (argument === undefined) return []
    const operator = String(node["operator"])
    if (node.type === "UnaryExpression" && (operator === "!" || operator === "-"))
      return [replace(node, `(${textOf(argument, source)})`)]
    if (node.type !== "UpdateExpression") return []
    return [replace(node, textOf(node, source).replace(operator, operator === "++" ? "--" : "++"))]
  },
}

/** Without an anchor, a regular expression accepts more. */
const withoutAnchors = (pattern: string): ReadonlyArray<string> => [
  ...(pattern.startsWith("^") ? [pattern.slice(1)] : []),
  ...(pattern.endsWith("$") ? [pattern.slice(0, -1)] : []),
]

const literals: Operator = {
  name: "literal",
  changes: (place, source) => {
    const { node, parent } = place
    if (isSyntax(place) || isName(place)) return []
    if (node.type === "TemplateLiteral")
      return parent?.node.type === "TaggedTemplateExpression" ? [] : [replace(node, '""')]
    if (node.type !== "Literal") return []
    const { value } = node
    if (typeof value === "boolean") return [replace(node, String(!value))]
    if (typeof value === "string") return [replace(node, value === "" ? '"mutated"' : '""')]
    if (typeof value === "number")
      return [replace(node, String(value + 1)), ...(value > 1 ? [replace(node, String(value - 1))] : [])]
    const regex = /^\/([\s\S]*)\/([a-z]*)$/.exec(textOf(node, source))
    if (regex === null) return []
    const [, pattern = "", flags = ""] = regex
    return withoutAnchors(pattern).map((shorter) => replace(node, `/${shorter}/${flags}`))
  },
}

const REMOVABLE: ReadonlySet<string> = new Set([
  "ExpressionStatement",
  "ThrowStatement",
  "BreakStatement",
  "ContinueStatement",
  "ForOfStatement",
  "ForStatement",
  "WhileStatement",
])

const statements: Operator = {
  name: "statement removed",
  changes: (place) => {
    const { node } = place
    if (isSyntax({ ...place, parent: place, key: "" })) return []
    if (REMOVABLE.has(node.type)) return [replace(node, "{}")]
    const argument = child(node, "argument")
    return node.type === "ReturnStatement" && argument !== undefined && nameOf(argument) !== "undefined"
      ? [replace(argument, "undefined")]
      : []
  },
}

const bodies: Operator = {
  name: "body removed",
  changes: ({ node }) => {
    const body = child(node, "body")
    if (body === undefined || !/Function/.test(node.type)) return []
    if (body.type === "BlockStatement") return children(body, "body").length > 0 ? [replace(body, "{}")] : []
    return nameOf(body) === "undefined" ? [] : [replace(body, "undefined")]
  },
}

const members: Operator = {
  name: "member removed",
  changes: ({ node }) => {
    if (node.type === "ObjectExpression") return withoutEach(children(node, "properties"))
    return node.type === "ArrayExpression" ? withoutEach(children(node, "elements")) : []
  },
}

const optionals: Operator = {
  name: "?. and defaults",
  changes: ({ node }, source) => {
    if (node.type === "AssignmentPattern") {
      const left = child(node, "left")
      return left === undefined ? [] : [replace(node, textOf(left, source))]
    }
    if (node["optional"] !== true) return []
    const [before, after] =
      node.type === "MemberExpression"
        ? [child(node, "object"), child(node, "property")]
        : [child(node, "callee"), undefined]
    if (before === undefined || node.type === "Identifier") return []
    const between = source.slice(before.end, after?.start ?? node.end)
    const plain = after !== undefined && node["computed"] !== true ? "." : ""
    return [{ start: before.end, end: before.end + between.length, after: between.replace("?.", plain) }]
  },
}

const calls: Operator = {
  name: "call",
  changes: ({ node }, source) => {
    const callee = child(node, "callee")
    const name = nameOf(callee)
    if (node.type !== "CallExpression" || callee === undefined || name === undefined) return []
    const given = children(node, "arguments")
    const [first] = given
    const object = callee.type === "MemberExpression" ? child(callee, "object") : undefined
    const property = callee.type === "MemberExpression" ? child(callee, "property") : undefined
    if (object !== undefined && name === "pipe")
      return given.length === 1 ? [replace(node, textOf(object, source))] : withoutEach(given)
    if (object === undefined && name === "pipe") return withoutEach(given).slice(1)
    const isOfModule = object?.type === "Identifier" && /^[A-Z]/.test(String(object["name"]))
    if (isOfModule && given.length > 1 && first !== undefined && DECORATORS.test(name)) {
      const last = given.at(-1)
      const others = name === "andThen" && last !== undefined ? [replace(node, textOf(last, source))] : []
      return [replace(node, textOf(first, source)), ...others]
    }
    if (isOfModule && given.length === 1 && first !== undefined && /^(?:un)?interruptible$/.test(name))
      return [replace(node, textOf(first, source))]
    if (object !== undefined && !isOfModule && SKIPPABLE.has(name))
      return [replace(node, textOf(object, source))]
    const other = Object.hasOwn(OTHER_CALLEE, name) ? OTHER_CALLEE[name] : undefined
    return other === undefined || property === undefined ? [] : [replace(property, other)]
  },
}

export const OPERATORS: ReadonlyArray<Operator> = [
  conditions,
  binary,
  unary,
  literals,
  statements,
  bodies,
  members,
  optionals,
  calls,
]
