/**
 * The order in which `Store` evicts: unlisted entries before those that config.yaml lists, and among equals the least
 * recently read first.
 *
 * A binary heap, so an eviction takes logarithmic time. Reads do not update it: an entry that was read after it was queued
 * is queued again when it reaches the front.
 */
import type { EntryKey } from "../domain/Entry.ts"

/** What decides how long an entry stays. */
export interface Priority {
  readonly isListed: (key: EntryKey) => boolean
  /** The sequence number of the entry's last read, counted over all entries; 0 if it was never read. */
  readonly lastRead: (key: EntryKey) => number
}

export interface EvictionQueue {
  /** Queues an entry, unless it is queued already. */
  readonly add: (key: EntryKey) => void
  /** Removes and returns the entry to evict next; undefined if nothing is queued. */
  readonly take: () => EntryKey | undefined
}

interface Candidate {
  readonly key: EntryKey
  readonly isListed: boolean
  /** The sequence number when it was queued. */
  readonly lastRead: number
}

const goesBefore = (left: Candidate, right: Candidate): boolean =>
  left.isListed === right.isListed ? left.lastRead < right.lastRead : right.isListed

/** The queue is rebuilt when it exceeds twice the number of held entries by more than this. */
const SPARE = 1_000

/** Entries that are no longer held need not be removed: the queue skips them. */
export const make = (
  held: { readonly has: (key: EntryKey) => boolean; readonly size: number },
  { isListed, lastRead }: Priority,
): EvictionQueue => {
  let heap: Array<Candidate> = []
  const queued = new Set<EntryKey>()

  const push = (candidate: Candidate): void => {
    let index = heap.push(candidate) - 1
    for (;;) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || !goesBefore(candidate, parent)) break
      heap[index] = parent
      index = above
    }
    heap[index] = candidate
  }

  const pop = (): Candidate | undefined => {
    const [first] = heap
    const last = heap.pop()
    if (last === undefined || last === first) return first
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const [one, other] = [heap[left], heap[left + 1]]
      const isOther = one !== undefined && other !== undefined && goesBefore(other, one)
      const next = isOther ? other : one
      if (next === undefined || !goesBefore(next, last)) break
      heap[index] = next
      index = isOther ? left + 1 : left
    }
    heap[index] = last
    return first
  }

  const queue = (key: EntryKey) => push({ key, isListed: isListed(key), lastRead: lastRead(key) })

  const dropRemoved = (): void => {
    heap = []
    for (const key of queued) {
      if (held.has(key)) queue(key)
      else queued.delete(key)
    }
  }

  return {
    add: (key) => {
      if (queued.has(key)) return
      if (queued.size > 2 * held.size + SPARE) dropRemoved()
      queued.add(key)
      queue(key)
    },
    take: () => {
      for (let first = pop(); first !== undefined; first = pop()) {
        const { key } = first
        if (held.has(key) && first.lastRead !== lastRead(key)) queue(key)
        else {
          queued.delete(key)
          if (held.has(key)) return key
        }
      }
      return undefined
    },
  }
}
