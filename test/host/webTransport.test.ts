/**
 * The connection goes only to addresses that have been checked, and to no other that the name may lead to a moment later.
 */
import type { LookupAddress } from "node:dns"
import { assert, describe, it } from "@effect/vitest"
import { checkedLookup, ForbiddenPlace } from "../../src/host/webTransport.ts"

const METADATA: LookupAddress = { address: "169.254.169.254", family: 4 }
const PUBLIC: LookupAddress = { address: "93.184.216.34", family: 4 }

/** What a connection gets for a name, and how often the name was looked up. */
const lookUp = (found: ReadonlyArray<LookupAddress>, all: boolean) => {
  let asked = 0
  const lookup = checkedLookup(
    (address) => (address.startsWith("169.254.") ? `${address} is refused` : undefined),
    (_name, _options, callback) => {
      asked += 1
      callback(null, [...found])
    },
  )
  return new Promise<readonly [error: unknown, address: unknown, asked: number]>((resolve) =>
    lookup("rebound.example", { all }, (error, address) => resolve([error, address, asked])),
  )
}

describe("a name", () => {
  it.each([true, false])("leads only to those of its addresses that are allowed (all: %s)", async (all) => {
    assert.deepStrictEqual(await lookUp([METADATA, PUBLIC], all), [null, all ? [PUBLIC] : PUBLIC.address, 1])
  })

  it("with no other address than a forbidden one leads nowhere", async () => {
    const [error, address] = await lookUp([METADATA], true)
    assert.instanceOf(error, ForbiddenPlace)
    assert.strictEqual((error as Error).message, "169.254.169.254 is refused")
    assert.strictEqual(address, "")
  })
})
