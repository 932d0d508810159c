/**
 * Patterns of names, in which `*` stands for any characters: which unlisted names `on_demand` allows.
 *
 * `lookup.ts` compares each unlisted name with them before anything is fetched. Pure.
 */
import { type Grammar, lengthFault, textFault } from "../config/fields/grammar.ts"

export const PATTERN_ALLOWED = "a pattern of names such as /shop/prod/*"

/** The longest name that a service of AWS accepts: an ARN. */
const MAX_LENGTH = 2_048

/** Why a text is not a pattern. */
export const patternFault: Grammar = (text) => textFault(text) ?? lengthFault(text, MAX_LENGTH)

/** Whether a text matches a pattern. Each part takes the first place where it fits, so there is no backtracking. */
export const matches = (pattern: string, text: string): boolean => {
  const [first = "", ...rest] = pattern.split("*")
  const last = rest.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** Whether a name matches one of the patterns. */
export const matchesAny = (patterns: ReadonlyArray<string>, name: string): boolean =>
  patterns.some((pattern) => matches(pattern, name))

/** Whether every name below a path matches one of the patterns. */
export const coversPath = (patterns: ReadonlyArray<string>, path: string): boolean => {
  const folder = path.endsWith("/") ? path : `${path}/`
  return patterns.some(
    (pattern) =>
      pattern.endsWith("*") &&
      matches(pattern, folder) &&
      // Names without a slash are below / too.
      (folder !== "/" || matches(pattern, "")),
  )
}
