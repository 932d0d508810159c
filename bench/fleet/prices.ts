/**
 * What a million reads through the shared tier cost: the operations of `src/shared` for one pack, times the units that an engine
 * counts for them, times its price. Pure; `npm run bench:fleet -- --prices` prints it, docs/shared-engines.md has it.
 */
import { ENTRIES_PER_LEASE } from "../../src/shared/keys.ts"
import { DYNAMODB, type Engine, VALKEY } from "./engines.ts"

/** Ten values with what AWS says about them, sealed; one of them; a lease. In bytes. */
const PACK = 4_000
const RECORD = PACK / ENTRIES_PER_LEASE
const LEASE = 100

const MILLION = 1_000_000

interface Case {
  readonly name: string
  /** Bytes of the records that are read eventually consistent, strongly consistent, and written. */
  readonly glanced: ReadonlyArray<number>
  readonly read: ReadonlyArray<number>
  readonly written: ReadonlyArray<number>
}

const RECORDS = Array.from({ length: ENTRIES_PER_LEASE }, () => RECORD)

const CASES: ReadonlyArray<Case> = [
  { name: "packs found", glanced: [PACK], read: [], written: [] },
  { name: "values found that no file lists", glanced: [RECORD], read: [], written: [] },
  {
    name: "packs fetched from AWS",
    glanced: [PACK],
    // The look, the records before AWS is asked, the pack before it is written.
    read: [PACK, LEASE, ...RECORDS, PACK, LEASE],
    // The lease, the records, the pack, the end of the lease.
    written: [LEASE, ...RECORDS, PACK, LEASE],
  },
]

/** What a million of a case cost, in dollars. */
const dollarsPerMillion = (
  { glanced, read, written }: Case,
  { readUnitPrice, readUnits, writeUnitPrice, writeUnits }: Engine,
): number => {
  const sum = (sizes: ReadonlyArray<number>, units: (bytes: number) => number) =>
    sizes.reduce((total, bytes) => total + units(bytes), 0)
  const reads =
    sum(glanced, (bytes) => readUnits(bytes, false)) + sum(read, (bytes) => readUnits(bytes, true))
  return MILLION * (reads * readUnitPrice + sum(written, writeUnits) * writeUnitPrice)
}

export const PRICE_HEADER = ["a million ...", DYNAMODB.name, VALKEY.name]

/** The table, in dollars. */
export const priceRows = (): ReadonlyArray<ReadonlyArray<string>> =>
  CASES.map((one) =>
    [one.name].concat([DYNAMODB, VALKEY].map((engine) => `$${dollarsPerMillion(one, engine).toFixed(2)}`)),
  )
