/**
 * Checks a text with Prometheus' own tools, if they are installed: `promtool` and Python's `prometheus_client`.
 */
import { spawnSync } from "node:child_process"
import { python3 } from "./lambda.ts"

const isHere = (command: string, ...args: ReadonlyArray<string>): boolean =>
  spawnSync(command, args).status === 0

const PYTHON = python3()
const READ_ALL = `
import sys
from prometheus_client.parser import text_string_to_metric_families
print(sum(len(family.samples) for family in text_string_to_metric_families(sys.stdin.read())))
`

export const HAS_PROMTOOL = isHere("promtool", "--version")
export const HAS_PROMETHEUS_CLIENT = PYTHON !== undefined && isHere(PYTHON, "-c", "import prometheus_client")

/** The faults that promtool finds; empty if the text is valid. */
export const promtoolSays = (text: string): string => {
  const { stderr, stdout } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" })
  return `${stdout}${stderr}`
}

/** The number of samples that prometheus_client reads; NaN if it refuses the text. */
export const samplesByPython = (text: string): number =>
  Number(spawnSync(PYTHON ?? "", ["-c", READ_ALL], { input: text, encoding: "utf8" }).stdout || Number.NaN)
