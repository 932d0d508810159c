/**
 * Writes docs/reliability.md from the cells of a complete run. The layout depends only on the lists of faults, moments,
 * sources and deaths of connections, so that two runs differ only in their figures.
 */
import { DEATHS } from "./extensionRelay.ts"
import { type DeathCell } from "./faultMatrixDeaths.ts"
import { type Fault, FAULTS } from "./faultMatrixFaults.ts"
import { type Cell } from "./faultMatrixCell.ts"
import { ROUND_FAULTS, ROUND_MOMENTS, type RoundCell } from "./faultMatrixRounds.ts"
import { canHave, MOMENTS, type Service, SERVICES, servicesAt } from "./faultMatrixSources.ts"
import { COUNTS } from "./keptConnections.ts"

/** What a run has seen. */
interface Seen {
  readonly cells: ReadonlyArray<Cell>
  readonly rounds: ReadonlyArray<RoundCell>
  readonly deaths: ReadonlyArray<DeathCell>
}

/** The moments at which a fault can meet a service, and the faults that it can have. */
const momentsOf = (service: Service) => MOMENTS.filter((moment) => servicesAt(moment).includes(service))
const faultsOf = (service: Service): ReadonlyArray<Fault> => FAULTS.filter((fault) => canHave(service, fault))

/** How many cells there are, frozen and not. */
const CELLS =
  2 * SERVICES.reduce((sum, service) => sum + faultsOf(service).length * momentsOf(service).length, 0)

/** Whether nothing was left out. */
export const isWholeRun = ({ cells, deaths, rounds }: Seen): boolean =>
  cells.length === CELLS &&
  rounds.length === ROUND_FAULTS.length * ROUND_MOMENTS.length &&
  deaths.length === DEATHS.length * COUNTS.length

const TITLES: Readonly<Record<Service, string>> = {
  parameters: "Parameter Store",
  paths: "Parameter Store, a path",
  secrets: "Secrets Manager",
  described: "Secrets Manager, with revalidate: describe",
  dynamodb: "DynamoDB",
  queries: "DynamoDB, a query",
  appconfig: "AppConfig",
  s3: "S3",
  sql: "RDS Data API",
  http: "A URL",
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`

const show = (cell: Cell): string => {
  const { calls, how, recovery, status, took, value } = cell
  const seen = value === "none" ? String(status) : `${status} ${value} (${how})`
  return `${seen}, ${seconds(took)}, ${calls} ${calls === 1 ? "call" : "calls"}; ${seconds(recovery)}`
}

const markdown = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n")

/** What a reader must know before a table. */
const NOTES: Partial<Readonly<Record<Service, string>>> = {
  described:
    "DescribeSecret is asked whether the value in memory is current, so there are only the moments at which there is one. Where the description is denied, the secret is fetched.",
  http: "In place of AWS, a server on the web fails. It has no credentials of AWS, any body with status 200 is a document, and a firewall's page with 403 looks like the server's own.",
}

const tableOf = (cells: ReadonlyArray<Cell>, service: Service): string => {
  const moments = momentsOf(service)
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
    const cellsOfRow = moments.map((moment) => cellAt(title, moment, isFrozen))
    return [isFrozen ? `${title}, frozen in flight` : title, ...cellsOfRow]
  }
  const rows = faultsOf(service).flatMap(({ title }) => [rowOf(title, false), rowOf(title, true)])
  const note = NOTES[service]
  const subject = service === "http" ? "the server ..." : "AWS ..."
  const table = markdown([subject, ...moments], rows)
  return [`## ${TITLES[service]}`, ...(note === undefined ? [] : [note]), `${table}\n`].join("\n\n")
}

const roundsTable = (cells: ReadonlyArray<RoundCell>): string => {
  const cellAt = (title: string, moment: string): ReadonlyArray<string> => {
    const found = cells.find((cell) => cell.title === title && cell.moment === moment)
    if (found === undefined) return ["not run", "not run", ""]
    return [found.items, found.path, `${seconds(found.took)}; ${seconds(found.recovery)}`]
  }
  const head = ROUND_MOMENTS.flatMap((moment) => [`items ${moment}`, `path ${moment}`, "time"])
  const rows = ROUND_FAULTS.map(({ title }) =>
    [title].concat(ROUND_MOMENTS.flatMap((moment) => cellAt(title, moment))),
  )
  return markdown(["AWS ...", ...head], rows)
}

