/**
 * When each entry was last read: what eviction and the refresher go by.
 *
 * A plain map, because the hot path writes to it. Names that are not listed come without end, so the times of
 * entries that are gone are dropped.
 */
import type { EntryKey } from "../domain/Entry.ts"

/** How many times more read times than entries may be remembered before those of gone entries are dropped. */
const MAX_READS_PER_ENTRY = 2

export interface ReadTimes {
  /** Milliseconds since the epoch; 0 for an entry that was never read. */
  readonly lastReadAt: (key: EntryKey) => number
  readonly noteRead: (key: EntryKey, now: number) => void
  /** An entry is idle from its load on, until somebody reads it. */
  readonly noteLoad: (key: EntryKey, now: number) => void
}

/** `isHeld` says whether the store has an entry. */
export const make = (maxEntries: number, isHeld: (key: EntryKey) => boolean): ReadTimes => {
  const times = new Map<EntryKey, number>()

  const forgetGone = () => {
    for (const key of times.keys()) if (!isHeld(key)) times.delete(key)
  }

  return {
    lastReadAt: (key) => times.get(key) ?? 0,
    noteRead: (key, now) => {
      times.set(key, now)
      if (times.size > MAX_READS_PER_ENTRY * maxEntries) forgetGone()
    },
    noteLoad: (key, now) => {
      if (!times.has(key)) times.set(key, now)
    },
  }
}
