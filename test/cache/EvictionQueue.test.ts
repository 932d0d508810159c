/**
 * The order of eviction, against the plain definition: sort by what is listed, then by the last read.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as EvictionQueue from "../../src/cache/EvictionQueue.ts"
import { type EntryKey, entryKey } from "../../src/domain/Entry.ts"

const key = (index: number): EntryKey => entryKey("parameters", String(index))

/** Every fifth key is listed. */
const isListed = (one: EntryKey): boolean => Number(one.slice("parameters:".length)) % 5 === 0

const makeQueue = () => {
  const held = new Set<EntryKey>()
  const reads = new Map<EntryKey, number>()
  const lastRead = (one: EntryKey) => reads.get(one) ?? 0
  let clock = 0
  return {
    held,
    queue: EvictionQueue.make(held, { isListed, lastRead }),
    read: (one: EntryKey) => reads.set(one, (clock += 1)),
    first: () =>
      Array.from(held).toSorted(
        (left, right) => Number(isListed(left)) - Number(isListed(right)) || lastRead(left) - lastRead(right),
      )[0],
  }
}

const Step = Schema.Struct({
  what: Schema.Literals(["read", "put", "remove", "evict"]),
  index: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 })),
})

describe("the order of eviction", () => {
  it.prop(
    "is that of a sort, whatever was read, put in and removed before",
    [Schema.Array(Step)],
    ([steps]) => {
      const { first, held, queue, read } = makeQueue()
      for (const { index, what } of steps) {
        if (what === "read") read(key(index))
        if (what === "remove") held.delete(key(index))
        if (what === "put") {
          read(key(index))
          held.add(key(index))
          queue.add(key(index))
        }
        if (what === "evict") {
          const expected = first()
          const taken = queue.take()
          assert.strictEqual(taken, expected)
          if (taken !== undefined) held.delete(taken)
        }
      }
      for (let expected = first(); expected !== undefined; expected = first()) {
        assert.strictEqual(queue.take(), expected)
        held.delete(expected)
      }
      assert.isUndefined(queue.take())
    },
  )

  it("outlives more removed entries than it keeps track of", () => {
    const { first, held, queue, read } = makeQueue()
    for (let index = 1; index <= 5_000; index += 1) {
      read(key(index))
      held.add(key(index))
      queue.add(key(index))
      if (index > 10) held.delete(key(index))
    }
    for (let expected = first(); expected !== undefined; expected = first()) {
      assert.strictEqual(queue.take(), expected)
      held.delete(expected)
    }
    assert.isUndefined(queue.take())
  })
})
