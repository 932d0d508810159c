/**
 * The shared tier over a store: `Shared.ts` says what it does for the cache, `SharedStore.ts` what it needs of an engine.
 *
 * What is asked together goes in one round trip. Without an answer in time there is nothing known, it is this environment's
 * turn, and nothing is written: the cache works as if there were no tier.
 */
import { Buffer } from "node:buffer"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import { makeLruMap } from "../aws/LruMap.ts"
import type { Address } from "../domain/Address.ts"
import { SHARED_CONNECT_TIMEOUT } from "../domain/defaults.ts"
import type { Entry, Policy } from "../domain/Entry.ts"
import type { Cipher } from "./Cipher.ts"
import * as Clocks from "./clocks.ts"
import * as Guard from "./guard.ts"
import { makeLeaseKeys, recordKey } from "./keys.ts"
import * as Leases from "./leases.ts"
import * as Records from "./records.ts"
import type { Known, Look, SharedEntry, SharedShape } from "./Shared.ts"
import type { RecordToWrite, SharedStore, StoredRecord } from "./SharedStore.ts"
import * as Ticks from "./ticks.ts"

/** The longest record in bytes, sealed if it is: a DynamoDB item has 400 KB for it and its attributes. */
export const LONGEST_RECORD = 380_000

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
  /** What config.yaml lists, in its order. */
  readonly listed: ReadonlyArray<Entry>
}

interface LookRequest extends Request.Request<Look> {
  readonly _tag: "LookRequest"
  readonly key: string
}
const LookRequest = Request.tagged<LookRequest>("LookRequest")

interface WriteRequest extends Request.Request<void> {
  readonly _tag: "WriteRequest"
  readonly record: RecordToWrite
}
const WriteRequest = Request.tagged<WriteRequest>("WriteRequest")

const NOTHING: Look = { known: undefined, isLed: false }

/** How long an answer is good for anything, in milliseconds since it was asked for. */
const lifetime = (content: Records.Content, policy: Policy): number =>
  content._tag === "Absent"
    ? policy.negativeTtl
    : policy.ttl + Math.max(policy.staleWhileRevalidate, policy.staleIfError)

