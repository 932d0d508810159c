/**
 * The shared tier for one environment of the simulation: look into the tier, decide again, lead or wait, as
 * `src/cache/sharedFlights.ts` and `src/shared` do, with their constants. What is decided about a value is the product's own
 * (`src/cache/Slot.ts`). Left out: the circuit, because an environment of the storm has no second chance to use it.
 */
import {
  DEFAULT_SHARED_TIMEOUT,
  LOAD_BUDGET,
  SHARED_CONNECT_TIMEOUT,
  SHARED_LEAST_WAIT,
  SHARED_LONGEST_LEASE,
  SHARED_PATIENCE,
  SHARED_WAIT_PART,
} from "../../src/domain/defaults.ts"
import { ENTRIES_PER_LEASE } from "../../src/shared/keys.ts"
import { FIRST, GROWTH, LONGEST } from "../../src/shared/ticks.ts"
import { type Engine, FIRST_PACK, type Key, type SharedStore } from "./engines.ts"
import { ANSWER } from "./ParameterStore.ts"
import type { Chance, Simulation } from "./Simulation.ts"

/** The names of a batch that shares a lease: those of a GetParameters call. */
export const BATCH = ENTRIES_PER_LEASE

/** Without packs, a turn that was taken later than this after looking is confirmed by another look. In milliseconds. */
const SHORTEST_TURN = 15

interface TierOptions {
  readonly simulation: Simulation
  readonly chance: Chance
  readonly engine: Engine
  readonly store: SharedStore
  readonly parameters: number
  /** Whether a batch has a pack: one record with all of its values, beside the records of the names. */
  readonly isPacked: boolean
  /** Takes over what the tier has for a name. */
  readonly adopt: (name: number, askedAt: number) => void
  /** Whether a name must still be fetched, for a read or for a refresh. */
  readonly needs: (name: number, isRefresh: boolean) => boolean
  /** Whether a refresh of the name is due soon, so that who asks for its batch asks for it, too. */
  readonly isNearlyDue: (name: number) => boolean
  /** Fetches from AWS. */
  readonly ask: (names: ReadonlyArray<number>, ended: (isAnswered: boolean) => void) => void
}

interface Look {
  /** The leases that another environment holds. */
  readonly led: ReadonlySet<Key>
}

const batchOf = (name: number): Key => Math.floor(name / BATCH)
const packOf = (name: number): Key => FIRST_PACK + batchOf(name)
const unique = (keys: ReadonlyArray<Key>): ReadonlyArray<Key> => Array.from(new Set(keys))

export const makeTier = (options: TierOptions) => {
  const { adopt, ask, chance, engine, isNearlyDue, isPacked, needs, parameters, simulation, store } = options
  const { after, now } = simulation
  let isConnected = false

  const nameKey = (name: number): Key => name
  const usualKey = isPacked ? packOf : nameKey

  /** Looks, and adopts what there is. `ended` hears undefined if the tier did not answer within its bound. */
  const look = (
    names: ReadonlyArray<number>,
    keyOf: (name: number) => Key,
    leases: ReadonlyArray<Key>,
    ended: (look: Look | undefined) => void,
  ): void => {
    const startedAt = now()
    const bound = isConnected ? DEFAULT_SHARED_TIMEOUT : SHARED_CONNECT_TIMEOUT
    const keys = unique(names.map(keyOf))
    const begin = () =>
      store.read(keys, leases, (found) => {
        if (found === undefined || now() - startedAt > bound) return ended(undefined)
        isConnected = true
        const byKey = new Map(keys.map((key, index) => [key, found.askedAt[index]]))
        for (const name of names) {
          const askedAt = byKey.get(keyOf(name))
          if (askedAt !== undefined) adopt(name, askedAt)
        }
        ended({ led: new Set(leases.filter((_, index) => found.isHeld[index])) })
      })
    after(isConnected ? 0 : engine.connect, begin)
  }

  const membersOf = (lease: Key): ReadonlyArray<number> =>
    Array.from({ length: BATCH }, (_, index) => lease * BATCH + index).filter((name) => name < parameters)

  /** Fetches the names of one batch: as its leader, from the leader, or alone. */
  const fetchBatch = (
    names: ReadonlyArray<number>,
    isRefresh: boolean,
    first: Look | undefined,
    ended: (isAnswered: boolean) => void,
  ): void => {
    const lease = batchOf(names[0] ?? 0)
    const startedAt = now()
    const patience = Math.min(
      SHARED_WAIT_PART * LOAD_BUDGET,
      Math.max(SHARED_LEAST_WAIT, SHARED_PATIENCE * ANSWER),
    )
    let pause = FIRST
    let lookedAt = startedAt
    const rest = () => names.filter((name) => needs(name, isRefresh))
    const alone = () => ask(rest(), ended)

    const wait = (): void => {
      // A refresh never waits: the next invoke looks again.
      if (isRefresh) return ended(true)
      if (now() - startedAt >= patience) return alone()
      after(pause * (0.5 + chance.share() / 2), again)
      pause = Math.min(LONGEST, pause * GROWTH)
    }
    const again = (): void => {
      lookedAt = now()
      look(rest(), usualKey, [lease], (next) => (rest().length === 0 ? ended(true) : proceed(next)))
    }
    const proceed = (seen: Look | undefined): void => {
      if (seen === undefined) return alone()
      if (seen.led.has(lease)) return wait()
      store.acquire(lease, SHARED_LONGEST_LEASE, (isAcquired) => {
        if (isAcquired === undefined) return alone()
        if (!isAcquired) return wait()
        // The leader before may have published meanwhile; other functions may have written single records.
        if (isPacked || now() - lookedAt > SHORTEST_TURN) look(rest(), nameKey, [lease], lead)
        else lead()
      })
    }
    const lead = (): void => {
      if (rest().length === 0) {
        store.release(lease)
        return ended(true)
      }
      const members = isPacked ? membersOf(lease).filter((name) => isNearlyDue(name)) : rest()
      const askedAt = now()
      ask(members, (isAnswered) => {
        const keys = isPacked ? [...members, FIRST_PACK + lease] : members
        if (isAnswered) store.write(keys, askedAt, () => store.release(lease))
        else store.release(lease)
        ended(isAnswered)
      })
    }
    // A first look at packs asks for no leases, which makes it cheap.
    if (first !== undefined && isPacked) again()
    else proceed(first)
  }

  /** Fetches these names by way of the tier. `ended` hears whether all were answered. */
  const fetch = (
    names: ReadonlyArray<number>,
    isRefresh: boolean,
    ended: (isAnswered: boolean) => void,
  ): void =>
    look(names, usualKey, isPacked ? [] : unique(names.map(batchOf)), (seen) => {
      const missing = names.filter((name) => needs(name, isRefresh))
      if (missing.length === 0) return ended(true)
      const batches = Map.groupBy(missing, batchOf)
      let open = batches.size
      let areAnswered = true
      for (const batch of batches.values())
        fetchBatch(batch, isRefresh, seen, (isBatchAnswered) => {
          open -= 1
          areAnswered &&= isBatchAnswered
          if (open === 0) ended(areAnswered)
        })
    })

  return { fetch }
}
