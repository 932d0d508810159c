/**
 * Evaluates the rule of a variant against the context of a request, as far as AWS documents what an operator means. Where
 * the documentation leaves room for another answer, the verdict is "undecided", with the reason; a guess would give some
 * users another variant than AWS's own agent gives them. Pure.
 *
 * https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-multi-variant-feature-flags-rules-operators.html
 */
import type { Ion } from "./ion.ts"

/** What the request says about its user, by key. */
export type Context = ReadonlyMap<string, string>

interface Undecided {
  readonly undecided: string
}

/**
 * - true, false: what the rule says.
 * - "absent": never true, because the context lacks a value or has one of another type. Whether its opposite is true is not
 *   documented.
 */
export type Verdict = boolean | "absent" | Undecided

const undecided = (why: string): Undecided => ({ undecided: why })

export const isUndecided = (verdict: Verdict): verdict is Undecided => typeof verdict === "object"

const MALFORMED = undecided("an expression that AWS does not document")
const SPLIT = undecided("split, for which AWS does not document the hash")
const MATCHES = undecided("matches, for which AWS does not document the regular expressions")
const NOT_ABSENT = undecided("not, over a value that the context does not have")
const TEXT_ORDER = undecided("an order of texts, which AWS does not document")
const PARTIAL_TIME = undecided("a date without a time and a zone")

type Operand =
  | { readonly type: "context"; readonly text: string | undefined }
  | { readonly type: "string" | "number" | "timestamp"; readonly text: string }
  | { readonly type: "boolean"; readonly value: boolean }

const operandOf = (node: Ion | undefined, context: Context): Operand | undefined => {
  switch (node?.type) {
    case "symbol":
      return node.text.startsWith("$")
        ? { type: "context", text: context.get(node.text.slice(1)) }
        : undefined
    case "string":
    case "number":
    case "timestamp":
      return { type: node.type, text: node.text }
    case "boolean":
      return { type: "boolean", value: node.value }
    default:
      return undefined
  }
}

const INTEGER = /^-?(?:0|[1-9]\d*)$/
const FLOAT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
/** A moment, by the W3C note on date and time formats. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/

/** -1, 0 or 1. Whole numbers of any length are compared with all their digits. */
const orderOfNumbers = (left: string, right: string): number => {
  const isExact = INTEGER.test(left) && INTEGER.test(right)
  const [one, other] = isExact ? [BigInt(left), BigInt(right)] : [Number(left), Number(right)]
  return one < other ? -1 : Number(one > other)
}

/** The order of a context's text and a constant: "absent" if the text is not of the constant's type. */
const orderOf = (text: string, constant: Operand): number | "absent" | Undecided => {
  switch (constant.type) {
    case "string":
      return text === constant.text ? 0 : Number.NaN
    case "boolean":
      if (text !== "true" && text !== "false") return "absent"
      return (text === "true") === constant.value ? 0 : Number.NaN
    case "number":
      return FLOAT.test(text) ? orderOfNumbers(text, constant.text.replaceAll(/[dD]/g, "e")) : "absent"
    case "timestamp":
      if (!MOMENT.test(constant.text) || !MOMENT.test(text)) return PARTIAL_TIME
      return Math.sign(Date.parse(text) - Date.parse(constant.text))
    case "context":
      return MALFORMED
  }
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
}

const compare = (operator: string, args: ReadonlyArray<Ion>, context: Context): Verdict => {
  const [left, right] = [operandOf(args[0], context), operandOf(args[1], context)]
  const test = COMPARISONS[operator]
  if (left?.type !== "context" || right === undefined || args.length !== 2 || test === undefined)
    return MALFORMED
  if (right.type === "context") return MALFORMED
  if (left.text === undefined) return "absent"
  if (operator !== "eq" && (right.type === "string" || right.type === "boolean")) return TEXT_ORDER
  const order = orderOf(left.text, right)
  return typeof order === "number" ? test(order) : order
}

