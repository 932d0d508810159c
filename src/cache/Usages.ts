/**
 * How each entry is used: when it was last read, which eviction and background refreshes depend on, and how often it was served
 * from memory.
 *
 * Records are mutable, because the hot path writes them. Unlisted names can be invented without limit, so the records of
 * entries that are gone are dropped.
 */
import type { Entry, EntryKey } from "../domain/Entry.ts"

/** How many records may be added before those of evicted entries are looked for and dropped. */
const SPARE = 1_000

export interface Usage {
  readonly entry: Entry
  /** Milliseconds since the epoch; of the load, until somebody reads it. */
  lastReadAt: number
  /** Grows with each read of any entry: the order of reads, whatever the clock says. */
  readOrder: number
  /** Reads that were served from memory. */
  hits: number
}

export interface Usages {
  /** Milliseconds since the epoch; 0 for an entry that was never read. */
  readonly lastReadAt: (key: EntryKey) => number
  /** See `Usage.readOrder`; 0 for an entry that was never read. */
  readonly readOrder: (key: EntryKey) => number
  /** Notes a read, and gives the record, for its hits to be counted in. */
  readonly noteRead: (entry: Entry, now: number) => Usage
  /** An entry is idle from its load on, until somebody reads it. */
  readonly noteLoad: (entry: Entry, now: number) => void
  readonly get: (key: EntryKey) => Usage | undefined
  readonly all: () => ReadonlyArray<Usage>
}

/** `isKept` says whether an entry is listed, or in the store. */
export const make = (isKept: (key: EntryKey) => boolean): Usages => {
  const usages = new Map<EntryKey, Usage>()
  let nextLook = SPARE
  let reads = 0

  const forgetGone = () => {
    for (const key of usages.keys()) if (!isKept(key)) usages.delete(key)
    // So that looking costs each read little, however many entries there are.
    nextLook = 2 * usages.size + SPARE
  }

  const add = (entry: Entry, now: number): Usage => {
    if (usages.size >= nextLook) forgetGone()
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
