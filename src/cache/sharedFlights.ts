/**
 * Fetches of shared entries: from the shared tier if it can, else from AWS. It asks AWS only if it is this environment's turn,
 * or if it has waited long enough for another's answer. Loaded only if there is a tier; `SingleFlight.ts` starts the fetches.
 *
 * A value from the tier goes into the slot with its true age, and `Slot.ts` decides as about any other value.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import type { Limits } from "../config/limits.ts"
import type { Kind } from "../domain/Address.ts"
import { SHARED_REFRESH_PAUSE } from "../domain/defaults.ts"
import type { Entry } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { ALONE, type Known, type SharedEntry, type Turn } from "../shared/Shared.ts"
import type { FailureLog } from "./FailureLog.ts"
import { afterNews, isEnough, isNearlyDue, type Want } from "./news.ts"
import type { Fetched, FlightOptions } from "./Flight.ts"
import { leaseAt, newsOf, paceAfter, patienceAt, type Rest, restOf } from "./pace.ts"
import { fallback, type Held, type Slot, wasFrozen } from "./Slot.ts"
import * as Store from "./Store.ts"

/** A fetch as its callers join it. */
export interface Boarding {
  /** What its callers want; more of them may join. */
  readonly wants: ReadonlyArray<Want>
  /** From now on nobody joins. */
  readonly land: () => void
}

interface SharedFlight extends Boarding {
  readonly tier: SharedEntry
  readonly entry: Entry
  readonly options: FlightOptions
  /** Fetches from AWS and stores the result. */
  readonly ask: (rest: Rest) => Effect.Effect<Fetched, SourceError>
}

/** A fetch under way: when it began, in epoch milliseconds, and the slot then. */
interface Begun {
  readonly flight: SharedFlight
  readonly startedAt: number
  readonly before: Slot
}

interface SharedFlightsOptions {
  readonly store: Store.Store
  readonly failureLog: FailureLog
  readonly limits: Pick<Limits, "forcedRefreshInterval" | "maxBytes">
  /** Whether results are stored. A snapshot must contain no secret, and until then nothing is shared either. */
  readonly isStoring: Effect.Effect<boolean>
  /** Runs an effect that no read waits for, but the end of the invoke does. */
  readonly inBackground: (effect: Effect.Effect<void>) => Effect.Effect<void>
  /** Starts a fetch that needs no look at the tier, unless there is one under way. */
  readonly fetchAlong: (entry: Entry) => Effect.Effect<void>
  readonly isIdle: (entry: Entry, now: number) => boolean
}

const isAnyForced = (wants: ReadonlyArray<Want>): boolean => wants.some((want) => want.isForced)

const fromTier = (held: Held): Fetched => ({ held, isStored: true, isShared: true })

