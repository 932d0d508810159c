/**
 * Writes docs/shared-faults.md from the cells of a whole run. The layout depends only on the lists of faults, so that two runs
 * differ only in their figures.
 */
import { DYNAMO_FAULTS, REDIS_FAULTS } from "./tierFaults.ts"
import type { Seen, TierCell } from "./tierMatrix.ts"

/** Whether nothing was left out. */
export const isWholeTierRun = (cells: ReadonlyArray<TierCell>): boolean =>
  cells.length === DYNAMO_FAULTS.length + REDIS_FAULTS.length

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(2)} s`

const show = (seen: Seen | undefined): string =>
  seen === undefined ? "" : `${seconds(seen.took)}, ${seen.calls} ${seen.calls === 1 ? "call" : "calls"}`

const HEAD = ["the tier ...", "first read", "read past the ttl", "`/ready` says", "used again after"]

const tableOf = (
  cells: ReadonlyArray<TierCell>,
  engine: TierCell["engine"],
  faults: ReadonlyArray<{ readonly title: string }>,
): string => {
  const rows = faults.map(({ title }) => {
    const cell = cells.find((one) => one.engine === engine && one.title === title)
    return cell === undefined
      ? [title, "not run", "", "", ""]
      : [title, show(cell.first), show(cell.expired), `\`${cell.said}\``, seconds(cell.recovery)]
  })
  return [HEAD, HEAD.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n")
}

/** The page. `date` as in 2026-11-24. */
export const tierPageOf = (cells: ReadonlyArray<TierCell>, artifact: string, date: string): string => {
  const longest = Math.max(...cells.flatMap(({ expired, first }) => [expired.took, first?.took ?? 0]))
  return `# Faults of the shared tier

What a function sees while [the shared tier](shared.md) fails. In short: every read gets the right value with 200. Whatever the tier does not give comes from AWS. The slowest read below took ${seconds(longest)}.

\`npm run test:reliability\` measures and asserts this, and writes this page. It ran on ${date}, on the ${artifact}, with local AWS and a real Redis behind a relay. It asserts every row on the Node bundle too. [reliability.md](reliability.md) has the faults of AWS itself.

## How to read the tables

Each row has an engine of its own, and environments that list 20 parameters with a ttl of an hour and ten with a ttl of a second. The first environment fills the tier; then the fault begins.

- **first read**: a new environment reads the 20 lasting parameters in one request. Without a fault, the tier has them all.
- **read past the ttl**: the first environment reads the ten others, whose ttl has passed in memory and in the tier. So AWS is asked even without a fault.
- Reads may take ten seconds (\`read_budget\`), so that a busy machine fails none.
- A cell shows the time of the slowest value, and the calls to Parameter Store, each of which takes 20 ms.
- **\`/ready\` says**: what [/ready](operations.md#ready) says of the tier after these reads, with the type of the reason. In a row where only some operations fail, that is how the last one ended.
- **used again after**: the time from the end of the fault until an operation of the tier was answered.

The log has one warning in each row that says \`failing\`. A fault that begins in a freeze concerns only old connections, so a new environment does not notice it.

## DynamoDB

${tableOf(cells, "DynamoDB", DYNAMO_FAULTS)}

## Valkey and Redis

${tableOf(cells, "Redis", REDIS_FAULTS)}

Clocks that are twenty seconds apart are tested on the Node bundle: ages stay right to within the error of the store's clock ([shared.md](shared.md#clocks)). Records of another version of the extension's format have other keys, so neither version sees the other's.
`
}
