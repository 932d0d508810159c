/**
 * The turns of this environment: which leases it holds, for how many of its fetches, and their renewal.
 *
 * A lease is short, so that others need not wait long for an environment that has died or was frozen. It is prolonged while
 * fetches go on, and the last of them gives it back.
 */
import { randomUUID } from "node:crypto"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { FETCH_LIMIT } from "../domain/defaults.ts"
import { count, type Guard } from "./guard.ts"
import { ALONE, type Turn } from "./Shared.ts"
import type { Lease, SharedStore } from "./SharedStore.ts"

/** A lease is prolonged this many times in its length, so that a late prolongation still comes in time. */
const PROLONGATIONS = 3

interface Held {
  fetches: number
  readonly end: Effect.Effect<void>
}

interface Taking {
  fetches: number
  readonly outcome: Deferred.Deferred<Turn | undefined>
}

export interface Leases {
  /** See `SharedEntry.lead`. */
  readonly take: (key: string, milliseconds: number) => Effect.Effect<Turn | undefined>
  /** Whether this environment holds the lease. */
  readonly isOwn: (key: string) => boolean
}

interface LeasesOptions {
  readonly guard: Guard
  readonly store: SharedStore
  /** How long an operation may take, in milliseconds. */
  readonly bound: Effect.Effect<number>
}

export const make = Effect.fnUntraced(function* ({ bound, guard, store }: LeasesOptions) {
  const scope = yield* Effect.scope
  const held = new Map<string, Held>()
  const taking = new Map<string, Taking>()

  const run = <A>(operation: Parameters<typeof guard.run<A>>[0]) =>
    Effect.flatMap(bound, (milliseconds) => guard.run(operation, milliseconds))

  /** Not through the guard: the store is known to fail, and a release says nothing new about it. */
  const giveBack = (lease: Lease) =>
    Effect.flatMap(bound, (milliseconds) =>
      Effect.ignore(Effect.timeoutOption(store.release(lease), milliseconds)),
    )

  const turnOf = (key: string, lease: Held): Turn => ({
    done: Effect.suspend(() => {
      lease.fetches -= 1
      if (lease.fetches > 0) return Effect.void
      held.delete(key)
      return lease.end
    }),
  })

  /** Prolongs a lease until it is given back or lost. */
  const prolong = (key: string, owner: string, milliseconds: number) =>
    Effect.sleep(milliseconds / PROLONGATIONS).pipe(
      Effect.andThen(run(store.acquire({ key, owner }, milliseconds))),
      Effect.repeat({ while: (isOurs) => Option.getOrElse(isOurs, () => true) }),
      Effect.timeoutOption(FETCH_LIMIT),
    )

  const acquire = Effect.fnUntraced(function* (key: string, milliseconds: number, begun: Taking) {
    const owner = randomUUID()
    const isOurs = yield* run(store.acquire({ key, owner }, milliseconds))
    if (Option.isNone(isOurs)) {
      // The store may have given it after all, and others would wait for it.
      yield* Effect.forkIn(giveBack({ key, owner }), scope)
      return ALONE
    }
    if (!isOurs.value) return undefined
    const heartbeat = yield* Effect.forkIn(prolong(key, owner, milliseconds), scope)
    const end = Effect.andThen(Fiber.interrupt(heartbeat), run(store.release({ key, owner })))
    // Fetches that asked for it meanwhile have the turn too.
    const lease: Held = { fetches: begun.fetches, end: Effect.asVoid(end) }
    held.set(key, lease)
    yield* count("lead")
    return turnOf(key, lease)
  })

  const take: Leases["take"] = (key, milliseconds) =>
    Effect.suspend(() => {
      const lease = held.get(key)
      if (lease !== undefined) {
        lease.fetches += 1
        return Effect.succeed(turnOf(key, lease))
      }
      const underWay = taking.get(key)
      if (underWay !== undefined) {
        underWay.fetches += 1
        return Deferred.await(underWay.outcome)
      }
      const begun: Taking = { fetches: 1, outcome: Deferred.makeUnsafe() }
      taking.set(key, begun)
      return acquire(key, milliseconds, begun).pipe(
        Effect.onExit((exit) =>
          Effect.suspend(() => {
            taking.delete(key)
            return Deferred.succeed(begun.outcome, exit._tag === "Success" ? exit.value : ALONE)
          }),
        ),
        Effect.forkIn(scope),
        Effect.andThen(Deferred.await(begun.outcome)),
      )
    }).pipe(Effect.uninterruptible)

  const leases: Leases = { take, isOwn: (key) => held.has(key) }
  return leases
})
