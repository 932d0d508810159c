/**
 * Where a value lives: what tells two places apart.
 */
import { assert, describe, it } from "@effect/vitest"
import { accessText, isSameAddress } from "../../src/domain/Address.ts"
import type { ParameterAddress } from "../../src/kinds/parameters/address.ts"

const ROLE = "arn:aws:iam::123456789012:role/reader"
const address: ParameterAddress = { kind: "parameters", region: "us-west-2", name: "A" }

describe("the access to AWS in words", () => {
  it("is the region, and the role where one is assumed", () => {
    assert.strictEqual(accessText({ region: "us-west-2" }), "us-west-2")
    assert.strictEqual(accessText({ region: "us-west-2", roleArn: ROLE }), `us-west-2 as ${ROLE}`)
  })
})

describe("two addresses", () => {
  it("are one place if nothing in them differs", () => {
    assert.isTrue(isSameAddress(address, { ...address }))
    for (const other of [
      { ...address, name: "B" },
      { ...address, region: "eu-west-1" },
      { ...address, roleArn: ROLE },
      { ...address, withDecryption: false },
    ])
      assert.isFalse(isSameAddress(address, other), JSON.stringify(other))
  })
})
