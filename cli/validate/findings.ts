/**
 * What is wrong, or looks wrong, in a config.yaml: the faults and warnings of the extension, each with its place. Pure; the
 * command `validate` prints them in the format of its choice (`formats.ts`).
 */
import * as Result from "effect/Result"
import { ConfigInvalid, type Fault } from "../../src/config/yaml/ConfigInvalid.ts"
import type { ConfigRead } from "../config/ConfigSource.ts"

/** A fault or a warning. */
export interface Finding {
  readonly severity: "error" | "warning"
  /** The file, if it is one that config.yaml includes. */
  readonly file?: string
  /** Counted from 1; absent if the finding is about the whole file. */
  readonly line?: number
  readonly column?: number
  /** What the extension's log says, without the place. */
  readonly message: string
  /** Of a fault: the path of the key, what was found there, and what is allowed. */
  readonly key?: string
  readonly found?: string
  readonly allowed?: string
}

/** A config.yaml and its findings. */
export interface Judged {
  readonly file: string
  /** Whether the extension would start with it. */
  readonly valid: boolean
  /** How many values it lists; 0 if it is not valid. */
  readonly entries: number
  readonly findings: ReadonlyArray<Finding>
  /** The text of the file, for code frames. */
  readonly text: string | undefined
}

/** A message that begins with its place: `config.yaml:3:10: ...` or `config.yaml: ...`. */
const placed = (file: string, message: string): Pick<Finding, "line" | "column" | "message"> => {
  const rest = message.startsWith(`${file}:`) ? message.slice(file.length) : `: ${message}`
  const [, line, column, text = rest] = /^(?::(\d+):(\d+))?: ([\s\S]*)$/.exec(rest) ?? []
  return {
    ...(line === undefined || column === undefined ? {} : { line: Number(line), column: Number(column) }),
    message: text,
  }
}

const ofFault =
  (main: string) =>
  ({ allowed, column, file = main, found, key, line }: Fault): Finding => {
    const { message } = placed(file, new ConfigInvalid({ file, faults: [{ key, found, allowed }] }).message)
    const place = line === undefined || column === undefined ? {} : { line, column }
    const other = file === main ? {} : { file }
    return { severity: "error", ...other, ...place, message, key, found, allowed }
  }

/** Judges a config.yaml as the extension does at its start. */
export const judge = ({ file, plan, text }: ConfigRead): Judged =>
  Result.match(plan, {
    onFailure: ({ faults }): Judged => ({
      file,
      valid: false,
      entries: 0,
      findings: faults.map(ofFault(file)),
      text,
    }),
    onSuccess: ({ entries, warnings }): Judged => ({
      file,
      valid: true,
      entries: entries.size,
      findings: warnings.map((warning) => ({ severity: "warning", ...placed(file, warning) })),
      text,
    }),
  })
