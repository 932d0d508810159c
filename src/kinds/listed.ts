/**
 * The lists of a section's item, `names` and `paths`: where each text stands, for entries, warnings and rules.
 *
 * Used by the sections that list names; pure.
 */
import type { Path, Position } from "../config/yaml/YamlTree.ts"
import type { Place } from "./Section.ts"

export interface ListedText {
  readonly text: string
  readonly path: Path
  readonly at: Position
}

/** The text at a key, as the list of it or of nothing. */
export const textAt = ({ node, path }: Place, key: string): ReadonlyArray<ListedText> => {
  const value = node.pairs.get(key)?.value
  return value?.kind === "text" ? [{ text: value.text, path: [...path, key], at: value }] : []
}

/** The texts of the list at a key, whatever else may be wrong with it. */
export const listed = ({ node, path }: Place, key: "names" | "paths"): ReadonlyArray<ListedText> => {
  const list = node.pairs.get(key)?.value
  if (list?.kind !== "list") return []
  return list.items.flatMap((item, index) =>
    item.kind === "text" ? [{ text: item.text, path: [...path, key, index], at: item }] : [],
  )
}
