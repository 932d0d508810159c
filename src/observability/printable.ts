/**
 * Text that stays on one line and shows what it contains: anything that a terminal or CloudWatch would not treat as a
 * visible character is escaped.
 *
 * The last step of every log line (`logLines.ts`). Names, labels and the words of AWS come from elsewhere: one with a line
 * break in it would forge a line, or a metric in the Embedded Metric Format. Pure.
 */

/**
 * Control characters (C0, DEL, C1), the separators of lines and paragraphs, what turns the direction of text, what
 * has no width, and halves of surrogate pairs.
 */
const UNPRINTABLE =
  /[\p{Cc}\u2028\u2029\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]|\p{Surrogate}/gu

/** Nearly every line. The other expression is compiled where it is needed: that takes longer than to print many lines. */
const ASCII = /^[ -~]*$/

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const unicodeEscape = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`

/** The escape of JSON (RFC 8259, section 7), so that it may stand in JSON text, too. */
const escaped = (character: string): string =>
  SHORT[character] ??
  Array.from({ length: character.length }, (_, index) => unicodeEscape(character.charCodeAt(index))).join("")

/** The most of a text that a log line shows, in UTF-16 code units. CloudWatch takes 256 KB an event. */
const MAX_TEXT = 8_192

/** A text in which every character is visible. */
export const printable = (text: string): string =>
  ASCII.test(text) ? text : text.replaceAll(UNPRINTABLE, escaped)

/** The beginning of a text that is too long to be logged; it says how much is left out. */
export const shortened = (text: string): string =>
  text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more)`
