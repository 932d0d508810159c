/**
 * The flags of a configuration in which at least one flag has variants: AppConfig sends it as Amazon Ion, each flag's name as
 * the annotation of its value. A flag without variants is its JSON as a string, one with variants a list: pairs of a rule and
 * the JSON of a variant, in the order of evaluation, and the JSON of the default variant. Pure.
 *
 * Imported with the first such configuration.
 * https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-agent-how-to-use-local-development-samples.html
 */
import * as Result from "effect/Result"
import { quoteText } from "../../../config/yaml/ConfigInvalid.ts"
import { type Ion, readIon } from "./ion.ts"
import type { VariantDocument } from "../../Kind.ts"
import { type Context, evaluate, isUndecided } from "./rules.ts"

interface Variant {
  /** Undefined: the default variant. */
  readonly rule: Ion | undefined
  /** As JSON. */
  readonly content: string
}

/** A flag: its variants in the order of evaluation. */
type Flag = ReadonlyArray<Variant>

type Flags = ReadonlyMap<string, Flag>

const isJson = (text: string): boolean => Result.isSuccess(Result.try((): unknown => JSON.parse(text)))

const contentOf = (node: Ion | undefined): string | undefined =>
  node?.type === "string" && isJson(node.text) ? node.text : undefined

const variantOf = (node: Ion): Variant | undefined => {
  if (node.type !== "list") {
    const content = contentOf(node)
    return content === undefined ? undefined : { rule: undefined, content }
  }
  const [rule, content, ...others] = node.items
  const text = contentOf(content)
  return rule === undefined || text === undefined || others.length > 0 ? undefined : { rule, content: text }
}

const flagOf = (node: Ion): Flag | undefined => {
  const variants = (node.type === "list" ? node.items : [node]).map(variantOf)
  const known = variants.filter((variant) => variant !== undefined)
  return known.length === variants.length && known.length > 0 ? known : undefined
}

const VERSION_MARKER = /^\$ion_\d+_\d+$/

const isMarker = (node: Ion): boolean => node.type === "symbol" && VERSION_MARKER.test(node.text)

/** The flags of a text by their names, in its order, or why it cannot be read. */
const readFlags = (text: string): Result.Result<Flags, string> =>
  Result.gen(function* () {
    const values = yield* readIon(text)
    const flags = new Map<string, Flag>()
    for (const value of values.filter((node) => !isMarker(node))) {
      const [name, ...others] = value.annotations
      const flag = flagOf(value)
      if (name === undefined || others.length > 0) return yield* Result.fail("a value is not a flag's")
      if (flag === undefined) return yield* Result.fail(`the flag ${quoteText(name)} has another form`)
      flags.set(name, flag)
    }
    return flags
  })

/**
 * The JSON of the variant that a context selects: the first whose rule is true, else the default. Fails if that depends on
 * what AWS does not document.
 */
const selectVariant = (name: string, flag: Flag, context: Context): Result.Result<string, string> => {
  for (const [index, { content, rule }] of flag.entries()) {
    const verdict = rule === undefined ? true : evaluate(rule, context)
    if (isUndecided(verdict)) {
      const which = `the rule of variant ${index + 1} of the flag ${quoteText(name)}`
      return Result.fail(`${which} depends on ${verdict.undecided}, so it comes unevaluated`)
    }
    if (verdict === true) return Result.succeed(content)
  }
  return Result.fail(`the flag ${quoteText(name)} has no default variant`)
}

/** A comma before the next key: values may contain commas too. */
const NEXT_PAIR = /,(?=[^,=]+=)/

const strict = new TextDecoder("utf-8", { fatal: true })

const LATIN_1 = /^[\0-\u00FF]*$/

/** A header's bytes are read as Latin-1 where clients send UTF-8. */
const fromHeader = (text: string): string =>
  LATIN_1.test(text)
    ? Result.getOrElse(
        Result.try(() => strict.decode(Buffer.from(text, "latin1"))),
        () => text,
      )
    : text

/** The context in the header `Context: <key>=<value>`, which may be repeated: the runtimes join its values by commas. */
export const parseContext = (header: string | undefined): Context =>
  new Map(
    (header ?? "").split(NEXT_PAIR).flatMap((pair) => {
      const end = pair.indexOf("=")
      const key = pair.slice(0, end).trim()
      return end === -1 || key === ""
        ? []
        : [[fromHeader(key), fromHeader(pair.slice(end + 1).trim())] as const]
    }),
  )

/** Reads a configuration with variants. */
export const parse = (text: string): Result.Result<VariantDocument, string> =>
  Result.map(readFlags(text), (flags) => ({
    names: Array.from(flags.keys()),
    select: (name, context) => {
      const flag = flags.get(name)
      return flag === undefined ? Result.succeed(undefined) : selectVariant(name, flag, parseContext(context))
    },
  }))
