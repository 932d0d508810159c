/**
 * The reference model of the cache. It is told every reply of AWS and predicts what a read must do. It fetches nothing.
 *
 * Written from the documented rules ("Freshness", "Rotation", "Bounds"). Of the code under test it uses only `weigh`. All
 * times are wall clock times in milliseconds.
 */
import { weigh } from "../../src/cache/Store.ts"
import type { Limits } from "../../src/config/limits.ts"
import { type Entry, type EntryKey } from "../../src/domain/Entry.ts"
import { SECOND, text } from "./entries.ts"

/** The result of a call: the text of a value, or the reason of an error. */
export type Result =
  | { readonly _tag: "Value"; readonly body: string }
  | { readonly _tag: "Error"; readonly reason: string }

interface KnownValue {
  readonly body: string
  readonly askedAt: number
  readonly answeredAt: number
}

/** The state of an entry. */
interface Known {
  readonly value?: KnownValue
  readonly absentAt?: number
  /** When AWS first denied access to the value, since it gave it. */
  readonly deniedAt?: number
  readonly failure?: { readonly reason: string; readonly at: number; readonly count: number }
}

/** What a read must do. `asks`: whether it makes a call, or finds one under way. */
type Expected =
  | {
      readonly _tag: "Serves"
      readonly outcomes: ReadonlyArray<string>
      readonly asks: "yes" | "no" | "perhaps"
    }
  | { readonly _tag: "Refuses"; readonly reason: string }
  | { readonly _tag: "Asks" }
  /** The pause after a failure is drawn at random, and this may be its end. */
  | { readonly _tag: "ServesOrAsks" }

/** A fetch that takes so much longer than its budget was frozen in flight. */
const FREEZE_MARGIN = SECOND
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5 * SECOND
const REFRESHED_PART = 0.9
const IDLE_TTLS = 3
const REMEMBERED = new Set(["AccessDenied", "InvalidRequest", "TooLarge"])

const weightOf = (key: EntryKey, { value }: Known): number =>
  weigh(key, value === undefined ? {} : { held: { value: text(value.body), fetchedAt: 0, refreshAt: 0 } })

const isWithin = (age: number, length: number) => age >= 0 && age <= length

/** Whether AWS may be asked again after its failures: the pause has a random half. */
const pauseAt = ({ failure }: Known, now: number): "yes" | "no" | "perhaps" => {
  if (failure === undefined || now < failure.at) return "no"
  const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failure.count - 1, 16))
  if (now - failure.at < longest / 2) return "yes"
  return now - failure.at > longest ? "no" : "perhaps"
}

const isServable = ({ deniedAt, value }: Known, { policy }: Entry, now: number): boolean =>
  value !== undefined &&
  now - value.askedAt <= policy.ttl + Math.max(policy.staleWhileRevalidate, policy.staleIfError) &&
  (deniedAt === undefined || (policy.staleIfDenied > 0 && now - deniedAt <= policy.staleIfDenied))

/** A denial that lies ahead, as the clock was set back, leaves open for how long a value may yet be served. */
const isDoubtful = ({ deniedAt }: Known, now: number): boolean => deniedAt !== undefined && now < deniedAt

const isRecent = (at: number | undefined, now: number, limits: Limits) =>
  at !== undefined && at <= now && now - at < limits.forcedRefreshInterval

