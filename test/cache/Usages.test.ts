/**
 * How entries are used: when each was read last, how often, and that records of what has gone go too.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Usages from "../../src/cache/Usages.ts"
import { parameter } from "../support/entries.ts"

const [A, B] = [parameter("A"), parameter("B")]

describe("the usage of an entry", () => {
  it("is nothing for what was never read", () => {
    const usages = Usages.make(() => true)
    assert.strictEqual(usages.lastReadAt(A.key), 0)
    assert.isUndefined(usages.get(A.key))
    assert.deepStrictEqual(usages.all(), [])
  })

  it("is one record, with the time of the last read and the hits so far", () => {
    const usages = Usages.make(() => true)
    const first = usages.noteRead(A, 5)
    assert.deepStrictEqual(first, { entry: A, lastReadAt: 5, readOrder: 1, hits: 0 })
    first.hits += 1
    assert.strictEqual(usages.noteRead(A, 9), first)
    assert.deepStrictEqual(usages.get(A.key), { entry: A, lastReadAt: 9, readOrder: 2, hits: 1 })
    assert.strictEqual(usages.lastReadAt(A.key), 9)
    usages.noteRead(B, 7)
    assert.deepStrictEqual(
      usages.all().map(({ entry, lastReadAt }) => [entry.name, lastReadAt]),
      [
        ["A", 9],
        ["B", 7],
      ],
    )
  })

  it("counts from the first load, and no later one makes it look used", () => {
    const usages = Usages.make(() => true)
    usages.noteLoad(A, 3)
    assert.deepStrictEqual(usages.get(A.key), { entry: A, lastReadAt: 3, readOrder: 1, hits: 0 })
    usages.noteLoad(A, 8)
    assert.strictEqual(usages.lastReadAt(A.key), 3)
    usages.noteRead(A, 9).hits += 1
    usages.noteLoad(A, 10)
    assert.deepStrictEqual(usages.get(A.key), { entry: A, lastReadAt: 9, readOrder: 2, hits: 1 })
  })

  it("is forgotten with its entry, so that names which are invented without end leave no records behind", () => {
    const kept = new Set([A.key, B.key])
    const usages = Usages.make((key) => kept.has(key))
    for (const entry of [A, B]) usages.noteLoad(entry, 1)
    for (let index = 0; index < 10_000; index += 1) usages.noteRead(parameter(`invented${index}`), 2)
    assert.isBelow(usages.all().length, 2_000)
    assert.deepStrictEqual(
      [A, B].map(({ key }) => usages.get(key)?.lastReadAt),
      [1, 1],
    )
  })

  it("is kept for as many entries as there are", () => {
    const usages = Usages.make(() => true)
    for (let index = 0; index < 5_000; index += 1) usages.noteRead(parameter(`held${index}`), index)
    assert.strictEqual(usages.all().length, 5_000)
  })
})
