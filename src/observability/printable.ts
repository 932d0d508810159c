/**
 * Escapes every character that a terminal or CloudWatch would not show. The last step of every log line: a name, label or
 * AWS message with a line break could otherwise forge a line, or a metric in the Embedded Metric Format. Pure.
 */

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, bidirectional controls, zero-width characters, and lone
 * surrogates.
 */
const UNPRINTABLE =
  /[\p{Cc}\u2028\u2029\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]|\p{Surrogate}/gu

/** Matches nearly every line, and saves compiling `UNPRINTABLE`, which takes longer than printing many lines. */
const ASCII = /^[ -~]*$/

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const unicodeEscape = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`

/** The escapes of JSON (RFC 8259, section 7), so that they are valid in JSON text too. */
const escaped = (character: string): string =>
  SHORT[character] ??
  Array.from({ length: character.length }, (_, index) => unicodeEscape(character.charCodeAt(index))).join("")

/** How much of a text a log line shows, in UTF-16 code units. CloudWatch accepts 256 KB per event. */
const MAX_TEXT = 8_192

/** The text with every invisible character escaped. */
export const printable = (text: string): string =>
  ASCII.test(text) ? text : text.replaceAll(UNPRINTABLE, escaped)

/** The text, cut to `MAX_TEXT` with a note of how much is left out. */
export const shortened = (text: string): string =>
  text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more)`