export const makeModel = (limits: Limits, listed: ReadonlySet<EntryKey>) => {
  const known = new Map<EntryKey, Known>()
  const lastReads = new Map<EntryKey, number>()
  const readOrder = new Map<EntryKey, number>()
  let reads = 0
  const lastReasons = new Map<EntryKey, string>()
  /** What went in the present step: a caller that took it just before may still come back with it. */
  const justGone = new Map<EntryKey, KnownValue>()

  const of = (key: EntryKey): Known => known.get(key) ?? {}
  const bytes = () => Array.from(known, ([key, slot]) => weightOf(key, slot)).reduce((a, b) => a + b, 0)

  const remove = (key: EntryKey) => {
    const { value } = of(key)
    if (value !== undefined) justGone.set(key, value)
    known.delete(key)
  }

  /** The unlisted go first, and of these the least recently read; the newest stays. */
  const evict = (newest: EntryKey) => {
    const candidates = Array.from(known.keys())
      .filter((key) => key !== newest)
      .toSorted(
        (a, b) =>
          Number(listed.has(a)) - Number(listed.has(b)) || (readOrder.get(a) ?? 0) - (readOrder.get(b) ?? 0),
      )
    for (const key of candidates) {
      if (known.size <= limits.maxEntries && bytes() <= limits.maxBytes) return
      remove(key)
    }
  }

  const failed = (key: EntryKey, reason: string, now: number) => {
    const { deniedAt, failure, value } = of(key)
    lastReasons.set(key, reason)
    const isGone = value === undefined || reason === "InvalidRequest"
    const isDenied = reason === "AccessDenied" || deniedAt !== undefined
    const deniedNow = isDenied ? Math.min(deniedAt ?? now, now) : undefined
    known.set(key, {
      ...(isGone ? {} : { value }),
      ...(isGone || deniedNow === undefined ? {} : { deniedAt: deniedNow }),
      failure: { reason, at: now, count: (failure?.count ?? 0) + 1 },
    })
  }

  /** Whether nothing came for so long, in a fetch of this budget, that there was a freeze. */
  const wasFrozen = (silence: number, budget: number) => silence > budget + FREEZE_MARGIN

  const isTooLarge = ({ key }: Entry, { body }: Extract<Result, { readonly _tag: "Value" }>) =>
    weightOf(key, { value: { body, askedAt: 0, answeredAt: 0 } }) > limits.maxBytes

  const answered = (entry: Entry, askedAt: number, now: number, result: Result): void => {
    const { key } = entry
    justGone.delete(key)
    if (result._tag === "Value") {
      const value = { body: result.body, askedAt, answeredAt: now }
      if (isTooLarge(entry, result)) failed(key, "TooLarge", now)
      else known.set(key, { value })
    } else if (result.reason === "NotFound") {
      lastReasons.set(key, result.reason)
      known.set(key, { absentAt: now })
    } else failed(key, result.reason, now)
    evict(key)
  }

  const expectRead = (entry: Entry, now: number): Expected => {
    const { absentAt, deniedAt, failure, value } = of(entry.key)
    const { negativeTtl, staleIfError, staleWhileRevalidate, ttl } = entry.policy
    if (absentAt !== undefined)
      return isWithin(now - absentAt, negativeTtl)
        ? { _tag: "Refuses", reason: "NotFound" }
        : { _tag: "Asks" }
    if (value === undefined || !isServable(of(entry.key), entry, now))
      return failure !== undefined &&
        REMEMBERED.has(failure.reason) &&
        isWithin(now - failure.at, negativeTtl)
        ? { _tag: "Refuses", reason: failure.reason }
        : { _tag: "Asks" }
    if (isDoubtful(of(entry.key), now)) return { _tag: "Asks" }
    const age = now - value.askedAt
    if (ttl > 0 && isWithin(age, ttl)) return { _tag: "Serves", outcomes: ["hit"], asks: "no" }
    const pause = pauseAt(of(entry.key), now)
    const whileFailing = deniedAt === undefined ? "stale-if-error" : "stale-if-denied"
    const isStale = staleWhileRevalidate > 0 && isWithin(age, ttl + staleWhileRevalidate)
    if (pause === "yes" && (isStale || age <= ttl + staleIfError))
      return { _tag: "Serves", outcomes: [whileFailing], asks: "no" }
    if (isStale)
      return pause === "no"
        ? { _tag: "Serves", outcomes: ["stale"], asks: "yes" }
        : { _tag: "Serves", outcomes: ["stale", whileFailing], asks: "perhaps" }
    return pause === "perhaps" && age <= ttl + staleIfError ? { _tag: "ServesOrAsks" } : { _tag: "Asks" }
  }

  const isJustAnswered = ({ key }: Entry, now: number): boolean => {
    const { absentAt, failure, value } = of(key)
    return [value?.askedAt, absentAt, failure?.at].some((at) => isRecent(at, now, limits))
  }

  /** A no-cache read: AWS is asked, unless the last answer is younger than `forced_refresh_interval`. */
  const expectRefresh = (entry: Entry, now: number): Expected => {
    const { failure, value } = of(entry.key)
    if (isRecent(value?.askedAt, now, limits) && failure === undefined)
      return { _tag: "Serves", outcomes: ["hit"], asks: "no" }
    return isJustAnswered(entry, now) ? expectRead(entry, now) : { _tag: "Asks" }
  }

  /** Whether an INVOKE must have this entry fetched. */
  const expectRefreshDue = (entry: Entry, now: number): "yes" | "no" | "perhaps" => {
    const { key, policy } = entry
    const { value } = of(key)
    const age = value === undefined ? -1 : now - value.askedAt
    const isIdle = now - (lastReads.get(key) ?? 0) > IDLE_TTLS * policy.ttl
    const pause = pauseAt(of(key), now)
    const isNearlyStale =
      isServable(of(key), entry, now) &&
      isWithin(age, policy.ttl + policy.staleWhileRevalidate) &&
      age >= REFRESHED_PART * policy.ttl
    if (policy.staleWhileRevalidate === 0 || isIdle || !isNearlyStale || pause === "yes") return "no"
    return pause === "no" && age >= policy.ttl ? "yes" : "perhaps"
  }

  const forget = (entry: Entry, now: number): void => {
    if (!isJustAnswered(entry, now)) known.delete(entry.key)
  }

  return {
    answered,
    isTooLarge,
    wasFrozen,
    expectRead,
    expectRefresh,
    expectRefreshDue,
    forget,
    isFresh: (entry: Entry, now: number): boolean => {
      const { key, policy } = entry
      const { value } = of(key)
      const isYoung = value !== undefined && policy.ttl > 0 && isWithin(now - value.askedAt, policy.ttl)
      return isYoung && isServable(of(key), entry, now) && !isDoubtful(of(key), now)
    },
    isServable: (entry: Entry, now: number) => isServable(of(entry.key), entry, now),
    value: ({ key }: Entry) => of(key).value ?? justGone.get(key),
    /** For how long AWS has denied access to the value, in milliseconds. */
    deniedFor: ({ key }: Entry, now: number): number => now - (of(key).deniedAt ?? Infinity),
    isFailing: ({ key }: Entry) => of(key).failure !== undefined,
    lastReason: ({ key }: Entry) => lastReasons.get(key),
    wasRead: ({ key }: Entry, now: number) => {
      lastReads.set(key, now)
      readOrder.set(key, (reads += 1))
    },
    wasLoaded: ({ key }: Entry, now: number) => {
      lastReads.set(key, lastReads.get(key) ?? now)
      readOrder.set(key, readOrder.get(key) ?? (reads += 1))
    },
    beginStep: () => justGone.clear(),
    size: () => ({ entries: known.size, bytes: bytes() }),
  }
}

export type Model = ReturnType<typeof makeModel>
