/**
 * The shared tier over a store: `Shared.ts` says what it does for the cache, `SharedStore.ts` what it needs of an engine.
 *
 * If the store does not answer in time, nothing is known, nothing is written, and it is this environment's turn: the cache
 * works as if there were no tier. `reading.ts`, `writing.ts` and `leases.ts` talk to the store; this file converts times.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { makeLruMap } from "../aws/LruMap.ts"
import type { Address } from "../domain/Address.ts"
import {
  SHARED_AWAKE,
  SHARED_CONNECT_TIMEOUT,
  SHARED_START,
  SHARED_START_TIMEOUT,
  SHARED_STARTED_TIMEOUT,
  SHARED_WRITE_TIMEOUT,
} from "../domain/defaults.ts"
import type { Entry, Policy } from "../domain/Entry.ts"
import type { Cipher } from "./Cipher.ts"
import * as Clocks from "./clocks.ts"
import * as Contents from "./contents.ts"
import * as Guard from "./guard.ts"
import { makeChunks, recordKey } from "./keys.ts"
import * as Leases from "./leases.ts"
import * as Reading from "./reading.ts"
import type { Content } from "./records.ts"
import { ALONE, type Known, type Look, type SharedEntry, type SharedShape } from "./Shared.ts"
import type { SharedStore } from "./SharedStore.ts"
import * as Ticks from "./ticks.ts"
import * as Writing from "./writing.ts"

/** How many keys are remembered that were forgotten by DELETE, or are too large to be shared. */
const REMEMBERED_KEYS = 1_000

export interface TierOptions {
  readonly store: SharedStore
  /** Undefined: records are plain text. */
  readonly cipher: Cipher | undefined
  /** Who shares with whom. */
  readonly namespace: string
  /** How long an operation of the store may take, in milliseconds. */
  readonly timeout: number
  readonly isShared: (entry: Entry) => boolean
  /** What config.yaml lists. */
  readonly listed: ReadonlyArray<Entry>
}

/** Whether a time span is shorter than a limit. If the clock was set back, nothing is known of it. */
const isWithin = (span: number, limit: number): boolean => span >= 0 && span < limit

/** How long an answer may be served at all, in milliseconds since AWS was asked. */
const lifetime = ({ _tag }: Content, policy: Policy): number =>
  Math.max(
    0,
    _tag === "Absent"
      ? policy.negativeTtl
      : policy.ttl + Math.max(policy.staleWhileRevalidate, policy.staleIfError),
  )

export const makeTier = Effect.fnUntraced(function* (options: TierOptions) {
  const { cipher, isShared, listed, namespace, store, timeout } = options
  const guard = yield* Guard.make
  const slowBound = Math.max(timeout, SHARED_CONNECT_TIMEOUT)
  const madeAt = yield* Clock.currentTimeMillis
  /**
   * An operation may take longer while the environment starts, if the last one was answered, or if it has to connect first. After a
   * freeze the last answer is old, and the connection may be dead.
   */
  const bound = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (!isWithin(now - madeAt, SHARED_START) || !guard.isAnswering())
      return (yield* store.isConnected) ? timeout : slowBound
    const answeredAt = guard.answeredAt()
    const isAwake = answeredAt !== undefined && isWithin(now - answeredAt, SHARED_AWAKE)
    return Math.max(timeout, isAwake ? SHARED_STARTED_TIMEOUT : SHARED_START_TIMEOUT)
  })
  const contents = Contents.make(cipher, guard)
  const clocks = Clocks.makeClockState()
  // With a ttl of 0, no answer of another environment is new enough.
  const isEligible = (entry: Entry) => isShared(entry) && entry.policy.ttl > 0
  const chunkOf = makeChunks(namespace, listed.filter(isEligible))
  /** When a key was forgotten, by this clock: an eventually consistent read may still return an older record. */
  const forgotten = makeLruMap<string, number>(REMEMBERED_KEYS)
  const tooLarge = makeLruMap<string, true>(REMEMBERED_KEYS)

  const leases = yield* Leases.make({ store, guard, bound })
  const { tick } = yield* Ticks.make
  const reading = yield* Reading.make({ store, guard, contents, clocks, chunkOf, bound })
  const writing = yield* Writing.make({
    store,
    guard,
    contents,
    clocks,
    chunkOf,
    bound: Math.max(timeout, SHARED_WRITE_TIMEOUT),
    onTooLarge: (key) => tooLarge.set(key, true),
  })

  /** The answer in a content, with its time by this clock. */
  const knownIn = Effect.fnUntraced(function* (content: Content | undefined, key: string) {
    if (content?._tag === "TooLarge") tooLarge.set(key, true)
    else if (content !== undefined) tooLarge.delete(key)
    if (content?._tag !== "Value" && content?._tag !== "Absent") return undefined
    const askedAt = Clocks.askedAtHere(clocks.current(), content.askedAt, yield* Clock.currentTimeMillis)
    if (askedAt === undefined)
      return yield* Effect.as(guard.unreadable("it is dated in the future"), undefined)
    const known: Known = { ...content, askedAt }
    return askedAt <= (forgotten.get(key) ?? -Infinity) ? undefined : known
  })

  const make = ({ address, policy }: Entry): SharedEntry => {
    const key = recordKey(namespace, address)
    const { lease, members } = chunkOf(key)

    const readAt = (depth: Reading.Depth): Effect.Effect<Look> =>
      Effect.gen(function* () {
        const { content, isHeld } = yield* reading.read(key, depth)
        const known = yield* knownIn(content, key)
        yield* Guard.count(known === undefined ? "miss" : "hit")
        return { known, isLed: isHeld && !leases.isOwn(lease) && content?._tag !== "TooLarge" }
      })

    const write = (content: Content) =>
      writing.write(key, { content, expiresAt: content.askedAt + lifetime(content, policy) })

    /** Before the first write, because times are written by the store's clock, and only a reply tells it. */
    const clockKnown = Effect.suspend(() =>
      clocks.isKnown() ? Effect.void : Effect.asVoid(reading.read(key, "glance")),
    )

    return {
      isAnswering: guard.isAnswering,
      glance: Effect.map(readAt("glance"), ({ known }) => known),
      look: readAt("look"),
      confirm: Effect.map(readAt("confirm"), ({ known }) => known),
      lead: (milliseconds) =>
        Effect.suspend(() =>
          tooLarge.get(key) === true ? Effect.succeed(ALONE) : leases.take(lease, milliseconds),
        ),
      changed: Effect.andThen(Guard.count("wait"), tick),
      publish: (known) =>
        Effect.flatMap(clockKnown, () =>
          write({ ...known, askedAt: Clocks.toStore(clocks.current(), known.askedAt) }),
        ),
      forget: Effect.flatMap(Clock.currentTimeMillis, (now) => {
        forgotten.set(key, now)
        // Rounded up by the store's clock, so that nothing older remains.
        return write({ _tag: "Forgotten", askedAt: Math.ceil(now + clocks.current().high) })
      }),
      siblings: members.filter((member) => member.address !== address),
    }
  }

  /** By address, because an entry is copied to give it another budget. */
  const made = new WeakMap<Address, SharedEntry>()

  const entryOf: SharedShape["entry"] = (entry) => {
    if (!isEligible(entry)) return undefined
    const before = made.get(entry.address)
    if (before !== undefined) return before
    const shared = make(entry)
    made.set(entry.address, shared)
    return shared
  }

  const shape: SharedShape = { entry: entryOf, status: guard.status }
  return shape
})
