/**
 * docs/reliability.md, written from the cells of a whole run. Its layout depends on nothing but the lists of faults,
 * moments and services, so that two runs differ in their figures only.
 */
import { FAULTS } from "./faultMatrixFaults.ts"
import { type Cell } from "./faultMatrixCell.ts"
import { MOMENTS, type Service, SERVICES } from "./faultMatrixWorld.ts"

/** How many cells a whole run has. */
export const CELLS = FAULTS.length * MOMENTS.length * SERVICES.length * 2

const TITLES: Readonly<Record<Service, string>> = {
  parameters: "Parameter Store",
  secrets: "Secrets Manager",
  dynamodb: "DynamoDB",
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`

const show = (cell: Cell): string => {
  const { calls, how, recovery, status, took, value } = cell
  const seen = value === "none" ? String(status) : `${status} ${value} (${how})`
  return `${seen}, ${seconds(took)}, ${calls} ${calls === 1 ? "call" : "calls"}; ${seconds(recovery)}`
}

const tableOf = (cells: ReadonlyArray<Cell>, service: Service): string => {
  const cellAt = (title: string, moment: string, isFrozen: boolean): string => {
    const found = cells.find(
      (cell) =>
        cell.service === service &&
        cell.fault.title === title &&
        cell.moment === moment &&
        cell.isFrozen === isFrozen,
    )
    return found === undefined ? "not run" : show(found)
  }
  const rowOf = (title: string, isFrozen: boolean): ReadonlyArray<string> => {
    const cellsOfRow = MOMENTS.map((moment) => cellAt(title, moment, isFrozen))
    return [isFrozen ? `${title}, frozen in flight` : title, ...cellsOfRow]
  }
  const rows = FAULTS.flatMap(({ title }) => [rowOf(title, false), rowOf(title, true)])
  const head = ["AWS ...", ...MOMENTS]
  const lines = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`)
  return `## ${TITLES[service]}\n\n${lines.join("\n")}\n`
}

const longest = (cells: ReadonlyArray<Cell>, figure: (cell: Cell) => number): string =>
  seconds(Math.max(...cells.map(figure)))

/** The page. `date` as in 2026-11-24. */
export const pageOf = (cells: ReadonlyArray<Cell>, artifact: string, date: string): string => {
  const reads = cells.filter(({ isFrozen, moment }) => moment !== "at load" && !isFrozen)
  const loads = cells.filter(({ isFrozen, moment }) => moment === "at load" && !isFrozen)
  const held = cells.filter(({ value }) => value === "old")
  return `# Reliability

What a function sees while AWS fails. Written by \`npm run test:reliability\` on ${date}, on the ${artifact}, with the SDK's own
clients on local AWS; every cell is asserted, on the Node bundle too.

${FAULTS.length} faults, each at four moments of an environment's life: **at load** (everything listed is fetched at start-up),
**at first read** (nothing is held yet), **at expiry** (a value is held, its ttl is over), **at refresh** (it may be
served stale while a new one is fetched). *Frozen in flight*: the extension's process is stopped for 1.5 s, longer than an
attempt may take, while its calls are under way; a network goes down during the freeze.

A cell says: the status and the value that a read got (and how, from \`Cache-Status\`), the time it took, the attempts
that were made and over by then; after the semicolon, how soon the new value came once the fault was over. At load, time and attempts are those of
the load, and the read follows it. A freeze counts into the times.

Held to in every cell:

- a value that is held and may be served is served, with 200: ${held.length} cells;
- without one the read says what is wrong (403, 429, 502, 504) within \`read_budget\` (2.5 s): ${longest(reads, ({ took }) => took)} at most;
- a failed load is not fatal, and the first \`next\` comes within \`load_budget\` (8 s): ${longest(loads, ({ took }) => took)} at most;
- the new value comes within 6 s of the fault's end: ${longest(cells, ({ recovery }) => recovery)} at most. A denial without a value to
  serve is remembered for \`negative_ttl\` (5 s).

${SERVICES.map((service) => tableOf(cells, service)).join("\n")}`
}
