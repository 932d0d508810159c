/**
 * Writes the findings of `validate` for people, with code frames, as JSON, or as annotations of GitHub Actions. Pure.
 */
import { frameOf } from "../codeFrame.ts"
import type { Finding, Judged } from "./findings.ts"

/** How a text is coloured. */
export type Paint = (colour: "red" | "yellow" | "green", text: string) => string

const COLOURS = { error: "red", warning: "yellow" } as const

const placeOf = (main: string, { column, file = main, line }: Finding): string =>
  line === undefined ? file : `${file}:${line}:${column}`

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`

const isOf =
  (severity: Finding["severity"]) =>
  (finding: Finding): boolean =>
    finding.severity === severity

const summaryOf = ({ entries, file, findings, valid }: Judged, paint: Paint): string => {
  const [errors, warnings] = [isOf("error"), isOf("warning")].map((is) => findings.filter(is).length)
  const found = [
    ...(errors === undefined || errors === 0 ? [] : [counted(errors, "error")]),
    ...(warnings === undefined || warnings === 0 ? [] : [counted(warnings, "warning")]),
  ].join(", ")
  const listed = entries === 1 ? "1 entry" : `${entries} entries`
  return valid
    ? `${file}: ${paint("green", "valid")}, ${listed}${found === "" ? "" : `, ${found}`}`
    : `${file}: ${paint("red", "not valid")}, ${found}`
}

/** For people: each finding with a code frame, then a line for the file. */
export const asText = (judged: Judged, paint: Paint): string => {
  const { file, findings, text } = judged
  const blocks = findings.map((finding) => {
    const { column, line, message, severity } = finding
    const head = `${placeOf(file, finding)}: ${paint(COLOURS[severity], severity)}: ${message}`
    const isHere = finding.file === undefined
    if (!isHere || line === undefined || column === undefined || text === undefined) return head
    const frame = frameOf(text, { line, column }, (mark) => paint(COLOURS[severity], mark))
    return frame === "" ? head : `${head}\n\n${frame}`
  })
  return [...blocks, summaryOf(judged, paint)].join("\n\n")
}

/** For programs; docs/cli.md describes it. */
export const asJson = (all: ReadonlyArray<Judged>): string =>
  JSON.stringify(
    {
      valid: all.every(({ valid }) => valid),
      files: all.map(({ text: _text, ...judged }) => judged),
    },
    undefined,
    2,
  )

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
const escapeData = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C")

/** For GitHub Actions, which shows each finding beside its line. */
export const asAnnotations = ({ file: main, findings }: Judged): ReadonlyArray<string> =>
  findings.map(({ column, file = main, line, message, severity }) => {
    const place = [
      `file=${escapeProperty(file)}`,
      ...(line === undefined ? [] : [`line=${line}`, `col=${column}`]),
    ].join()
    return `::${severity} ${place}::${escapeData(message)}`
  })
