/**
 * The report of `cost` as text. Pure. docs/cost.md shows the same tables.
 */
import type { Cost } from "./model.ts"

const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 })
const DOLLARS = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })

export const count = (value: number): string => COUNT.format(value)
export const dollars = (value: number): string => `$${DOLLARS.format(value)}`

export const HEADER = [
  "for a million invocations",
  "calls to AWS",
  "for calls",
  "for waiting",
  "for cold starts",
  "in all",
]

/** What a way to read costs in all, as far as it was measured. */
export const totalOf = ({ callDollars, startDollars = 0, waitDollars }: Cost): number =>
  callDollars + waitDollars + startDollars

/** The cells of a row, in the order of `HEADER`. */
export const cellsOf = (cost: Cost): ReadonlyArray<string> => [
  cost.name,
  count(cost.calls),
  dollars(cost.callDollars),
  dollars(cost.waitDollars),
  cost.startDollars === undefined ? "not measured" : dollars(cost.startDollars),
  dollars(totalOf(cost)),
]
