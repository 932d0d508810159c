/**
 * The keys of the shared tier: one for each address, and packs and leases that are told from them.
 */
import { assert, describe, it } from "@effect/vitest"
import { KINDS } from "../../src/kinds/kinds.ts"
import { ENTRIES_PER_LEASE, isPackKey, makeChunks, recordKey } from "../../src/shared/keys.ts"
import { parameter } from "../support/entries.ts"

const listed = Array.from({ length: 25 }, (_, index) => parameter(`P${index}`))

describe("the keys of the shared tier", () => {
  it("tell packs from records and leases", () => {
    const chunkOf = makeChunks("pack", listed)
    for (const { address } of listed) {
      const key = recordKey("pack", address)
      const { lease, pack = "" } = chunkOf(key)
      assert.deepStrictEqual([key, lease, pack].map(isPackKey), [false, false, true])
    }
  })

  it("have packs and leases where no kind can be", () => {
    for (const name of ["pack", "lease"]) assert.isFalse(KINDS.some((kind) => kind === name))
  })

  it("begin with the namespace, and have no name in them", () => {
    const key = recordKey("shop-prod", parameter("/secret/name").address)
    assert.match(key, /^shop-prod\/\d+\/parameters\/[\w-]{43}$/)
  })

  it("put listed entries into packs that do not depend on the order of the file", () => {
    const chunkOf = makeChunks("shop", listed)
    const reversed = makeChunks("shop", listed.toReversed())
    for (const { address } of listed) {
      const key = recordKey("shop", address)
      assert.strictEqual(chunkOf(key).pack, reversed(key).pack)
      assert.isAtMost(chunkOf(key).members.length, ENTRIES_PER_LEASE)
    }
    assert.isUndefined(chunkOf(recordKey("shop", parameter("unlisted").address)).pack)
  })

  it("are the same however the members of an address are ordered", () => {
    const { address } = parameter("A")
    const turned = Object.fromEntries(Object.entries(address).toReversed()) as typeof address
    assert.strictEqual(recordKey("shop", turned), recordKey("shop", address))
  })
})
