/**
 * The document paths of `attributes`: names with dots between and indexes in brackets, such as `address.lines[0].text`. Pure.
 *
 * A backslash takes a dot, a bracket or a backslash as part of a name. In requests every name has a placeholder, so that any
 * name may be used, also a reserved word.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html
 */
import { type Grammar, textFault } from "../../config/fields/grammar.ts"

/** A name, or an index of a list. */
export type Step = string | number

/** No document of DynamoDB is deeper. */
const MAX_STEPS = 32
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters */
export const MAX_EXPRESSION = 4_096

/** A name and the indexes after it. */
const PART = /^((?:[^\\.[\]]|\\[\\.[\]])+)((?:\[(?:0|[1-9]\d{0,8})\])*)$/s
/** A dot that is not part of a name. A backslash and what it escapes are kept together. */
const PIECES = /(?:\\.|[^.\\])+|\\$/gs

/** The steps of a path; undefined if it is none. */
export const parseAttributePath = (path: string): ReadonlyArray<Step> | undefined => {
  const pieces = path.match(PIECES) ?? []
  if (pieces.join(".") !== path) return undefined
  const parts = pieces.map((piece) => PART.exec(piece))
  const steps = parts.flatMap((part): ReadonlyArray<Step> => {
    const [, name = "", indexes = ""] = part ?? []
    return [name.replaceAll(/\\(.)/gs, "$1"), ...(indexes.match(/\d+/g) ?? []).map(Number)]
  })
  return parts.includes(null) || steps.length === 0 || steps.length > MAX_STEPS ? undefined : steps
}

/** Why a text is not a document path. */
export const attributePathFault: Grammar = (path) =>
  textFault(path) ??
  (parseAttributePath(path) === undefined
    ? "names are joined by dots, with indexes in brackets: a.b[0]; a dot within a name is written \\."
    : undefined)

/** Whether one path is the other, or a part of it. DynamoDB refuses to read both. */
export const areOverlapping = (left: ReadonlyArray<Step>, right: ReadonlyArray<Step>): boolean =>
  left.slice(0, right.length).every((step, index) => step === right[index])

/** Gives each name of an expression its placeholder. */
export const makePlaceholders = () => {
  const placeholders = new Map<string, string>()
  return {
    of: (name: string): string => {
      const placeholder = placeholders.get(name) ?? `#${placeholders.size}`
      placeholders.set(name, placeholder)
      return placeholder
    },
    /** As `ExpressionAttributeNames`. */
    names: (): Record<string, string> =>
      Object.fromEntries(Array.from(placeholders, ([name, placeholder]) => [placeholder, name])),
  }
}

export type Placeholders = ReturnType<typeof makePlaceholders>

/**
 * The expression that reads these paths and the keys, by which replies are matched to requests.
 */
export const projectionExpression = (
  attributes: ReadonlyArray<string>,
  keys: Iterable<string>,
  placeholders: Placeholders,
): string => {
  const paths = attributes.map((path) => parseAttributePath(path) ?? [path])
  const names = Array.from(new Set(keys)).filter((key) => !paths.some((path) => areOverlapping([key], path)))
  return [...paths, ...names.map((name): ReadonlyArray<Step> => [name])]
    .map((steps) =>
      steps
        .map((step, index) =>
          typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${placeholders.of(step)}`,
        )
        .join(""),
    )
    .join(",")
}
