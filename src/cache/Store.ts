/**
 * Where the slots are, by key. Slots are immutable and replaced as a whole, so a reader sees one as it was before or after a
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

/** What a slot costs in addition to its key and value. Measured as the growth of V8's heap per entry. */
const OVERHEAD = 600

const BEYOND_LATIN_1 = /[\u0100-\uffff]/

/** JavaScript keeps text with one byte a character, or with two if any of them is outside Latin-1. */
const sizeOf = (text: string): number => (BEYOND_LATIN_1.test(text) ? 2 : 1) * text.length

/** As text, details are shorter than as objects: 200 characters for 250 bytes of heap (400 for a secret). */
const BYTES_PER_DETAIL = 2

/** The bytes an entry is counted with. */
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

interface Held {
  readonly slot: Slot
  readonly weight: number
}

export interface Store {
  /** The slot of a key as it is now; empty for a key that was never fetched. */
  readonly get: (key: EntryKey) => Slot
  /** Replaces a slot, and evicts others until the bounds hold. */
  readonly update: (key: EntryKey, change: (slot: Slot) => Slot) => Effect.Effect<void>
  readonly remove: (key: EntryKey) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
  /** How many entries there are, and what they weigh. */
  readonly size: Effect.Effect<{ readonly entries: number; readonly bytes: number }>
}

export const make = (
  { maxBytes, maxEntries }: Bounds,
  priority: EvictionQueue.Priority,
): Effect.Effect<Store> =>
  Effect.sync(() => {
    const held = new Map<EntryKey, Held>()
    const queue = EvictionQueue.make(held, priority)
    let bytes = 0

    const drop = (key: EntryKey): void => {
      bytes -= held.get(key)?.weight ?? 0
      held.delete(key)
    }

    const isOver = (): boolean => bytes > maxBytes || held.size > maxEntries

    /** Evicts until the bounds hold and says how many entries went. The one that has just changed stays. */
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

    /** Makes a change that returns how many entries it evicted. */
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
