/**
 * What config.yaml accepts as the URL of an entry, where its host is an address.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { hostFault } from "../../../src/kinds/http/url.ts"
import { addressFault } from "../../../src/web/rules.ts"
import { readConfig } from "../../support/configs.ts"

const faultsOf = (item: object): ReadonlyArray<string> => {
  const read = readConfig(JSON.stringify({ http: [item] }))
  return Result.isFailure(read) ? read.failure.faults.map(({ key, allowed }) => `${key}: ${allowed}`) : []
}

/** The two ends of each network of IPv4 with a rule of its own, and the addresses beside them. */
const ADDRESSES = [
  ["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"],
  ["100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"],
  ["169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"],
  ["172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"],
  ["192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"],
  ["198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"],
].flat()

describe("a URL of config.yaml", () => {
  it("with a private address is a fault that names the key which allows it", () => {
    assert.deepStrictEqual(faultsOf({ url: "https://10.0.0.1/x" }), [
      "http[0].url: a public address, or a private one with allow_private: true",
    ])
    assert.deepStrictEqual(faultsOf({ url: "https://10.0.0.1/x", allow_private: "true" }), [])
    assert.deepStrictEqual(faultsOf({ url: "https://10.example.com/x" }), [])
  })

  it("with the address of metadata is a fault, whatever the entry allows and however it is written", () => {
    for (const host of ["169.254.169.254", "0xa9fea9fe", "169.254.43518"])
      assert.deepStrictEqual(faultsOf({ url: `https://${host}/`, allow_private: "true" }), [
        "http[0].url: another address: metadata and credentials are at link-local ones",
      ])
  })

  it.each(ADDRESSES)("with the address %s is a fault exactly if each request would be refused", (address) => {
    for (const allowPrivate of [false, true]) {
      const allowance = { allowHttp: false, allowPrivate, isLocal: false }
      const isRefused = addressFault(address, 443, allowance, new Set()) !== undefined
      assert.strictEqual(hostFault(address, allowPrivate) !== undefined, isRefused)
    }
  })
})
