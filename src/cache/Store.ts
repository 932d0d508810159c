/**
 * Keeps the slots by key. Slots are immutable and replaced as a whole, so a reader sees a slot as it was before or after a
 * fetch, never in between.
 *
 * The store is bounded by number and by bytes. Beyond a bound, entries are evicted in the order of `EvictionQueue`.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import type { EntryKey } from "../domain/Entry.ts"
import * as Metrics from "../observability/Metrics.ts"
import * as EvictionQueue from "./EvictionQueue.ts"
import { EMPTY, type Slot } from "./Slot.ts"

/** The bytes of a slot in addition to its key and value, measured as the growth of V8's heap per entry. */
const OVERHEAD = 600

const BEYOND_LATIN_1 = /[\u0100-\uffff]/

/** JavaScript stores text with one byte per character, or two if any character is outside Latin-1. */
const sizeOf = (text: string): number => (BEYOND_LATIN_1.test(text) ? 2 : 1) * text.length

/**
 * Details are weighed by their JSON text, which is shorter than the objects: 200 characters for 250 bytes of heap (400 for
 * a secret).
 */
const BYTES_PER_DETAIL = 2

/** The size of an entry for the bound, in bytes. */
export const weigh = (key: EntryKey, { held }: Slot): number => {
  const body = held === undefined ? "" : Redacted.value(held.value.body)
  const size = typeof body === "string" ? sizeOf(body) : body.byteLength
  const details = held?.value.details === undefined ? "" : JSON.stringify(held.value.details)
  return sizeOf(key) + details.length * BYTES_PER_DETAIL + size + OVERHEAD
}

export interface Bounds {
  readonly maxEntries: number
  readonly maxBytes: number
}

interface Stored {
  readonly slot: Slot
  readonly weight: number
}

export interface Store {
  /** The current slot of a key; empty if the key was never fetched. */
  readonly get: (key: EntryKey) => Slot
  /** Replaces a slot, and evicts others until the bounds hold. */
  readonly update: (key: EntryKey, change: (slot: Slot) => Slot) => Effect.Effect<void>
  readonly remove: (key: EntryKey) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
  /** The number of entries and their total size in bytes. */
  readonly size: Effect.Effect<{ readonly entries: number; readonly bytes: number }>
}

export const make = (
  { maxBytes, maxEntries }: Bounds,
  priority: EvictionQueue.Priority,
): Effect.Effect<Store> =>
  Effect.sync(() => {
    const held = new Map<EntryKey, Stored>()
    const queue = EvictionQueue.make(held, priority)
    let bytes = 0

    const drop = (key: EntryKey): void => {
      bytes -= held.get(key)?.weight ?? 0
      held.delete(key)
    }

    const isOver = (): boolean => bytes > maxBytes || held.size > maxEntries

    /** Evicts until the bounds hold, and returns how many entries were evicted. Never evicts `changed`. */
    const evict = (changed: EntryKey): number => {
      let evicted = 0
      while (isOver()) {
        const key = queue.take()
        if (key === undefined) break
        if (key === changed) continue
        drop(key)
        evicted += 1
      }
      queue.add(changed)
      return evicted
    }

    const get = (key: EntryKey): Slot => held.get(key)?.slot ?? EMPTY

    /** Applies a change, which returns how many entries it evicted, and updates the metrics. */
    const changing = (change: () => number): Effect.Effect<void> =>
      Effect.suspend(() => {
        const evicted = change()
        return Effect.andThen(
          Effect.andThen(Metric.update(Metrics.entries, held.size), Metric.update(Metrics.bytes, bytes)),
          evicted === 0 ? Effect.void : Metric.update(Metrics.evictions, evicted),
        )
      })

    return {
      get,
      update: (key, change) =>
        changing(() => {
          const slot = change(get(key))
          const weight = weigh(key, slot)
          drop(key)
          held.set(key, { slot, weight })
          bytes += weight
          return evict(key)
        }),
      remove: (key) => changing(() => (drop(key), 0)),
      clear: changing(() => {
        held.clear()
        bytes = 0
        return 0
      }),
      size: Effect.sync(() => ({ entries: held.size, bytes })),
    }
  })