const TEXTS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  begins_with: (text, part) => text.startsWith(part),
  ends_with: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
}

const testText = (operator: string, args: ReadonlyArray<Ion>, context: Context): Verdict => {
  const [left, right] = [operandOf(args[0], context), operandOf(args[1], context)]
  const test = TEXTS[operator]
  if (left?.type !== "context" || right?.type !== "string" || args.length !== 2 || test === undefined)
    return MALFORMED
  return left.text === undefined ? "absent" : test(left.text, right.text)
}

const isIn = ([item, list, ...others]: ReadonlyArray<Ion>, context: Context): Verdict => {
  if (item === undefined || list?.type !== "list" || others.length > 0) return MALFORMED
  const verdicts = list.items.map((constant) => compare("eq", [item, constant], context))
  if (verdicts.includes(true)) return true
  const open = verdicts.find(isUndecided)
  if (open !== undefined) return open
  return operandOf(item, context)?.type === "context" ? anyOf([false, ...verdicts]) : MALFORMED
}

/** The argument with an annotation: `key::"country"`. */
const named = (args: ReadonlyArray<Ion>, name: string): Ion | undefined =>
  args.find(({ annotations }) => annotations.includes(name))

const exists = (args: ReadonlyArray<Ion>, context: Context): Verdict => {
  const key = named(args, "key")
  return key?.type === "string" && args.length === 1 ? context.has(key.text) : MALFORMED
}

/** The share of users is documented, but not who belongs to it: only all, none, and those without a value are certain. */
const split = (args: ReadonlyArray<Ion>, context: Context): Verdict => {
  const pct = named(args, "pct")
  const by = operandOf(named(args, "by"), context)
  if (pct?.type !== "number" || by?.type !== "context") return MALFORMED
  if (by.text === undefined) return "absent"
  if (Number(pct.text) <= 0) return false
  return Number(pct.text) >= 100 ? true : SPLIT
}

const matches = (args: ReadonlyArray<Ion>, context: Context): Verdict => {
  const input = operandOf(named(args, "in"), context)
  if (input?.type !== "context") return MALFORMED
  return input.text === undefined ? "absent" : MATCHES
}

/** False if one is; never true if one never is. */
const allOf = (verdicts: ReadonlyArray<Verdict>): Verdict => {
  if (verdicts.includes(false)) return false
  if (verdicts.includes("absent")) return "absent"
  return verdicts.find(isUndecided) ?? true
}

/** True if one is. */
const anyOf = (verdicts: ReadonlyArray<Verdict>): Verdict => {
  if (verdicts.includes(true)) return true
  return verdicts.find(isUndecided) ?? (verdicts.includes("absent") ? "absent" : false)
}

const opposite = (verdict: Verdict): Verdict => {
  if (verdict === "absent") return NOT_ABSENT
  return isUndecided(verdict) ? verdict : !verdict
}

/** What a rule says about a context. */
export const evaluate = (rule: Ion, context: Context): Verdict => {
  if (rule.type === "boolean") return rule.value
  if (rule.type !== "sexp") return MALFORMED
  const [head, ...args] = rule.items
  if (head?.type !== "symbol") return MALFORMED
  const operator = head.text
  const inner = () => args.map((argument) => evaluate(argument, context))
  switch (operator) {
    case "and":
      return args.length === 0 ? MALFORMED : allOf(inner())
    case "or":
      return args.length === 0 ? MALFORMED : anyOf(inner())
    case "not": {
      const [only, ...others] = inner()
      return only === undefined || others.length > 0 ? MALFORMED : opposite(only)
    }
    case "in":
      return isIn(args, context)
    case "exists":
      return exists(args, context)
    case "split":
      return split(args, context)
    case "matches":
      return matches(args, context)
    default:
      if (Object.hasOwn(COMPARISONS, operator)) return compare(operator, args, context)
      return Object.hasOwn(TEXTS, operator) ? testText(operator, args, context) : MALFORMED
  }
}
