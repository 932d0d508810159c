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

/** A place as warnings name it: file, line, column and key. */
const placeText = (document: YamlDocument, path: Path, file: string): string => {
  const place = document.locate(path)
  const { column, line } = place.value
  return `${place.file ?? file}:${line}:${column}: ${formatPath(place.path ?? path)}`
}

const skippedWarning = (file: string, document: YamlDocument, { first, skipped }: Duplicate): string => {
  const place = document.locate(skipped.path)
  const firstPlace = document.locate(first.path)
  const elsewhere = firstPlace.file === place.file ? "" : ` of ${firstPlace.file ?? file}`
  const already = `as line ${firstPlace.value.line}${elsewhere} lists this name already`
  const other = isSameAddress(first.address, skipped.address) ? "" : " for something else"
  return `${placeText(document, skipped.path, file)}: ${quoteText(skipped.name)} is skipped, ${already}${other}`
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

/** The form of other templates that is never written by chance. */
const VARIABLE = /\{\{[^{}]+\}\}/

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
    const place = placeText(document, path, file)
    const written = quoteText(document.writtenAt?.(path) ?? text)
    const warning = `${place}: ${written} is read as written: only \${NAME} is replaced in this file`
    if (!warnings.has(place)) warnings.set(place, warning)
    if (warnings.size === MAX_WARNINGS) break
  }
  return Array.from(warnings.values())
}
