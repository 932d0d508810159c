/**
 * Where slots are kept: what they weigh, which of them go when a bound is reached, and what the metrics say of it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric, Redacted } from "effect"
import { type EntryKey, entryKey, type Value } from "../../src/domain/Entry.ts"
import { afterError, afterValue, EMPTY, type Slot } from "../../src/cache/Slot.ts"
import * as Store from "../../src/cache/Store.ts"
import * as Metrics from "../../src/observability/Metrics.ts"
import { notFound, parameter, POLICY, text } from "../support/entries.ts"

const slotOf = (value: Value): Slot => afterValue(value, 0, POLICY, 0)
const weightOf = (value: Value) => Store.weigh(parameter("A").key, slotOf(value))

/** What an entry without a value weighs beside its key. */
const OVERHEAD = 600
const KEY = "parameters:A".length

describe("the weight of an entry", () => {
  it("is that of its key and an overhead where it has no value", () => {
    assert.strictEqual(Store.weigh(parameter("A").key, EMPTY), OVERHEAD + KEY)
    assert.strictEqual(Store.weigh(parameter("A").key, afterError(EMPTY, notFound, 0, 0)), OVERHEAD + KEY)
    assert.strictEqual(weightOf(text("")), OVERHEAD + KEY)
  })

  it("counts a byte for each character of a text, two where any is outside Latin-1, and bytes as they are", () => {
    assert.strictEqual(weightOf(text("x".repeat(1_000))), OVERHEAD + KEY + 1_000)
    assert.strictEqual(weightOf(text("ÿ".repeat(1_000))), OVERHEAD + KEY + 1_000)
    assert.strictEqual(weightOf(text(`${"x".repeat(999)}Ā`)), OVERHEAD + KEY + 2_000)
    assert.strictEqual(weightOf(text(`line\n${"x".repeat(994)}€`)), OVERHEAD + KEY + 2_000)
    const binary = { ...text(""), body: Redacted.make(new Uint8Array(1_000)) }
    assert.strictEqual(weightOf(binary), OVERHEAD + KEY + 1_000)
  })

  it("counts what AWS says beside the value", () => {
    const details = { Name: "A", ARN: `arn:${"x".repeat(1_000)}` }
    assert.strictEqual(
      weightOf({ ...text(""), details }),
      OVERHEAD + KEY + 2 * JSON.stringify(details).length,
    )
  })
})

const key = (name: string): EntryKey => entryKey("parameters", name)

/** What one entry of one character and no value weighs. */
const ONE = OVERHEAD + KEY

/** A store of entries that were read at these times; capitals are listed. */
const makeStore = (bounds: Partial<Store.Bounds>, readAt: Readonly<Record<string, number>> = {}) =>
  Store.make(
    { maxEntries: 3, maxBytes: 1_000_000, ...bounds },
    {
      isListed: (one) => /:[A-Z]$/.test(one),
      lastRead: (one) => readAt[one.slice("parameters:".length)] ?? 0,
    },
  )

const put = ({ update }: Store.Store, name: string, value = text("")) =>
  update(key(name), () => slotOf(value))
const namesIn = ({ get }: Store.Store, names: string) =>
  Array.from(names)
    .filter((name) => get(key(name)) !== EMPTY)
    .join("")

/** What the metrics of a test say, which has its own. */
const measured = Effect.gen(function* () {
  const { value: entries } = yield* Metric.value(Metrics.entries)
  const { value: bytes } = yield* Metric.value(Metrics.bytes)
  const { count: evictions } = yield* Metric.value(Metrics.evictions)
  return { entries, bytes, evictions }
})

const withMetrics = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, Metric.MetricRegistry, new Map())

