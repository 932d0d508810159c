/**
 * Tables of text, as `cost`, `publish` and the demo print them. Pure.
 */

interface TableStyle {
  /** What stands between two columns. */
  readonly gap: string
  /** Whether all columns but the first are aligned to the right, as numbers are. */
  readonly isNumeric: boolean
}

/** The rows, a line each, with their columns below each other. */
export const textTable = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  { gap, isNumeric }: TableStyle,
): string => {
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const pad = (cell: string, column: number): string =>
    isNumeric && column > 0 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join(gap).trimEnd()).join("\n")
}