export const makeTier = Effect.fnUntraced(function* (options: TierOptions) {
  const { cipher, isShared, listed, namespace, store, timeout } = options
  const scope = yield* Effect.scope
  const guard = yield* Guard.make
  /** An operation that has to connect first takes longer. */
  const bound = Effect.map(store.isConnected, (isConnected) =>
    isConnected ? timeout : Math.max(timeout, SHARED_CONNECT_TIMEOUT),
  )
  /** No read waits for a write. */
  const writeBound = Math.max(timeout, SHARED_CONNECT_TIMEOUT)
  const leases = yield* Leases.make({ store, guard, bound })
  const { tick: changed } = yield* Ticks.make
  const leaseOf = makeLeaseKeys(
    namespace,
    listed.filter(isShared).map(({ address }) => address),
  )
  /** When a key was forgotten, by this clock: a store that is eventually consistent may still return what was before. */
  const forgotten = makeLruMap<string, number>(REMEMBERED_KEYS)
  const tooLarge = makeLruMap<string, true>(REMEMBERED_KEYS)
  let clocks = Clocks.NONE

  /** A batch outlives the caller that happens to start it, but not the tier. */
  const inScope = (batch: Effect.Effect<void>) => Effect.flatMap(Effect.forkIn(batch, scope), Fiber.join)

  const open = ({ askedAt, body }: StoredRecord, key: string) =>
    cipher === undefined
      ? Effect.succeed(Records.decode(Redacted.make(body), askedAt))
      : Effect.map(cipher.open(body, key), (text) => Records.decode(text, askedAt))

  /** What a record says, with its time by this clock. */
  const contentOf = Effect.fnUntraced(
    function* (record: StoredRecord, key: string) {
      const content = yield* open(record, key)
      if (content === undefined) return yield* Effect.as(guard.unreadable("it has another form"), undefined)
      const askedAt = Clocks.askedAtHere(clocks, content.askedAt, yield* Clock.currentTimeMillis)
      if (askedAt === undefined)
        return yield* Effect.as(guard.unreadable("it is of a time to come"), undefined)
      return askedAt <= (forgotten.get(key) ?? -Infinity) ? undefined : { ...content, askedAt }
    },
    Effect.catchTag("CipherError", ({ detail }) => Effect.as(guard.unreadable(detail), undefined)),
  )

  const knownIn = (content: Records.Content | undefined, key: string): Known | undefined => {
    if (content?._tag === "TooLarge") tooLarge.set(key, true)
    else if (content !== undefined) tooLarge.delete(key)
    return content?._tag === "Value" || content?._tag === "Absent" ? content : undefined
  }

  const lookAll = Effect.fnUntraced(function* (entries: ReadonlyArray<Request.Entry<LookRequest>>) {
    const keys = Array.from(new Set(entries.map(({ request }) => request.key)))
    const leaseKeys = Array.from(new Set(keys.map(leaseOf)))
    const sentAt = yield* Clock.currentTimeMillis
    const reply = yield* guard.run(store.read({ keys, leases: leaseKeys }), yield* bound)
    if (Option.isNone(reply)) return entries.forEach((entry) => entry.completeUnsafe(Exit.succeed(NOTHING)))
    const { isHeld, now: storeNow, records } = reply.value
    const repliedAt = yield* Clock.currentTimeMillis
    if (storeNow !== undefined) {
      clocks = Clocks.difference({ sentAt, repliedAt, storeNow, clockError: store.clockError })
    }
    const found = new Map(keys.map((key, index) => [key, records[index]]))
    const waiting = Map.groupBy(entries, ({ request }) => request.key)
    const held = new Set(leaseKeys.filter((_, index) => isHeld[index] === true))

    const lookAt = Effect.fnUntraced(function* (key: string) {
      const record = found.get(key)
      const content = record === undefined ? undefined : yield* contentOf(record, key)
      const known = knownIn(content, key)
      yield* Guard.count(known === undefined ? "miss" : "hit")
      const lease = leaseOf(key)
      const look: Look = {
        known,
        isLed: held.has(lease) && !leases.isOwn(lease) && content?._tag !== "TooLarge",
      }
      for (const entry of waiting.get(key) ?? []) entry.completeUnsafe(Exit.succeed(look))
    })
    yield* Effect.forEach(keys, lookAt, { concurrency: "unbounded", discard: true })
  })

  const looks = RequestResolver.make<LookRequest>((entries) => inScope(lookAll(entries)))

  const writes = RequestResolver.make<WriteRequest>((entries) => {
    const [first, ...rest] = entries
    const records = [first.request.record, ...rest.map(({ request }) => request.record)] as const
    return inScope(
      Effect.andThen(guard.run(store.write(records), writeBound), Guard.count("write")).pipe(
        Effect.ensuring(Effect.sync(() => entries.forEach((entry) => entry.completeUnsafe(Exit.void)))),
      ),
    )
  })

  const seal = (text: Redacted.Redacted<string>, key: string) =>
    cipher === undefined ? Effect.succeed(Redacted.value(text)) : cipher.seal(text, key)

  /** Writes a content with its time by the store's clock. One that is too large is replaced by a note of that. */
  const write = (key: string, policy: Policy, content: Records.Content): Effect.Effect<void> =>
    Effect.gen(function* () {
      const body = yield* seal(Records.encode(content), key)
      if (Buffer.byteLength(body) > LONGEST_RECORD) {
        tooLarge.set(key, true)
        return yield* write(key, policy, { _tag: "TooLarge", askedAt: content.askedAt })
      }
      const { askedAt } = content
      const expiresAt = askedAt + Math.max(0, lifetime(content, policy))
      yield* Effect.request(WriteRequest({ record: { key, askedAt, expiresAt, body } }), writes)
    }).pipe(Effect.catchTag("CipherError", ({ detail }) => guard.unreadable(detail)))

  const make = ({ address, policy }: Entry): SharedEntry => {
    const key = recordKey(namespace, address)
    return {
      look: Effect.request(LookRequest({ key }), looks),
      lead: (milliseconds) =>
        Effect.suspend(() =>
          tooLarge.get(key) === true ? Effect.succeed(Leases.ALONE) : leases.take(leaseOf(key), milliseconds),
        ),
      changed: Effect.andThen(Guard.count("wait"), changed),
      publish: (known) =>
        Effect.suspend(() =>
          write(key, policy, { ...known, askedAt: Clocks.toStore(clocks, known.askedAt) }),
        ),
      forget: Effect.flatMap(Clock.currentTimeMillis, (now) => {
        forgotten.set(key, now)
        // The latest that it may be by the store's clock, so that nothing from before remains.
        return write(key, policy, { _tag: "Forgotten", askedAt: Math.ceil(now + clocks.high) })
      }),
    }
  }

  /** By address, because an entry is copied to give it another budget. */
  const made = new WeakMap<Address, SharedEntry>()

  const entryOf: SharedShape["entry"] = (entry) => {
    // With a ttl of 0 nothing that another has asked for is new enough.
    if (!isShared(entry) || entry.policy.ttl <= 0) return undefined
    const before = made.get(entry.address)
    if (before !== undefined) return before
    const shared = make(entry)
    made.set(entry.address, shared)
    return shared
  }

  const shape: SharedShape = { entry: entryOf, state: guard.state }
  return shape
})
