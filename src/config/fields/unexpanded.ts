/**
 * Warnings of variables in config.yaml that a template should have replaced, where AWS would take the text as it is: key
 * values, attribute names, names of AppConfig. Elsewhere the grammar of the service refuses them. Pure.
 */
import { formatPath, type Path, quoteText } from "../yaml/ConfigInvalid.ts"
import { isMapping, type YamlDocument, type YamlValue } from "../yaml/YamlDocument.ts"

/** The two forms that stand in no text by chance: ${X} and {{X}}. */
const VARIABLE = /\$\{[\w.:-]+\}|\{\{[^{}]+\}\}/

/** No one reads a thousand. */
const MAX_WARNINGS = 20

interface PlacedText {
  readonly text: string
  readonly path: Path
}

/** The texts of a value that hold a variable. What aliases share is visited once. */
const unexpandedTexts = (root: YamlValue): ReadonlyArray<PlacedText> => {
  const seen = new Set<YamlValue>()
  const visit = (value: YamlValue, path: Path): ReadonlyArray<PlacedText> => {
    if (typeof value === "string") return VARIABLE.test(value) ? [{ text: value, path }] : []
    if (value === null || seen.has(value)) return []
    seen.add(value)
    return isMapping(value)
      ? Object.entries(value).flatMap(([key, inner]) => visit(inner, [...path, key]))
      : value.flatMap((item, index) => visit(item, [...path, index]))
  }
  return visit(root, [])
}

/** The warnings of a file, in the order of its keys: one for each place. */
export const unexpandedWarnings = (
  document: YamlDocument,
  root: YamlValue,
  file: string,
): ReadonlyArray<string> => {
  const warnings = new Map<string, string>()
  for (const { path, text } of unexpandedTexts(root)) {
    const { column, line } = document.locate(path).value
    const place = `${file}:${line}:${column}`
    const warning = `${place}: ${formatPath(path)}: ${quoteText(text)} is read as written: nothing expands variables in this file`
    if (!warnings.has(place)) warnings.set(place, warning)
    if (warnings.size === MAX_WARNINGS) break
  }
  return Array.from(warnings.values())
}
