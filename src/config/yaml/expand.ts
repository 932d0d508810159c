/**
 * Replaces variables in the values of a document by those of the environment: `${NAME}`, `${NAME:-default}`, and `$$` for a
 * dollar. Keys stay as they are.
 *
 * `readDocument` imports this only for a text with a dollar. It works on parsed values, so a variable can neither change the
 * structure of the file nor move a line. Faults quote what is written, never what a variable contains. Pure.
 */
import { cut, type Fault, formatPath, type Path, quoteText } from "./ConfigInvalid.ts"
import { isMapping, valueAt, type YamlDocument, type YamlValue } from "./YamlDocument.ts"

/**
 * YAML's marks of lists and mappings, and what stands for them while a text is parsed: within brackets, `[${A}]` is no YAML
 * without quotes. These characters are for private use, and mean nothing to YAML.
 */
const MARKS = "{}[],"
const MASKS = "\uE000\uE001\uE002\uE003\uE004"
const MASKED = /[\uE000-\uE004]/g
const MARK = /[{}[\],]/g
/** A variable on one line. */
const PLACE = /\$\{[^{}\n]*\}/g

/** The text to parse, of the same length. A text that already has such characters is left alone. */
export const mask = (text: string): string =>
  text.search(MASKED) >= 0
    ? text
    : text.replaceAll(PLACE, (whole) => whole.replaceAll(MARK, (mark) => MASKS[MARKS.indexOf(mark)] ?? mark))

const unmask = (text: string): string =>
  text.replaceAll(MASKED, (masked) => MARKS[MASKS.indexOf(masked)] ?? masked)

/** The faults of a masked text, as those of the text. */
export const unmaskFaults = (faults: ReadonlyArray<Fault>): ReadonlyArray<Fault> =>
  faults.map((fault) => ({
    ...fault,
    key: unmask(fault.key),
    found: unmask(fault.found),
    allowed: unmask(fault.allowed),
  }))

/** The value of a variable; undefined if it is not set. An empty one counts as not set. */
export type Lookup = (name: string) => string | undefined

/** `$$`, or `${` and everything up to the first `}`, which may be missing. */
const VARIABLE = /\$\$|\$\{([^}]*)(\})?/g
/** The name, and the default behind `:-`. */
const INSIDE = /^([A-Za-z_]\w*)(?::-([\s\S]*))?$/

/** Names of config.yaml are logged, so these never become part of one. Proxies may have a password. */
const SECRET =
  /^(?:AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|(?:SESSION_|SECURITY_)?TOKEN|CONTAINER_.*)|CACHE_EXTENSION_TOKEN|CACHE_EXTENSION_CONFIG_YAML|(?:HTTPS?|ALL)_PROXY)$/i

const ALLOWED = "${NAME}, ${NAME:-default}, or $$ for a dollar"

/** What is wrong with a text. */
interface Wrong {
  readonly found: string
  readonly allowed: string
}

type Expanded = { readonly text: string } | Wrong

const isWrong = (expanded: Expanded): expanded is Wrong => "found" in expanded

const expandOne = (lookup: Lookup, whole: string, inside: string, isClosed: boolean): Expanded => {
  const quoted = quoteText(whole)
  const [, name, fallback] = INSIDE.exec(inside) ?? []
  if (name === undefined || !isClosed || fallback?.includes("${") === true)
    return { found: quoted, allowed: ALLOWED }
  if (SECRET.test(name))
    return { found: quoted, allowed: `a variable that holds no secret: what this file says is logged` }
  const text = lookup(name) || fallback?.replaceAll("$$", () => "$")
  return text === undefined
    ? {
        found: `${quoted}, and the variable ${cut(name)} is not set`,
        allowed: `a variable of the environment, or a default: \${${cut(name)}:-default}`,
      }
    : { text }
}

/** A text with its variables replaced, or the first thing that is wrong with it. */
export const expandText = (written: string, lookup: Lookup): Expanded => {
  let wrong: Wrong | undefined
  const text = written.replaceAll(VARIABLE, (whole, inside: string | undefined, end: string | undefined) => {
    if (inside === undefined) return "$"
    const expanded = expandOne(lookup, whole, inside, end !== undefined)
    if (!isWrong(expanded)) return expanded.text
    wrong ??= expanded
    return whole
  })
  return wrong ?? { text }
}

/** The document of a masked text, with its variables replaced. A text with a fault stays as it is, and the fault joins those of the document. */
export const expandVariables = (document: YamlDocument, lookup: Lookup): YamlDocument => {
  const faults: Array<Fault> = [...(document.textFaults ?? [])]
  /** Aliases share values, and may repeat them without bound. */
  const seen = new Map<YamlValue, YamlValue>()

  const expand = (value: YamlValue, path: Path): YamlValue => {
    if (typeof value === "string") {
      const written = unmask(value)
      const expanded = expandText(written, lookup)
      if (!isWrong(expanded)) return expanded.text
      const { column, line } = document.locate(path).value
      faults.push({ line, column, key: formatPath(path), ...expanded })
      return written
    }
    if (value === null) return value
    const known = seen.get(value)
    if (known !== undefined) return known
    const made = isMapping(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, inner]) => [unmask(key), expand(inner, [...path, key])]),
        )
      : value.map((inner, index) => expand(inner, [...path, index]))
    seen.set(value, made)
    return made
  }

  const value = expand(document.value, [])
  const writtenAt = (path: Path): string | undefined => {
    const masked = valueAt(document.value, path)
    const written = typeof masked === "string" ? unmask(masked) : undefined
    return written !== undefined && valueAt(value, path) !== written ? written : undefined
  }
  return {
    value,
    textFaults: faults,
    writtenAt,
    locate: (path) => document.locate(path),
    // A text that a variable has made is a text, even `null`.
    isNothing: (path, found) => writtenAt(path) === undefined && document.isNothing(path, found),
  }
}
