/**
 * How each entry is used: when it was last read, which eviction and background refreshes depend on, and how often it was
 * served from memory.
 *
 * Records are mutable, because the hot path writes them. Functions can make up any number of unlisted names, so the records
 * of evicted entries are dropped.
 */
import type { Entry, EntryKey } from "../domain/Entry.ts"

/** How many records may be added before the next sweep for evicted entries. */
const SPARE = 1_000

export interface Usage {
  readonly entry: Entry
  /** Milliseconds since the epoch: the time of the load until the first read. */
  lastReadAt: number
  /** The sequence number of the last read, counted over all entries and independent of the clock. */
  readOrder: number
  /** Reads that were served from memory. */
  hits: number
}

export interface Usages {
  /** Milliseconds since the epoch; 0 for an entry that was never read. */
  readonly lastReadAt: (key: EntryKey) => number
  /** See `Usage.readOrder`; 0 for an entry that was never read. */
  readonly readOrder: (key: EntryKey) => number
  /** Records a read and returns the record, so that the caller can count a hit. */
  readonly noteRead: (entry: Entry, now: number) => Usage
  /** Records a load. The entry counts as idle from then until its first read. */
  readonly noteLoad: (entry: Entry, now: number) => void
  readonly get: (key: EntryKey) => Usage | undefined
  readonly all: () => ReadonlyArray<Usage>
}

/** `isKept` says whether an entry is listed, or in the store. */
export const make = (isKept: (key: EntryKey) => boolean): Usages => {
  const usages = new Map<EntryKey, Usage>()
  let nextSweep = SPARE
  let reads = 0

  const sweep = () => {
    for (const key of usages.keys()) if (!isKept(key)) usages.delete(key)
    // The more entries there are, the rarer the sweep, so each read pays little for it.
    nextSweep = 2 * usages.size + SPARE
  }

  const add = (entry: Entry, now: number): Usage => {
    if (usages.size >= nextSweep) sweep()
    const usage = { entry, lastReadAt: now, readOrder: (reads += 1), hits: 0 }
    usages.set(entry.key, usage)
    return usage
  }

  return {
    lastReadAt: (key) => usages.get(key)?.lastReadAt ?? 0,
    readOrder: (key) => usages.get(key)?.readOrder ?? 0,
    noteRead: (entry, now) => {
      const usage = usages.get(entry.key)
      if (usage === undefined) return add(entry, now)
      usage.lastReadAt = now
      usage.readOrder = reads += 1
      return usage
    },
    noteLoad: (entry, now) => {
      if (!usages.has(entry.key)) add(entry, now)
    },
    get: (key) => usages.get(key),
    all: () => Array.from(usages.values()),
  }
}
