/**
 * Faults of a file as a person reads them: each with the lines around it and a mark below its column. Pure.
 */
import type { ConfigInvalid, Fault } from "../src/config/yaml/ConfigInvalid.ts"

/** More would scroll the first one away. */
const MAX_FRAMES = 10
const LINES_BEFORE = 2
/** How much of a line is shown, in UTF-16 code units. */
const MAX_WIDTH = 120

/** The lines around a position, and a caret below it. Empty if the text has no such line. */
export const codeFrame = (text: string, { column = 1, line = 0 }: Pick<Fault, "line" | "column">): string => {
  const lines = text.split(/\r?\n/)
  if (line < 1 || line > lines.length) return ""
  const first = Math.max(1, line - LINES_BEFORE)
  const margin = String(line).length
  const shown = lines.slice(first - 1, line).map((content, index) => {
    const number = first + index
    const mark = number === line ? ">" : " "
    return `${mark} ${String(number).padStart(margin)} | ${content.slice(0, MAX_WIDTH)}`.trimEnd()
  })
  const caret = column <= MAX_WIDTH ? [`  ${" ".repeat(margin)} | ${" ".repeat(column - 1)}^`] : []
  return [...shown, ...caret].join("\n")
}

/** The message of each fault, with its frame if it has a place in the file with this text. */
export const faultsWithFrames = (invalid: ConfigInvalid, text: string | undefined): string => {
  const messages = invalid.message.split("\n")
  return messages
    .map((message, index) => {
      const fault = invalid.faults[index]
      const isHere = fault !== undefined && (fault.file ?? invalid.file) === invalid.file
      const frame = text === undefined || !isHere || index >= MAX_FRAMES ? "" : codeFrame(text, fault)
      return frame === "" ? message : `${message}\n${frame}\n`
    })
    .join("\n")
    .trimEnd()
}
