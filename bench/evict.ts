/**
 * `npm run bench:evict`: what it costs to put a new entry into a full store, which evicts the least recently read one.
 *
 * In one process, on the source: stores of growing size, each read at random between inserts. The ratio is that to the
 * smallest store. The last column is the same with a sort of all keys at each insert.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type EntryKey, entryKey } from "../src/domain/Entry.ts"
import { afterValue, type Slot } from "../src/cache/Slot.ts"
import * as Store from "../src/cache/Store.ts"
import { COUNT, COUNTS, parseOptions } from "../scripts/options.ts"
import { machine, table } from "./support/report.ts"
import { median, ratio } from "./support/stats.ts"

const values = parseOptions(
  "Measures an insert into a full store, which evicts the entry that was read least recently.",
  {
    sizes: {
      type: "string",
      default: "100,1000,10000",
      check: COUNTS,
      description: "Entries that the store may hold",
    },
    inserts: { type: "string", default: "10000", check: COUNT, description: "Inserts per round" },
    rounds: { type: "string", default: "9", check: COUNT, description: "Rounds, of which the median counts" },
  },
)

const POLICY = { ttl: 60_000, staleWhileRevalidate: 0, staleIfError: 0, staleIfDenied: 0, negativeTtl: 0 }
const SLOT: Slot = afterValue(
  { body: Redacted.make("x".repeat(100)), contentType: "text/plain", version: "1" },
  0,
  POLICY,
  0,
)
const keyOf = (index: number): EntryKey => entryKey("parameters", `/bench/${index}`)

/** Microseconds per insert into a full store, for each round. */
const roundsOf = (maxEntries: number, inserts: number, rounds: number): ReadonlyArray<number> => {
  const reads = new Map<EntryKey, number>()
  let order = 0
  const read = (key: EntryKey) => reads.set(key, (order += 1))
  const store = Effect.runSync(
    Store.make(
      { maxEntries, maxBytes: Infinity },
      { isListed: () => false, lastRead: (key) => reads.get(key) ?? 0 },
    ),
  )
  let next = 0
  const insert = () => {
    const key = keyOf((next += 1))
    read(key)
    Effect.runSync(store.update(key, () => SLOT))
    read(keyOf(next - Math.floor(Math.random() * maxEntries)))
  }
  const timed = (count: number): number => {
    const before = performance.now()
    for (let index = 0; index < count; index += 1) insert()
    return ((performance.now() - before) * 1_000) / count
  }
  timed(maxEntries + 5 * inserts)
  return Array.from({ length: rounds }, () => timed(inserts))
}

/** Microseconds for a sort of all keys by their last read. */
const sortsOf = (maxEntries: number, rounds: number): ReadonlyArray<number> => {
  const reads = new Map(Array.from({ length: maxEntries }, (_, index) => [keyOf(index), Math.random()]))
  return Array.from({ length: rounds }, () => {
    const before = performance.now()
    Array.from(reads.keys()).sort((left, right) => (reads.get(left) ?? 0) - (reads.get(right) ?? 0))
    return (performance.now() - before) * 1_000
  })
}

const sizes = values.sizes.split(",").map(Number)
const rounds = Number(values.rounds)
const results = sizes.map((size) => ({
  size,
  inserted: roundsOf(size, Number(values.inserts), rounds),
  sorted: sortsOf(size, rounds),
}))
const base = results[0]?.inserted ?? []
console.log(machine(undefined))
console.log(
  table(
    ["entries held", "µs per insert", "ratio", "µs with a sort", "ratio"],
    results.map(({ inserted, size, sorted }) => [
      String(size),
      median(inserted).toFixed(1),
      ratio(inserted, base),
      median(sorted).toFixed(0),
      ratio(sorted, results[0]?.sorted ?? []),
    ]),
  ),
)
