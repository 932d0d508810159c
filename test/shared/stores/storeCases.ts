/**
 * What every store of the shared tier must do, told in calls of `SharedStore`. stores.test.ts runs it on each engine.
 *
 * The stores have clocks of their own, so nothing here waits for one: what takes time is asked for until it has happened.
 */
import { randomUUID } from "node:crypto"
import { assert } from "@effect/vitest"
import { Clock, Effect, Schedule } from "effect"
import type { RecordToWrite, SharedStore, StoreError } from "../../../src/shared/SharedStore.ts"

interface StoreCase {
  readonly name: string
  readonly check: (store: SharedStore) => Effect.Effect<void, StoreError>
}

const HOUR = 3_600_000

/** A key that no other case uses. */
const uniqueKey = (): string => `shop/1/${randomUUID()}`

const record = (key: string, askedAt: number, body: string): Effect.Effect<RecordToWrite> =>
  Effect.map(Clock.currentTimeMillis, (now) => ({ key, askedAt, body, expiresAt: now + HOUR }))

const write = (store: SharedStore, key: string, askedAt: number, body: string) =>
  Effect.flatMap(record(key, askedAt, body), (one) => store.write([one]))

const bodyAt = (store: SharedStore, key: string) =>
  Effect.map(store.read({ keys: [key], leases: [] }), ({ records }) => records[0]?.body)

const isHeld = (store: SharedStore, key: string) =>
  Effect.map(store.read({ keys: [], leases: [key] }), (reply) => reply.isHeld[0])

/** Asks again until it is so. */
const until = (condition: Effect.Effect<boolean, StoreError>) =>
  Effect.repeat(condition, { until: (holds) => holds, schedule: Schedule.spaced("2 millis") })

