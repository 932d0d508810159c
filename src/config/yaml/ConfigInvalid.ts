/**
 * The error of an invalid configuration, config.yaml or environment: all faults at once, each with its place, what was
 * found and what is allowed.
 *
 * `Settings`, `ConfigFile` and `Plan` fail with it. `App` sends its message to Lambda's init/error.
 */
import * as Data from "effect/Data"

/** How many faults a message lists; it only counts the rest. */
const MAX_LISTED_FAULTS = 50

/** How many characters of a value or key a message repeats. */
const MAX_QUOTED = 80

/** A fault of the configuration. */
export interface Fault {
  /** The file, if it differs from that of the error. */
  readonly file?: string
  /** Counted from 1; absent if the fault has no place in the file. */
  readonly line?: number
  /** Counted from 1, in UTF-16 code units. */
  readonly column?: number
  /** The path of the key, as in `parameters[0].names[2]`, or the name of the environment variable. */
  readonly key: string
  /** What was found: quoted text, or words such as `nothing`. */
  readonly found: string
  /** What is allowed. */
  readonly allowed: string
}

/**
 * Removes what may be a secret in a URL: user and password (even if it contains a slash) and the query. A regular
 * expression would take quadratic time.
 */
export const withoutSecrets = (word: string): string => {
  const user = word.indexOf("//")
  const host = word.lastIndexOf("@")
  const anonymous = user >= 0 && host >= user + 2 ? `${word.slice(0, user)}//…${word.slice(host)}` : word
  const scheme = anonymous.indexOf("://")
  const query = scheme < 0 ? -1 : anonymous.indexOf("?", scheme)
  return query < 0 || query + 1 === anonymous.length ? anonymous : `${anonymous.slice(0, query + 1)}…`
}

/**
 * Quotes a text as JSON, so that blanks and control characters are visible, and cuts it to a readable length. Leaves
 * out what may be a secret in a URL.
 */
export const quoteText = (text: string): string =>
  cut(JSON.stringify(text.replaceAll(/\S+/g, withoutSecrets)))

/** Cuts a text to a number of characters. */
export const cut = (text: string, length = MAX_QUOTED): string => {
  // A character has at most two code units.
  const characters = Array.from(text.slice(0, 2 * length + 2))
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`
}

/** Keys and indices from the top of the file. */
export type Path = ReadonlyArray<PropertyKey>

/** Keys that need no quotes in a message. */
const PLAIN_KEY = /^[\w<-]+$/

const formatKey = (key: string): string => (PLAIN_KEY.test(key) ? cut(key) : quoteText(key))

/** How messages name a place: `parameters`, `parameters[0]`, `parameters[0].names`. */
export const formatPath = (path: Path): string => {
  const join = (before: string, part: PropertyKey): string => {
    if (typeof part === "number") return `${before}[${part}]`
    return before === "" ? formatKey(String(part)) : `${before}.${formatKey(String(part))}`
  }
  return path.reduce(join, "") || "the file"
}

const formatFault = (file: string, fault: Fault): string => {
  const place = [fault.file ?? file, fault.line, fault.column].filter((part) => part !== undefined).join(":")
  return `${place}: ${fault.key}: found ${fault.found}; allowed: ${fault.allowed}`
}

/**
 * The configuration cannot be used. `message` has one line per fault:
 * `/var/task/config.yaml:3:13: parameters[0].ttl: found "5"; allowed: a duration such as 30s ...`
 */
export class ConfigInvalid extends Data.TaggedError("ConfigInvalid")<{
  /** The path of the file, or `environment`. */
  readonly file: string
  readonly faults: ReadonlyArray<Fault>
}> {
  override get message(): string {
    const listed = this.faults.slice(0, MAX_LISTED_FAULTS).map((fault) => formatFault(this.file, fault))
    const rest = this.faults.length - listed.length
    return [...listed, ...(rest > 0 ? [`... and ${rest} more`] : [])].join("\n")
  }

  /** The faults of both. */
  and(other: ConfigInvalid): ConfigInvalid {
    const faults = other.faults.map((fault) => Object.assign({ file: other.file }, fault))
    return new ConfigInvalid({ file: this.file, faults: [...this.faults, ...faults] })
  }
}
