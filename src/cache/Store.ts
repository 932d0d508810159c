/**
 * Where the slots are: a `Ref` of an immutable map. Every change replaces the map at once, so a reader sees
 * a slot as it was before or after a fetch, never between.
 */
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type { EntryKey } from "../domain/Entry.ts"
import { EMPTY, type Slot } from "./Slot.ts"

export interface Store {
  /** The slot of a key as it is now; empty for a key that was never fetched. */
  readonly get: (key: EntryKey) => Slot
  readonly update: (key: EntryKey, change: (slot: Slot) => Slot) => Effect.Effect<void>
}

export const make: Effect.Effect<Store> = Effect.gen(function* () {
  const slots = yield* Ref.make(HashMap.empty<EntryKey, Slot>())
  const slotIn = (map: HashMap.HashMap<EntryKey, Slot>, key: EntryKey) =>
    Option.getOrElse(HashMap.get(map, key), () => EMPTY)
  return {
    get: (key) => slotIn(Ref.getUnsafe(slots), key),
    update: (key, change) => Ref.update(slots, (map) => HashMap.set(map, key, change(slotIn(map, key)))),
  }
})
