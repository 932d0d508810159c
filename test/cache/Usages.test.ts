/**
 * How entries are used: when each was read last, how often, and that records of what has gone go too.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Usages from "../../src/cache/Usages.ts"
import { parameter } from "../support/entries.ts"

const [A, B] = [parameter("A"), parameter("B")]

describe("the usage of an entry", () => {
  it("is nothing for what was never read", () => {
    const usages = Usages.make(10, () => true)
    assert.strictEqual(usages.lastReadAt(A.key), 0)
    assert.isUndefined(usages.get(A.key))
    assert.deepStrictEqual(usages.all(), [])
  })

  it("is one record, with the time of the last read and the hits so far", () => {
    const usages = Usages.make(10, () => true)
    const first = usages.noteRead(A, 5)
    assert.deepStrictEqual(first, { entry: A, lastReadAt: 5, hits: 0 })
    first.hits += 1
    assert.strictEqual(usages.noteRead(A, 9), first)
    assert.deepStrictEqual(usages.get(A.key), { entry: A, lastReadAt: 9, hits: 1 })
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
    const usages = Usages.make(10, () => true)
    usages.noteLoad(A, 3)
    assert.deepStrictEqual(usages.get(A.key), { entry: A, lastReadAt: 3, hits: 0 })
    usages.noteLoad(A, 8)
    assert.strictEqual(usages.lastReadAt(A.key), 3)
    usages.noteRead(A, 9).hits += 1
    usages.noteLoad(A, 10)
    assert.deepStrictEqual(usages.get(A.key), { entry: A, lastReadAt: 9, hits: 1 })
  })

  it("is forgotten with its entry once there are twice as many records as entries may be, and not before", () => {
    const held = new Set([A.key])
    const usages = Usages.make(2, (key) => held.has(key))
    const names = () => usages.all().map(({ entry }) => entry.name)
    for (const name of ["A", "B", "C", "D"]) usages.noteRead(parameter(name), 1)
    assert.deepStrictEqual(names(), ["A", "B", "C", "D"])
    usages.noteRead(parameter("B"), 2)
    assert.deepStrictEqual(names(), ["A", "B", "C", "D"])
    usages.noteRead(parameter("E"), 3)
    assert.deepStrictEqual(names(), ["A", "E"])
  })
})
