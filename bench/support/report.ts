/**
 * The output of the benches: a line about the machine and aligned Markdown tables, ready for docs/performance.md.
 */
import { execFileSync } from "node:child_process"
import { cpus, release } from "node:os"
import process from "node:process"
import { ROOT } from "../../scripts/bundle.ts"

type Row = ReadonlyArray<string>

/** A table with a header. The first column is text; the others are numbers, aligned to the right. */
export const table = (header: Row, rows: ReadonlyArray<Row>): string => {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  )
  const pad = (text: string, column: number) => {
    const width = widths[column] ?? 0
    return column === 0 ? text.padEnd(width) : text.padStart(width)
  }
  const line = (row: Row) => `| ${header.map((_, column) => pad(row[column] ?? "", column)).join(" | ")} |`
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`,
  )
  return [line(header), `|${rule.join("|")}|`, ...rows.map(line)].join("\n")
}

const firstLineOf = (command: string, args: ReadonlyArray<string>): string => {
  try {
    const output = execFileSync(command, args, {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
    return output.split("\n")[0] ?? ""
  } catch {
    return "unknown"
  }
}

/** The machine, the runtimes, the commit and the day, in one line. `bun` is the path of Bun, if there is one. */
export const machine = (bun: string | undefined): string => {
  const processors = cpus()
  const commit = firstLineOf("git", ["rev-parse", "--short", "HEAD"])
  return [
    `${processors.length} CPUs (${processors[0]?.model.trim() ?? "unknown"}, ${process.arch})`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    ...(bun === undefined ? [] : [`Bun ${firstLineOf(bun, ["--version"])}`]),
    `commit ${commit}`,
    // "sv-SE" writes dates as ISO 8601 does.
    new Intl.DateTimeFormat("sv-SE").format(),
  ].join(", ")
}

/** Prints progress to stderr. */
export const progress = (text: string): void => {
  process.stderr.write(`${text}\n`)
}