describe("the store", () => {
  it.effect("knows nothing of a key that was never fetched, and shows its change to it", () =>
    Effect.gen(function* () {
      const store = yield* makeStore({})
      assert.strictEqual(store.get(key("A")), EMPTY)
      const seen: Array<Slot> = []
      const first = slotOf(text("one"))
      yield* store.update(key("A"), (slot) => (seen.push(slot), first))
      yield* store.update(key("A"), (slot) => (seen.push(slot), slotOf(text("two"))))
      assert.deepStrictEqual(seen, [EMPTY, first])
    }),
  )

  it.effect("weighs what it holds: as much after a value was replaced, and nothing when all has gone", () =>
    Effect.gen(function* () {
      const store = yield* makeStore({})
      assert.deepStrictEqual(yield* store.size, { entries: 0, bytes: 0 })
      yield* put(store, "A", text("x".repeat(50)))
      yield* put(store, "B")
      yield* put(store, "A", text("y"))
      assert.deepStrictEqual(yield* store.size, { entries: 2, bytes: 2 * ONE + 1 })
      yield* store.remove(key("A"))
      assert.deepStrictEqual(yield* store.size, { entries: 1, bytes: ONE })
      yield* store.remove(key("nobody"))
      assert.deepStrictEqual(yield* store.size, { entries: 1, bytes: ONE })
      yield* put(store, "A")
      yield* store.clear
      assert.deepStrictEqual(yield* store.size, { entries: 0, bytes: 0 })
      assert.strictEqual(store.get(key("A")), EMPTY)
    }),
  )

  it.effect("keeps as many entries as it may, then lets the one go that was read longest ago", () =>
    Effect.gen(function* () {
      const store = yield* makeStore({}, { a: 3, b: 1, c: 2, d: 4 })
      for (const name of "abc") yield* put(store, name)
      assert.strictEqual(namesIn(store, "abcd"), "abc")
      yield* put(store, "d")
      assert.strictEqual(namesIn(store, "abcd"), "acd")
    }),
  )

  it.effect("keeps as many bytes as it may, to the byte", () =>
    Effect.gen(function* () {
      const store = yield* makeStore({ maxBytes: 3 * ONE }, { a: 1, b: 2, c: 3 })
      for (const name of "abc") yield* put(store, name)
      assert.strictEqual(namesIn(store, "abc"), "abc")
      yield* put(store, "c", text("x"))
      assert.strictEqual(namesIn(store, "abc"), "bc")
    }),
  )

  it.effect("lets go what is not listed before what is, however lately it was read", () =>
    Effect.gen(function* () {
      const store = yield* makeStore({}, { A: 1, b: 9, C: 2, D: 3 })
      for (const name of "AbCD") yield* put(store, name)
      assert.strictEqual(namesIn(store, "AbCD"), "ACD")
    }),
  )

  it.effect("never lets go what was put in just now, even if it was never read and is not listed", () =>
    Effect.gen(function* () {
      const store = yield* makeStore({}, { A: 1, B: 2, C: 3 })
      for (const name of "ABCd") yield* put(store, name)
      assert.strictEqual(namesIn(store, "ABCd"), "BCd")
      const tiny = yield* makeStore({ maxBytes: 1 })
      yield* put(tiny, "A")
      assert.strictEqual(namesIn(tiny, "A"), "A")
    }),
  )

  it.effect("lets as many go as it takes, for one that is large", () =>
    Effect.gen(function* () {
      const store = yield* makeStore({ maxEntries: 10, maxBytes: 4 * ONE }, { a: 1, b: 2, c: 3, d: 4 })
      for (const name of "abcd") yield* put(store, name)
      yield* put(store, "e", text("x".repeat(ONE)))
      assert.strictEqual(namesIn(store, "abcde"), "cde")
    }),
  )

  it.effect("tells the metrics how many entries there are, what they weigh and how many had to go", () =>
    withMetrics(
      Effect.gen(function* () {
        const readAt = { a: 1, b: 2, c: 4, d: 5, e: 3, f: 6, g: 7 }
        const store = yield* makeStore({ maxEntries: 10, maxBytes: 4 * ONE }, readAt)
        for (const name of "abcd") yield* put(store, name)
        assert.deepStrictEqual(yield* measured, { entries: 4, bytes: 4 * ONE, evictions: 0 })
        yield* put(store, "e", text("x".repeat(ONE)))
        assert.deepStrictEqual(yield* measured, { entries: 3, bytes: 4 * ONE, evictions: 2 })
        for (const name of "fg") yield* put(store, name)
        assert.deepStrictEqual(yield* measured, { entries: 4, bytes: 4 * ONE, evictions: 3 })
        yield* store.remove(key("g"))
        assert.deepStrictEqual(yield* measured, { entries: 3, bytes: 3 * ONE, evictions: 3 })
        yield* store.clear
        assert.deepStrictEqual(yield* measured, { entries: 0, bytes: 0, evictions: 3 })
      }),
    ),
  )
})
