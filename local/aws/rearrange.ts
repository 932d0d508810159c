/**
 * Reorders the lists of a reply and removes members: AWS promises no order, and emulators of AWS omit members.
 *
 * `answer.ts` uses it for the fault `rearrange`. Pure: the order is a parameter.
 */
import * as Predicate from "effect/Predicate"

/** How a reply is changed. */
interface Rearrangement {
  /** Gives a list in another order. */
  readonly reorder: (list: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
  /** Members to remove from each parameter and secret, for example `Selector`. */
  readonly without: ReadonlyArray<string>
  /** Whether a parameter's selector becomes part of its name. */
  readonly selectorInName: boolean
}

/** The lists in replies. Lists inside an item are data. */
const LISTS: ReadonlySet<string> = new Set(["Parameters", "InvalidParameters", "SecretValues", "Errors"])

const answerWithout = (answer: unknown, { selectorInName, without }: Rearrangement): unknown => {
  if (!Predicate.isObject(answer)) return answer
  const { Name, Selector } = answer as { readonly Name?: unknown; readonly Selector?: unknown }
  const named = selectorInName && Selector !== undefined ? { ...answer, Name: `${Name}${Selector}` } : answer
  const omitted = selectorInName ? [...without, "Selector"] : without
  return Object.fromEntries(Object.entries(named).filter(([name]) => !omitted.includes(name)))
}

const reordered = (list: unknown, { reorder }: Rearrangement): unknown =>
  Array.isArray(list) ? reorder(list) : list

const members = (object: unknown): ReadonlyArray<readonly [string, unknown]> =>
  Predicate.isObject(object) ? Object.entries(object) : []

/** Changes the JSON text of a reply. */
export const rearrange = (text: string, rearrangement: Rearrangement): string => {
  const parts = members(JSON.parse(text)).map(([name, part]) => {
    if (name === "Parameter") return [name, answerWithout(part, rearrangement)] as const
    if (name === "Responses") {
      const tables = members(part).map(([table, items]) => [table, reordered(items, rearrangement)])
      return [name, Object.fromEntries(tables)] as const
    }
    if (!LISTS.has(name) || !Array.isArray(part)) return [name, part] as const
    const answers = part.map((answer) => answerWithout(answer, rearrangement))
    return [name, reordered(answers, rearrangement)] as const
  })
  return JSON.stringify(Object.fromEntries(parts))
}