export const make = (options: SharedFlightsOptions) => {
  const { failureLog, fetchAlong, inBackground, isIdle, isStoring, limits, store } = options
  const paces = new Map<Kind, number>()
  /** When another environment was found refreshing a value. */
  const refreshedElsewhere = new WeakMap<Held, number>()

  /** Puts what the tier knows into the slot, and returns the slot. */
  const learn = Effect.fnUntraced(function* (entry: Entry, known: Known | undefined) {
    const jitter = yield* Random.next
    const isStored = yield* isStoring
    const slot = store.get(entry.key)
    if (known === undefined || !isStored) return slot
    const after = afterNews(slot, known, entry.policy, jitter)
    if (after === slot || Store.weigh(entry.key, after) > limits.maxBytes) return slot
    yield* store.update(entry.key, () => after)
    return after
  })

  /** Ends a fetch with what the tier has brought. */
  const landWith = Effect.fnUntraced(function* ({ entry, options }: SharedFlight, slot: Slot, now: number) {
    const { absent, failing, held } = slot
    if (held !== undefined) {
      if (failing === undefined) yield* failureLog.succeeded(entry, now)
      return fromTier(held)
    }
    const error = absent?.error ?? failing?.error
    if (error === undefined) return yield* Effect.die("a fetch of an entry ended with nothing")
    if (absent !== undefined) yield* failureLog.failed(entry, { error, purpose: options.purpose, held }, now)
    return yield* error
  })

  /** Tells the others what AWS has answered, and gives the turn back. No read waits for it. */
  const tell =
    ({ tier, wants }: SharedFlight, turn: Turn, askedAt: number) =>
    (exit: Exit.Exit<Fetched, SourceError>) => {
      // A tier that does not keep up gets no more work, unless a forced read has a reason to distrust what it holds.
      const isTold = tier.isAnswering() || isAnyForced(wants)
      const news = isTold ? newsOf(exit, askedAt) : undefined
      if (news !== undefined) return inBackground(Effect.andThen(tier.publish(news), turn.done))
      if (turn === ALONE) return Effect.void
      return Exit.hasInterrupts(exit) ? turn.done : inBackground(turn.done)
    }

  const askAws = (flight: SharedFlight, startedAt: number) =>
    Effect.gen(function* () {
      const { entry, options } = flight
      const askedAt = yield* Clock.currentTimeMillis
      const rest = restOf(options, askedAt - startedAt)
      const fetched = yield* flight.ask(rest)
      const took = (yield* Clock.currentTimeMillis) - askedAt
      if (took >= 0 && !wasFrozen(took, rest.budget))
        paces.set(entry.address.kind, paceAfter(paces.get(entry.address.kind), took))
      return fetched
    })

  /** Also fetches the entries of the batch that are nearly due: the whole batch is one call. */
  const fetchSiblings = ({ siblings }: SharedEntry) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.forEach(
        siblings.filter(
          (entry) => isNearlyDue(store.get(entry.key), now, entry.policy) && !isIdle(entry, now),
        ),
        fetchAlong,
        { discard: true },
      ),
    )

  /** Takes note of what the tier has, and ends the fetch if that is enough for everyone who waits. */
  const consider = Effect.fnUntraced(function* (
    { before, flight, startedAt }: Begun,
    known: Known | undefined,
  ) {
    const { entry, land, wants } = flight
    const slot = yield* learn(entry, known)
    const now = yield* Clock.currentTimeMillis
    const { forcedRefreshInterval: forcedInterval } = limits
    const situation = { slot, before, startedAt, now, policy: entry.policy, forcedInterval }
    const hasLanded = wants.every((want) => isEnough(want, situation))
    if (hasLanded) land()
    return { now, slot, hasLanded }
  })

  /**
   * Asks AWS. If that fails and there is nothing to serve, another environment may have been luckier meanwhile: what it has
   * published is better than an error.
   */
  const ask = ({ flight, startedAt }: Begun) =>
    askAws(flight, startedAt).pipe(
      Effect.catch(
        Effect.fnUntraced(function* (error) {
          const { entry, tier } = flight
          const now = yield* Clock.currentTimeMillis
          const isServed = fallback(store.get(entry.key), now, entry.policy) !== undefined
          if (isServed || error.reason._tag === "NotFound") return yield* error
          yield* learn(entry, yield* tier.glance)
          return yield* error
        }),
      ),
    )

  const askAlone = (begun: Begun) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.onExit(ask(begun), tell(begun.flight, ALONE, now)),
    )

  /** When it is this environment's turn: asks AWS, unless the previous leader or another function has published meanwhile. */
  const fetchIn = Effect.fnUntraced(function* (begun: Begun, turn: Turn) {
    const { options, tier } = begun.flight
    if (options.isAlong === true || turn === ALONE) return yield* ask(begun)
    const known = yield* tier.confirm
    const { hasLanded, now, slot } = yield* consider(begun, known)
    if (!hasLanded) {
      yield* fetchSiblings(tier)
      return yield* ask(begun)
    }
    // It may be missing in this function's pack.
    if (known !== undefined) yield* inBackground(tier.publish(known))
    return yield* landWith(begun.flight, slot, now)
  })

  /** Fetches if it is this environment's turn; undefined if it is another's. */
  const lead = (begun: Begun) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const { entry, tier } = begun.flight
        const turn = yield* tier.lead(leaseAt(paces.get(entry.address.kind)))
        if (turn === undefined) return undefined
        const takenAt = yield* Clock.currentTimeMillis
        return yield* Effect.onExit(restore(fetchIn(begun, turn)), tell(begun.flight, turn, takenAt))
      }),
    )

  /** Gives up a refresh that another environment is making: the next invoke looks again. */
  const endQuietly = ({ land }: SharedFlight, held: Held): Fetched => {
    land()
    return fromTier(held)
  }

  /** Whether another environment was found refreshing the value a moment ago. */
  const isRefreshedElsewhere = (held: Held, now: number): boolean => {
    const since = now - (refreshedElsewhere.get(held) ?? -Infinity)
    return since >= 0 && since < SHARED_REFRESH_PAUSE
  }

  const fetch = Effect.fnUntraced(function* (flight: SharedFlight) {
    const { entry, options, tier, wants } = flight
    const startedAt = yield* Clock.currentTimeMillis
    const begun: Begun = { flight, startedAt, before: store.get(entry.key) }
    if (!(yield* isStoring)) return yield* askAws(flight, startedAt)

    const isForced = () => isAnyForced(wants)
    const isRefresh = () => wants.every((want) => want.isRefresh)
    if (options.isAlong === true) {
      const fetched = yield* lead(begun)
      if (fetched !== undefined) return fetched
    }
    const { held: heldBefore } = begun.before
    if (heldBefore !== undefined && isRefresh() && isRefreshedElsewhere(heldBefore, startedAt))
      return endQuietly(flight, heldBefore)
    const patience = patienceAt(paces.get(entry.address.kind), options.budget)
    if (!isForced()) {
      const { hasLanded, now, slot } = yield* consider(begun, yield* tier.glance)
      if (hasLanded) return yield* landWith(flight, slot, now)
    }
    for (;;) {
      if (isForced() || !tier.isAnswering()) return yield* askAlone(begun)
      const { isLed, known } = yield* tier.look
      const { hasLanded, now, slot } = yield* consider(begun, known)
      if (hasLanded) return yield* landWith(flight, slot, now)
      if (isForced() || !tier.isAnswering()) continue
      const fetched = isLed ? undefined : yield* lead(begun)
      if (fetched !== undefined) return fetched
      const { held } = slot
      if (held !== undefined && isRefresh()) {
        refreshedElsewhere.set(held, yield* Clock.currentTimeMillis)
        return endQuietly(flight, held)
      }
      const waited = (yield* Clock.currentTimeMillis) - startedAt
      if (waited < 0 || waited >= patience) return yield* askAlone(begun)
      yield* tier.changed
    }
  })

  /** What a caller wants. */
  const wantOf = ({ demand = {}, isForced = false, noStore = false, purpose }: FlightOptions): Want => ({
    demand,
    isForced: isForced || noStore,
    isRefresh: purpose === "refresh",
  })

  return { fetch, wantOf }
}
