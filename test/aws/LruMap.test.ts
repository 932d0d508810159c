/**
 * A map of bounded size: what was used last stays.
 */
import { assert, describe, it } from "@effect/vitest"
import { makeLruMap } from "../../src/aws/LruMap.ts"

describe("a map of bounded size", () => {
  it("lets go what was not asked for longest, and tells of it", () => {
    const gone: Array<string> = []
    const map = makeLruMap<string, string>(2, (value) => void gone.push(value))
    map.set("a", "A")
    map.set("b", "B")
    assert.strictEqual(map.get("a"), "A")
    map.set("c", "C")
    assert.deepStrictEqual(gone, ["B"])
    assert.deepStrictEqual(["a", "b", "c"].map(map.get), ["A", undefined, "C"])
  })

  it("has room for as many as it may hold, each key once", () => {
    const gone: Array<string> = []
    const map = makeLruMap<string, string>(2, (value) => void gone.push(value))
    map.set("a", "A")
    map.set("b", "B")
    map.set("a", "A2")
    assert.deepStrictEqual(gone, [])
    assert.deepStrictEqual(Array.from(map.values()), ["B", "A2"])
    map.delete("b")
    map.set("c", "C")
    assert.deepStrictEqual(gone, [])
    assert.deepStrictEqual(Array.from(map.values()), ["A2", "C"])
  })

  it("never holds more, whatever comes", () => {
    const map = makeLruMap<number, number>(100)
    for (let key = 1; key <= 3_000; key += 1) map.set(key, key)
    assert.deepStrictEqual(
      Array.from(map.values()),
      Array.from({ length: 100 }, (_, index) => 2_901 + index),
    )
  })
})
