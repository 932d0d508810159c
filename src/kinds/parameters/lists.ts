/**
 * Parameters that are lists (`StringList`): a text with commas, which a function may ask for as a JSON array (`as=list`).
 *
 * The reply of a single parameter says its type in `Type`. The value of a path says in `LISTS` which of its members are lists.
 * Pure.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/param-create-cli.html
 */
import type { Value } from "../../domain/Entry.ts"

export const STRING_LIST = "StringList"

/** The detail of a path that names the lists below it. */
export const LISTS = "StringLists"

/** The items of a list, as they were written; undefined if the value, or the member of a path, is of another type. */
export const itemsOf = (
  text: string,
  { details = {} }: Value,
  member: string | undefined,
): ReadonlyArray<string> | undefined => {
  const lists = details[LISTS]
  const type = details["Type"]
  const isList =
    member === undefined
      ? // An emulator of AWS may leave the type out.
        type === undefined || type === STRING_LIST
      : Array.isArray(lists) && lists.includes(member)
  return isList ? text.split(",") : undefined
}