export const storeCases: ReadonlyArray<StoreCase> = [
  {
    name: "gives back what was written, in the order of the keys, and nothing for a key that is not there",
    check: (store) =>
      Effect.gen(function* () {
        const [first, second, missing] = [uniqueKey(), uniqueKey(), uniqueKey()]
        yield* store.write([yield* record(first, 1, "one"), yield* record(second, 2, "two")])
        const { records } = yield* store.read({ keys: [second, missing, first], leases: [] })
        assert.deepStrictEqual(records, [{ askedAt: 2, body: "two" }, undefined, { askedAt: 1, body: "one" }])
      }),
  },
  {
    name: "never replaces a record by one that was asked for earlier or at the same time",
    check: (store) =>
      Effect.gen(function* () {
        const key = uniqueKey()
        yield* write(store, key, 1_000_000_000_002, "newer")
        yield* write(store, key, 1_000_000_000_001, "older")
        yield* write(store, key, 1_000_000_000_002, "as old")
        assert.strictEqual(yield* bodyAt(store, key), "newer")
        yield* write(store, key, 1_000_000_000_003, "newest")
        assert.strictEqual(yield* bodyAt(store, key), "newest")
      }),
  },
  {
    name: "keeps the newest of many records that are written at once",
    check: (store) =>
      Effect.gen(function* () {
        const key = uniqueKey()
        const times = [5, 3, 9, 1, 7]
        yield* Effect.forEach(times, (time) => write(store, key, time, `asked at ${time}`), {
          concurrency: "unbounded",
        })
        assert.strictEqual(yield* bodyAt(store, key), "asked at 9")
      }),
  },
  {
    name: "writes the other records of a batch if one of them is outdated",
    check: (store) =>
      Effect.gen(function* () {
        const [outdated, fresh] = [uniqueKey(), uniqueKey()]
        yield* write(store, outdated, 2, "newer")
        yield* store.write([yield* record(outdated, 1, "older"), yield* record(fresh, 1, "fresh")])
        const { records } = yield* store.read({ keys: [outdated, fresh], leases: [] })
        assert.deepStrictEqual(
          records.map((one) => one?.body),
          ["newer", "fresh"],
        )
      }),
  },
  {
    name: "keeps every character, and long texts",
    check: (store) =>
      Effect.gen(function* () {
        const texts = ['schön\n\u0000\u{1F600}"\\', " ", "1\n2", "x".repeat(300_000)]
        for (const text of texts) {
          const key = uniqueKey()
          yield* write(store, key, 1, text)
          assert.isTrue((yield* bodyAt(store, key)) === text)
        }
      }),
  },
  {
    name: "reads and writes more than a hundred keys at once, and the same key twice",
    check: (store) =>
      Effect.gen(function* () {
        const keys = Array.from({ length: 130 }, uniqueKey)
        const [first = "", ...others] = keys
        const rest = yield* Effect.forEach(others, (key) => record(key, 1, key))
        yield* store.write([yield* record(first, 1, first), ...rest])
        const { records } = yield* store.read({ keys: [...keys, first], leases: [] })
        assert.deepStrictEqual(
          records.map((one) => one?.body),
          [...keys, first],
        )
      }),
  },
  {
    name: "gives no record that has expired",
    check: (store) =>
      Effect.gen(function* () {
        const key = uniqueKey()
        const now = yield* Clock.currentTimeMillis
        yield* store.write([{ key, askedAt: now, body: "old", expiresAt: now - 10_000 }])
        assert.isUndefined(yield* bodyAt(store, key))
      }),
  },
  {
    name: "gives a lease to one of many that want it",
    check: (store) =>
      Effect.gen(function* () {
        const key = uniqueKey()
        const owners = Array.from({ length: 10 }, () => randomUUID())
        const taken = yield* Effect.forEach(owners, (owner) => store.acquire({ key, owner }, HOUR), {
          concurrency: "unbounded",
        })
        assert.lengthOf(
          taken.filter((isTaken) => isTaken),
          1,
        )
        assert.isTrue(yield* isHeld(store, key))
      }),
  },
  {
    name: "gives a lease again to its holder, whose reply may have been lost",
    check: (store) =>
      Effect.gen(function* () {
        const lease = { key: uniqueKey(), owner: "one" }
        assert.isTrue(yield* store.acquire(lease, HOUR))
        assert.isTrue(yield* store.acquire(lease, HOUR))
        assert.isFalse(yield* store.acquire({ ...lease, owner: "two" }, HOUR))
      }),
  },
  {
    name: "prolongs a lease from the moment at which its holder takes it again",
    check: (store) =>
      Effect.gen(function* () {
        const lease = { key: uniqueKey(), owner: "one" }
        yield* store.acquire(lease, HOUR)
        yield* store.acquire(lease, 1)
        yield* until(store.acquire({ ...lease, owner: "two" }, HOUR))
        assert.isFalse(yield* store.acquire(lease, HOUR))
      }),
  },
  {
    name: "gives a lease to the next when its holder gives it up, and only then",
    check: (store) =>
      Effect.gen(function* () {
        const key = uniqueKey()
        yield* store.acquire({ key, owner: "one" }, HOUR)
        yield* store.release({ key, owner: "two" })
        assert.isFalse(yield* store.acquire({ key, owner: "two" }, HOUR))
        yield* store.release({ key, owner: "one" })
        assert.isFalse(yield* isHeld(store, key))
        assert.isTrue(yield* store.acquire({ key, owner: "two" }, HOUR))
      }),
  },
  {
    name: "gives up nothing that nobody holds",
    check: (store) => store.release({ key: uniqueKey(), owner: "one" }),
  },
  {
    name: "lets a lease end if its holder does not come back",
    check: (store) =>
      Effect.gen(function* () {
        const key = uniqueKey()
        yield* store.acquire({ key, owner: "one" }, 1)
        yield* until(Effect.map(isHeld(store, key), (held) => held === false))
        assert.isTrue(yield* store.acquire({ key, owner: "two" }, HOUR))
      }),
  },
  {
    name: "tells records from leases in one request",
    check: (store) =>
      Effect.gen(function* () {
        const [key, held, free] = [uniqueKey(), uniqueKey(), uniqueKey()]
        yield* write(store, key, 4, "value")
        yield* store.acquire({ key: held, owner: "one" }, HOUR)
        const reply = yield* store.read({ keys: [key], leases: [free, held] })
        assert.deepStrictEqual(reply.records, [{ askedAt: 4, body: "value" }])
        assert.deepStrictEqual(reply.isHeld, [false, true])
      }),
  },
  {
    name: "says the time as exactly as it claims to",
    check: (store) =>
      Effect.gen(function* () {
        const before = yield* Clock.currentTimeMillis
        const { now } = yield* store.read({ keys: [uniqueKey()], leases: [] })
        const after = yield* Clock.currentTimeMillis
        assert.isAtLeast(now ?? Number.NaN, before - store.clockError)
        assert.isAtMost(now ?? Number.NaN, after + store.clockError)
      }),
  },
  {
    name: "is connected once it has answered",
    check: (store) =>
      Effect.gen(function* () {
        yield* store.read({ keys: [uniqueKey()], leases: [] })
        assert.isTrue(yield* store.isConnected)
      }),
  },
]
