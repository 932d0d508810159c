/**
 * A true reply in another order and with less in it: AWS promises no order, and stand-ins for AWS leave out what AWS says.
 *
 * `answer.ts` performs by it the fault `rearrange`. Pure: how a list is ordered is handed in.
 */
import * as Predicate from "effect/Predicate"

/** What is done to a reply. */
export interface Rearrangement {
  /** Gives a list in another order. */
  readonly reorder: (list: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
  /** The members that each parameter and each secret loses, `Selector` for instance. */
  readonly without: ReadonlyArray<string>
  /** Whether a parameter's selector stands in its name instead. */
  readonly selectorInName: boolean
}

/** The members that are lists of answers. The lists of an item are its own. */
const LISTS: ReadonlySet<string> = new Set(["Parameters", "InvalidParameters", "SecretValues", "Errors"])

const answerWithout = (answer: unknown, { selectorInName, without }: Rearrangement): unknown => {
  if (!Predicate.isObject(answer)) return answer
  const { Name, Selector } = answer as { readonly Name?: unknown; readonly Selector?: unknown }
  const named = selectorInName && Selector !== undefined ? { ...answer, Name: `${Name}${Selector}` } : answer
  const omitted = selectorInName ? [...without, "Selector"] : without
  return Object.fromEntries(Object.entries(named).filter(([name]) => !omitted.includes(name)))
}

const inAnotherOrder = (list: unknown, { reorder }: Rearrangement): unknown =>
  Array.isArray(list) ? reorder(list) : list

const members = (object: unknown): ReadonlyArray<readonly [string, unknown]> =>
  Predicate.isObject(object) ? Object.entries(object) : []

/** The text of a reply, rearranged. */
export const rearrange = (text: string, rearrangement: Rearrangement): string => {
  const parts = members(JSON.parse(text)).map(([name, part]) => {
    if (name === "Parameter") return [name, answerWithout(part, rearrangement)] as const
    if (name === "Responses") {
      const tables = members(part).map(([table, items]) => [table, inAnotherOrder(items, rearrangement)])
      return [name, Object.fromEntries(tables)] as const
    }
    if (!LISTS.has(name) || !Array.isArray(part)) return [name, part] as const
    const answers = part.map((answer) => answerWithout(answer, rearrangement))
    return [name, inAnotherOrder(answers, rearrangement)] as const
  })
  return JSON.stringify(Object.fromEntries(parts))
}
