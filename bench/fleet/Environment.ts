/**
 * One execution environment of the fleet, with its slots, reads and calls. The decisions about reads, refreshes and replies are
 * the product's own functions (`src/cache/Slot.ts`).
 */
import * as Redacted from "effect/Redacted"
import { afterError, afterValue, decide, EMPTY, fallback, isDue, type Slot } from "../../src/cache/Slot.ts"
import type { Value } from "../../src/domain/Entry.ts"
import type { SharedStore } from "./engines.ts"
import type { Figures } from "./figures.ts"
import { ANSWER, type ParameterStore, REFUSAL } from "./ParameterStore.ts"
import type { Chance, Simulation } from "./Simulation.ts"
import { makeTier } from "./Tier.ts"
import { type Strategy, THROTTLED } from "./strategies.ts"

const VALUE: Value = { body: Redacted.make("value"), contentType: "text/plain" }

interface World {
  readonly simulation: Simulation
  readonly chance: Chance
  readonly store: ParameterStore
  /** Absent without a shared tier. */
  readonly shared?: SharedStore | undefined
  readonly figures: Figures
  readonly strategy: Strategy
  readonly parameters: number
}

export const makeEnvironment = ({
  chance,
  figures,
  parameters,
  shared,
  simulation,
  store,
  strategy,
}: World) => {
  const { policy } = strategy
  const { after, now } = simulation
  const slots: Array<Slot> = Array.from({ length: parameters }, () => EMPTY)
  const indices = Array.from(slots.keys())
  const at = (index: number): Slot => slots[index] ?? EMPTY
  let isReady = false

  const keep = (names: ReadonlyArray<number>, askedAt: number, isAnswered: boolean): void => {
    for (const name of names)
      slots[name] = isAnswered
        ? afterValue(VALUE, askedAt, policy, chance.share())
        : afterError(at(name), THROTTLED, now(), chance.share())
    noteReady()
  }

  const noteReady = (): void => {
    if (isReady || slots.some(({ held }) => held === undefined)) return
    isReady = true
    figures.readyAt.push(now())
  }

  const call = (
    names: ReadonlyArray<number>,
    askedAt: number,
    retry: number,
    ended: (isAnswered: boolean) => void,
  ): void => {
    const isAnswered = store()
    if (!isAnswered && retry < strategy.retries) {
      const pause = chance.share() * strategy.longestPause(retry)
      after(REFUSAL + pause, () => call(names, askedAt, retry + 1, ended))
      return
    }
    after(isAnswered ? ANSWER : REFUSAL, () => {
      keep(names, askedAt, isAnswered)
      ended(isAnswered)
    })
  }

  /** Fetches these names from AWS with the strategy's calls. `ended` hears after the last whether all were answered. */
  const ask = (names: ReadonlyArray<number>, ended: (areAnswered: boolean) => void): void => {
    let begun = 0
    let underWay = 0
    let areAnswered = true
    const next = (): void => {
      while (underWay < strategy.concurrency && begun < names.length) {
        const batch = names.slice(begun, begun + strategy.batchSize)
        begun += batch.length
        underWay += 1
        call(batch, now(), 0, (isAnswered) => {
          underWay -= 1
          areAnswered &&= isAnswered
          if (!isAnswered && strategy.concurrency === 1) begun = names.length
          next()
        })
      }
      if (underWay === 0) ended(areAnswered)
    }
    next()
  }

  const tier =
    shared === undefined || strategy.tier === undefined
      ? undefined
      : makeTier({
          simulation,
          chance,
          ...strategy.tier,
          parameters,
          store: shared,
          ask,
          adopt: (name, askedAt) => {
            if (askedAt <= (at(name).held?.fetchedAt ?? Number.NEGATIVE_INFINITY)) return
            slots[name] = afterValue(VALUE, askedAt, policy, chance.share())
            noteReady()
          },
          isNearlyDue: (name) =>
            now() - (at(name).held?.fetchedAt ?? Number.NEGATIVE_INFINITY) >= 0.9 * policy.ttl,
          needs: (name, isRefresh) =>
            isRefresh ? isDue(at(name), now(), policy) : decide(at(name), now(), policy)._tag === "Fetch",
        })

  const fetch = (names: ReadonlyArray<number>, isRefresh: boolean, ended: () => void): void => {
    if (names.length === 0) ended()
    else if (tier === undefined) ask(names, ended)
    else tier.fetch(names, isRefresh, ended)
  }

  const serve = (name: number): boolean => {
    const held = fallback(at(name), now(), policy)
    if (held !== undefined) figures.ages.add(now() - held.fetchedAt, 1)
    return held !== undefined
  }

  /** The function reads all its parameters and fails if one of them is missing. */
  const invoke = (ended: () => void): void => {
    const awaited: Array<number> = []
    const behind: Array<number> = []
    for (const name of indices) {
      const decision = decide(at(name), now(), policy)
      if (decision._tag === "Fetch") awaited.push(name)
      else if (decision._tag === "ServeAndRefresh" || isDue(at(name), now(), policy)) behind.push(name)
      // Fresh values are sampled instead: see `observe`.
      if (decision._tag === "ServeAndRefresh" || decision._tag === "ServeWhileFailing")
        figures.ages.add(decision.age, 1)
    }
    let underWay = 2
    const oneEnded = (): void => {
      underWay -= 1
      if (underWay > 0) return
      const served = awaited.filter((name) => serve(name))
      if (served.length < awaited.length) figures.failedInvokes += 1
      ended()
    }
    if (tier === undefined) {
      // One fetch, so that their batches are shared.
      underWay = 1
      fetch([...awaited, ...behind], false, oneEnded)
    } else {
      fetch(awaited, false, oneEnded)
      fetch(behind, true, oneEnded)
    }
  }

  const dueAt = ({ failing, held }: Slot): number => {
    if (held === undefined) return now()
    const expiry = policy.staleWhileRevalidate > 0 ? held.refreshAt : held.fetchedAt + policy.ttl
    return Math.max(expiry, failing?.retryAt ?? 0)
  }

  return {
    invoke,
    preload: (ended: () => void) => fetch(indices, false, ended),
    /** Fills the cache with values that were all fetched now. */
    fill: (fetchedAt: number) => keep(indices, fetchedAt, true),
    /** When an invoke would first do more than serve fresh values. */
    nextDueAt: (): number => {
      let least = Number.POSITIVE_INFINITY
      for (const slot of slots) {
        least = Math.min(least, dueAt(slot))
        if (least <= now()) break
      }
      return least
    },
    /** Counts the age of a fresh parameter for a number of reads. */
    observe: (name: number, weight: number): void => {
      const decision = decide(at(name), now(), policy)
      if (decision._tag === "Serve") figures.ages.add(decision.age, weight)
    },
  }
}

export type Environment = ReturnType<typeof makeEnvironment>
