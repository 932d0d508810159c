/**
 * Where the slots are: a `Ref` of an immutable map, with what it weighs. Every change replaces the map at once, so
 * a reader sees a slot as it was before or after a fetch, never between.
 *
 * The map is bounded by number and by bytes. When a bound is reached, the least recently read entries go, those
 * that config.yaml lists last.
 */
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type { EntryKey } from "../domain/Entry.ts"
import * as Metrics from "../observability/Metrics.ts"
import { EMPTY, type Slot } from "./Slot.ts"

/** What a slot costs beside its key and value: map node, objects, headers. Measured as the heap's growth per entry. */
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

/** How worthy of staying an entry is: what is listed stays longest, then what was read last. */
export interface Standing {
  readonly isListed: (key: EntryKey) => boolean
  /** Milliseconds since the epoch; 0 for an entry that was never read. */
  readonly lastReadAt: (key: EntryKey) => number
}

interface Kept {
  readonly slot: Slot
  readonly weight: number
}

interface State {
  readonly slots: HashMap.HashMap<EntryKey, Kept>
  readonly bytes: number
}

const NOTHING: State = { slots: HashMap.empty(), bytes: 0 }

const slotIn = ({ slots }: State, key: EntryKey): Slot =>
  Option.match(HashMap.get(slots, key), { onNone: () => EMPTY, onSome: ({ slot }) => slot })

const weightIn = (state: State, key: EntryKey): number =>
  Option.match(HashMap.get(state.slots, key), { onNone: () => 0, onSome: ({ weight }) => weight })

const without = (state: State, key: EntryKey): State => ({
  slots: HashMap.remove(state.slots, key),
  bytes: state.bytes - weightIn(state, key),
})

const withSlot = (state: State, key: EntryKey, slot: Slot): State => {
  const weight = weigh(key, slot)
  return {
    slots: HashMap.set(state.slots, key, { slot, weight }),
    bytes: state.bytes - weightIn(state, key) + weight,
  }
}

const isOver = ({ bytes, slots }: State, { maxBytes, maxEntries }: Bounds): boolean =>
  bytes > maxBytes || HashMap.size(slots) > maxEntries

/** The keys in the order in which they go, `kept` excepted. */
const goers = (
  { slots }: State,
  kept: EntryKey,
  { isListed, lastReadAt }: Standing,
): ReadonlyArray<EntryKey> =>
  Array.from(HashMap.keys(slots))
    .filter((key) => key !== kept)
    .toSorted(
      (left, right) =>
        Number(isListed(left)) - Number(isListed(right)) || lastReadAt(left) - lastReadAt(right),
    )

/** Takes entries out until the bounds hold. The one that was just put in stays. */
const withinBounds = (state: State, kept: EntryKey, bounds: Bounds, standing: Standing): State => {
  if (!isOver(state, bounds)) return state
  let bounded = state
  for (const key of goers(state, kept, standing)) {
    bounded = without(bounded, key)
    if (!isOver(bounded, bounds)) break
  }
  return bounded
}

export interface Store {
  /** The slot of a key as it is now; empty for a key that was never fetched. */
  readonly get: (key: EntryKey) => Slot
  readonly update: (key: EntryKey, change: (slot: Slot) => Slot) => Effect.Effect<void>
  readonly remove: (key: EntryKey) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
  /** How many entries there are, and what they weigh. */
  readonly size: Effect.Effect<{ readonly entries: number; readonly bytes: number }>
}

export const make = Effect.fnUntraced(function* (bounds: Bounds, standing: Standing) {
  const state = yield* Ref.make(NOTHING)

  const show = ({ bytes, slots }: State) =>
    Effect.andThen(Metric.update(Metrics.entries, HashMap.size(slots)), Metric.update(Metrics.bytes, bytes))

  const change = (step: (before: State) => { readonly after: State; readonly evicted: number }) =>
    Ref.modify(state, (before) => {
      const { after, evicted } = step(before)
      return [{ after, evicted }, after]
    }).pipe(
      Effect.flatMap(({ after, evicted }) =>
        Effect.andThen(show(after), evicted === 0 ? Effect.void : Metric.update(Metrics.evictions, evicted)),
      ),
    )

  const store: Store = {
    get: (key) => slotIn(Ref.getUnsafe(state), key),
    update: (key, f) =>
      change((before) => {
        const wanted = withSlot(before, key, f(slotIn(before, key)))
        const after = withinBounds(wanted, key, bounds, standing)
        return { after, evicted: HashMap.size(wanted.slots) - HashMap.size(after.slots) }
      }),
    remove: (key) => change((before) => ({ after: without(before, key), evicted: 0 })),
    clear: change(() => ({ after: NOTHING, evicted: 0 })),
    size: Effect.map(Ref.get(state), ({ bytes, slots }) => ({ entries: HashMap.size(slots), bytes })),
  }
  return store
})
