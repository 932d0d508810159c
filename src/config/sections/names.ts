/**
 * The `names` of a section: where each one stands, for entries, warnings and rules.
 *
 * Used by the sections that list names; pure.
 */
import type { Path, Position } from "../YamlTree.ts"
import type { Place } from "./Section.ts"

const KEY = "names"

export interface ListedName {
  readonly name: string
  readonly path: Path
  readonly at: Position
}

/** The texts of the list, whatever else may be wrong with it. */
export const listedNames = ({ node, path }: Place): ReadonlyArray<ListedName> => {
  const names = node.pairs.get(KEY)?.value
  if (names?.kind !== "list") return []
  return names.items.flatMap((item, index) =>
    item.kind === "text" ? [{ name: item.text, path: [...path, KEY, index], at: item }] : [],
  )
}
