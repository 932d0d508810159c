/**
 * Where a request for a URL may go. Each address that an attacker would want is here in every form in which a URL or a name
 * server can write it.
 */
import { assert, describe, it } from "@effect/vitest"
import { type AddressKind, kindOfAddress } from "../../src/web/addresses.ts"
import { addressFault, type Allowance, reservedPorts, urlFault } from "../../src/web/rules.ts"

const STRICT: Allowance = { allowHttp: false, allowPrivate: false, isLocal: false }
const GENEROUS: Allowance = { allowHttp: true, allowPrivate: true, isLocal: false }
const LOCAL: Allowance = { ...STRICT, isLocal: true }
const RESERVED = new Set([4_000, 9_001])

const KINDS: Readonly<Record<AddressKind, ReadonlyArray<string>>> = {
  public: [
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.0",
    "100.128.0.0",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
  ],
  private: [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "fc00::1",
    "fdff::1",
    "fec0::1",
    "::ffff:10.0.0.1",
    "::ffff:a00:1",
    "64:ff9b::10.0.0.1",
  ],
  loopback: ["127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1"],
  "link-local": [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.100.1",
    "169.254.0.0",
    "169.254.255.255",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fd00:ec2::254",
    "fd00:ec2::23",
  ],
  "no host's": [
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "2002:a9fe:a9fe::1",
    "2001::1",
    "x",
  ],
}

describe("the kind of an address", () => {
  it.each(Object.entries(KINDS).flatMap(([kind, all]) => all.map((address) => [address, kind] as const)))(
    "of %s is %s",
    (address, kind) => assert.strictEqual(kindOfAddress(address), kind),
  )
})

describe("a URL", () => {
  it.each([
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/", // the same as a number
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://0.0.0.0:4000/",
    "http://0/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "https://user:password@example.com/",
  ])("is refused whatever the entry allows: %s", (url) => {
    for (const allowance of [STRICT, GENEROUS, LOCAL, { ...GENEROUS, isLocal: true }])
      assert.isDefined(urlFault(new URL(url), allowance, RESERVED), JSON.stringify(allowance))
  })

  it.each(["https://10.0.0.1/", "https://192.168.0.1/", "https://[fd12::1]/"])(
    "to a private address needs allow_private: %s",
    (url) => {
      assert.match(urlFault(new URL(url), STRICT, RESERVED) ?? "", /allow_private: true/)
      assert.isUndefined(urlFault(new URL(url), GENEROUS, RESERVED))
    },
  )

  it.each(["http://127.0.0.1:8080/", "http://[::1]:8080/", "http://127.1:8080/", "https://127.0.0.1:8443/"])(
    "to this machine needs an entry that names this machine: %s",
    (url) => {
      assert.isDefined(urlFault(new URL(url), STRICT, RESERVED))
      assert.isDefined(urlFault(new URL(url), GENEROUS, RESERVED))
      assert.isUndefined(urlFault(new URL(url), LOCAL, RESERVED))
    },
  )

  it.each([
    "http://127.0.0.1:4000/secrets?name=x",
    "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
  ])("never leads to the extension or the Runtime API: %s", (url) =>
    assert.match(urlFault(new URL(url), LOCAL, RESERVED) ?? "", /belongs to the extension or to Lambda/),
  )

  it("never leads to a port of the extension, whatever clients the port is for", () => {
    const settings = { port: 4_000, parametersAndSecrets: { port: 2_773 }, runtimeApi: "127.0.0.1:9001" }
    const reserved = reservedPorts({
      settings,
      plan: { port: 4_711, appConfigAgent: { port: 2_772 } },
      open: 4_712,
    })
    assert.sameMembers([...reserved], [4_000, 2_773, 4_711, 2_772, 4_712, 9_001])
    assert.isDefined(urlFault(new URL("http://127.0.0.1:2772/ping"), LOCAL, reserved))
  })

  it("in plain HTTP to another machine needs allow_http", () => {
    const url = new URL("http://example.com/")
    assert.match(urlFault(url, STRICT, RESERVED) ?? "", /allow_http: true/)
    assert.isUndefined(urlFault(url, GENEROUS, RESERVED))
    assert.isUndefined(urlFault(new URL("https://example.com/"), STRICT, RESERVED))
  })
})

describe("the address of a name", () => {
  it("is checked like one in a URL", () => {
    assert.isUndefined(addressFault("8.8.8.8", 443, STRICT, RESERVED))
    assert.isDefined(addressFault("10.0.0.1", 443, STRICT, RESERVED))
    assert.isDefined(addressFault("169.254.169.254", 80, GENEROUS, RESERVED))
    assert.isDefined(addressFault("127.0.0.1", 443, GENEROUS, RESERVED))
    assert.isUndefined(addressFault("127.0.0.1", 8_080, LOCAL, RESERVED))
    assert.isDefined(addressFault("::1", 4_000, LOCAL, RESERVED))
  })
})
