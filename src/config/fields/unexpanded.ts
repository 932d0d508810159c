/**
 * Warnings of variables in config.yaml that a template should have replaced, where AWS would take the text as it is: key
 * values, attribute names, names of AppConfig. Elsewhere the grammar of the service refuses them. Pure.
 */
import { quoteText } from "../yaml/ConfigInvalid.ts"
import { formatPath, type Path, type TextNode, type YamlNode } from "../yaml/YamlTree.ts"

/** The two forms that stand in no text by chance: ${X} and {{X}}. */
const VARIABLE = /\$\{[\w.:-]+\}|\{\{[^{}]+\}\}/

/** No one reads a thousand. */
const MAX_WARNINGS = 20

interface PlacedText {
  readonly node: TextNode
  readonly path: Path
}

/** Every text of a tree once, however many aliases lead to it. */
const textsOf = (root: YamlNode): ReadonlyArray<PlacedText> => {
  const seen = new Set<YamlNode>()
  const visit = (node: YamlNode, path: Path): ReadonlyArray<PlacedText> => {
    if (seen.has(node)) return []
    seen.add(node)
    if (node.kind === "text") return [{ node, path }]
    if (node.kind === "list") return node.items.flatMap((item, index) => visit(item, [...path, index]))
    if (node.kind === "map")
      return Array.from(node.pairs).flatMap(([key, { value }]) => visit(value, [...path, key]))
    return []
  }
  return visit(root, [])
}

/** The warnings of a file, in the order of its keys. */
export const unexpandedWarnings = (root: YamlNode, file: string): ReadonlyArray<string> =>
  textsOf(root)
    .filter(({ node }) => VARIABLE.test(node.text))
    .slice(0, MAX_WARNINGS)
    .map(
      ({ node, path }) =>
        `${file}:${node.line}:${node.column}: ${formatPath(path)}: ${quoteText(node.text)} is read as written: ` +
        "nothing expands variables in this file",
    )
