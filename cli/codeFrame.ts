/**
 * Code frames: the lines around a place in a file, with a mark below it. What may be a secret in a URL is left out, as in the
 * messages of the extension. Pure.
 */
import { type ConfigInvalid, type Fault, withoutSecrets } from "../src/config/yaml/ConfigInvalid.ts"

/** More would scroll the first one away. */
const MAX_FRAMES = 10

/** How many lines are shown before the place. */
const LINES_BEFORE = 2
/** How many characters of a line are shown. */
const WIDTH = 100

/** A tab takes one column here, as in the count of columns. Other control characters could move the cursor. */
// oxlint-disable-next-line no-control-regex -- these are meant
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g

const shown = (text: string): string => text.replaceAll(/\S+/g, withoutSecrets).replaceAll(CONTROL, " ")

/**
 * The frame of a place, its line first marked with `>`. Lines and columns count from 1. Empty if the text has no such line.
 *
 * @param mark how the mark is written, for colours
 */
export const frameOf = (
  text: string,
  { column, line }: { readonly line: number; readonly column: number },
  mark: (text: string) => string = (text) => text,
): string => {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/)
  if (line > lines.length) return ""
  const width = String(line).length
  const first = Math.max(1, line - LINES_BEFORE)
  const before = shown((lines[line - 1] ?? "").slice(0, column - 1)).length
  // A long line is shown from shortly before the place on.
  const from = before > WIDTH - 20 ? before - 20 : 0
  const rows = lines.slice(first - 1, line).map((written, index) => {
    const number = first + index
    const cut = shown(written).slice(from, from + WIDTH)
    const gutter = `${number === line ? mark(">") : " "} ${String(number).padStart(width)} |`
    return cut === "" ? gutter : `${gutter} ${cut}`
  })
  return [...rows, `  ${" ".repeat(width)} | ${" ".repeat(before - from)}${mark("^")}`].join("\n")
}

const frameOfFault = (text: string, { column, line }: Fault): string =>
  line === undefined || column === undefined ? "" : frameOf(text, { line, column })

/** The message of each fault, with its frame if it has a place in the file with this text. */
export const faultsWithFrames = (invalid: ConfigInvalid, text: string | undefined): string => {
  const messages = invalid.message.split("\n")
  return messages
    .map((message, index) => {
      const fault = invalid.faults[index]
      const isHere = fault !== undefined && (fault.file ?? invalid.file) === invalid.file
      const frame = text === undefined || !isHere || index >= MAX_FRAMES ? "" : frameOfFault(text, fault)
      return frame === "" ? message : `${message}\n${frame}\n`
    })
    .join("\n")
    .trimEnd()
}