const deathsTable = (cells: ReadonlyArray<DeathCell>): string => {
  const cellAt = (death: string, count: number): string => {
    const found = cells.find((cell) => cell.death === death && cell.count === count)
    return found === undefined ? "not run" : `${found.held}; ${found.gone}; ${seconds(found.took)}`
  }
  const rows = DEATHS.map((death) => [death as string].concat(COUNTS.map((count) => cellAt(death, count))))
  return markdown(["they are ...", ...COUNTS.map((count) => `${count} connections`)], rows)
}

const longest = (cells: ReadonlyArray<Cell>, figure: (cell: Cell) => number): string =>
  seconds(Math.max(...cells.map(figure)))

/** The page. `date` as in 2026-11-24. */
export const pageOf = ({ cells, deaths, rounds }: Seen, artifact: string, date: string): string => {
  const reads = cells.filter(({ isFrozen, moment }) => moment !== "at load" && !isFrozen)
  const loads = cells.filter(({ isFrozen, moment }) => moment === "at load" && !isFrozen)
  const held = cells.filter(({ value }) => value === "old")
  return `# Reliability

What a function sees while AWS fails. In short:

- A value in memory that may be served is served, with 200, whatever AWS does.
- Without one, the read says what is wrong (403, 429, 502 or 504) within \`read_budget\`.
- A failed load at start-up is not fatal.
- Once the fault is over, the new value comes within seconds.

\`npm run test:reliability\` measures and asserts this, and writes this page. It ran on ${date}, on the ${artifact}, with the SDK's own clients on local AWS. It asserts every cell on the Node bundle too.

## How to read the tables

There are ${FAULTS.length} faults, each at four moments of an environment's life:

- **at load**: everything listed is fetched at start-up
- **at first read**: nothing is in memory yet
- **at expiry**: a value is in memory, and its ttl has passed
- **at refresh**: the value may be served stale while a new one is fetched

*Frozen in flight* means that the extension's process is stopped for 1.5 s, longer than an attempt may take, while its calls are under way. Faults of the network begin during the freeze. The times include the freeze.

A cell such as \`502, 0.7 s, 4 calls; 1.7 s\` shows the status and the value that a read got (and how, by \`Cache-Status\`), the time it took, and the number of attempts until then. After the semicolon comes the time from the end of the fault until the new value was there. At load, time and attempts are those of the load, and the read follows it.

Where AWS takes 0.8 s a call, and in the rows with a freeze, the time of the read or of its last attempt may run out before a reply has come. Then the read gets 504, or the old value.

## What holds in every cell

| promise | measured |
| --- | --- |
| a value in memory that may be served is served, with 200 | ${held.length} cells |
| without one, the read says what is wrong within \`read_budget\` (2.5 s) | ${longest(reads, ({ took }) => took)} at most |
| the first \`next\` comes within \`load_budget\` (8 s) even if the load fails | ${longest(loads, ({ took }) => took)} at most |
| the new value comes within 6 s of the end of the fault; a denial without a value to serve is remembered for \`negative_ttl\` (5 s) | ${longest(cells, ({ recovery }) => recovery)} at most |

${SERVICES.map((service) => tableOf(cells, service)).join("\n")}
## Faults between the rounds of a fetch

AWS returns four of six items of a BatchGetItem unprocessed, or has sent the first of a path's three pages, and fails from then on. The items that have come are served. A path is served as a whole or not at all. The time is that of the slowest read. After the semicolon comes the time from the end of the fault until everything was new.

${roundsTable(rounds)}

## Connections that die in a freeze

All connections that the extension keeps to AWS die while it is frozen; AWS itself is up. A cell shows two reads after the thaw, one of a value in memory past its ttl and one of a value that was not in memory, and the time of the slower one. *When used*: the connection fails at the first byte that is sent.

${deathsTable(deaths)}
`
}
