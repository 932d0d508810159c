/**
 * Warnings about a valid config.yaml that looks wrong: names that are listed twice, secrets that any request may read,
 * variables that nothing has replaced. Pure. `ConfigFile` puts them into the plan; `limits.ts` has the warnings about
 * limits.
 */
import { type Address, isSameAddress } from "../domain/Address.ts"
import { kinds } from "../kinds/kinds.ts"
import type { Draft } from "../kinds/Section.ts"
import { formatPath, type Path, quoteText } from "./yaml/ConfigInvalid.ts"
import { isMapping, type YamlDocument, type YamlValue } from "./yaml/YamlDocument.ts"

/** How many warnings of each sort are logged. */
const MAX_WARNINGS = 20

/** A name that is listed twice. */
export interface Duplicate {
  readonly first: Draft
  readonly skipped: Draft
}

const skippedWarning = (file: string, document: YamlDocument, { first, skipped }: Duplicate): string => {
  const { column, line } = document.locate(skipped.path).value
  const { line: firstLine } = document.locate(first.path).value
  const other = isSameAddress(first.address, skipped.address) ? "" : " for something else"
  const place = `${file}:${line}:${column}: ${formatPath(skipped.path)}`
  return `${place}: ${quoteText(skipped.name)} is skipped, as line ${firstLine} lists this name already${other}`
}

/** One warning for each name that is listed twice, up to a limit, then the number of the others. */
export const skippedWarnings = (
  duplicates: ReadonlyArray<Duplicate>,
  document: YamlDocument,
  file: string,
): ReadonlyArray<string> => {
  const warnings = duplicates
    .slice(0, MAX_WARNINGS)
    .map((duplicate) => skippedWarning(file, document, duplicate))
  const more = duplicates.length - warnings.length
  return more === 0
    ? warnings
    : [...warnings, `${file}: ${more} more names are skipped, as they are listed already`]
}

const isSecret = (address: Address): boolean => kinds[address.kind].isSecret(address)

/**
 * Warns if secrets are listed and config.yaml does not mention the token. Without a token, anyone who can make the function
 * send a plain request to this machine (server-side request forgery) can read them. An explicit `off` is a decision. See
 * docs/security.md.
 */
export const undecidedWarnings = (
  addresses: Iterable<Address>,
  decided: "off" | "required" | undefined,
  file: string,
): ReadonlyArray<string> =>
  decided === undefined && Array.from(addresses).some(isSecret)
    ? [
        `${file}: secrets are listed, and any request from this machine may read them; ` +
          "set server.token to required, so that requests must carry the function's AWS_SESSION_TOKEN, or to off if this is intended",
      ]
    : []

/** The two forms that are never written by chance: ${X} and {{X}}. */
const VARIABLE = /\$\{[\w.:-]+\}|\{\{[^{}]+\}\}/

interface PlacedText {
  readonly text: string
  readonly path: Path
}

/** The texts that contain a variable. Values shared by aliases are visited once. */
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

/** One warning for each place, in the order of the file. */
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
