/**
 * Which calls go through the proxy of HTTPS_PROXY, and which NO_PROXY or their address keep away from it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { parseProxy } from "../../../src/config/environment/proxy.ts"
import { readSettings } from "../../../src/config/Settings.ts"

const AWS = "https://ssm.eu-west-1.amazonaws.com"
const PROXY = "http://proxy:3128"

const throughProxy = (environment: Record<string, string>, origin = AWS): string | undefined =>
  readSettings(environment).settings.proxyFor?.(origin)?.href

describe("HTTPS_PROXY", () => {
  it("is heeded in capitals and in small letters, which win, and not where it is empty", () => {
    assert.isUndefined(throughProxy({}))
    assert.strictEqual(throughProxy({ HTTPS_PROXY: PROXY }), `${PROXY}/`)
    assert.strictEqual(throughProxy({ https_proxy: PROXY, HTTPS_PROXY: "http://other:1" }), `${PROXY}/`)
    assert.strictEqual(throughProxy({ https_proxy: "", HTTPS_PROXY: PROXY }), `${PROXY}/`)
    assert.isUndefined(throughProxy({ HTTPS_PROXY: "" }))
  })

  it("alone is: neither HTTP_PROXY nor ALL_PROXY", () => {
    assert.isUndefined(throughProxy({ HTTP_PROXY: PROXY, ALL_PROXY: PROXY, all_proxy: PROXY }))
  })

  it.each([
    ["proxy.example:3128", "http://proxy.example:3128/"],
    ["http://proxy", "http://proxy/"],
    ["HTTPS://proxy:8443", "https://proxy:8443/"],
    ["http://user:p%40ss@10.0.0.1:80/", "http://user:p%40ss@10.0.0.1/"],
    ["http://[fd00::1]:3128", "http://[fd00::1]:3128/"],
    ["user:password@proxy:3128", "http://user:password@proxy:3128/"],
  ])("may be %s", (text, url) => {
    assert.strictEqual(parseProxy(text)?.href, url)
  })

  it.each([
    "socks5://proxy:1080",
    "http://",
    "nonsense with blanks",
    "http://proxy:99999",
    "http://proxy/path",
    "://",
  ])("may not be %s", (text) => {
    assert.isUndefined(parseProxy(text))
  })
})

describe("calls that pass by the proxy", () => {
  it.each([
    "http://ssm.eu-west-1.amazonaws.com",
    "https://localhost:4566",
    "https://aws.localhost",
    "https://127.0.0.1:4566",
    "https://127.1.2.3",
    "https://[::1]:4566",
  ])("%s", (origin) => {
    assert.isUndefined(throughProxy({ HTTPS_PROXY: PROXY }, origin))
  })

  it.each([
    ["*", true],
    ["amazonaws.com", true],
    [".amazonaws.com", true],
    ["*.amazonaws.com", true],
    ["ssm.eu-west-1.amazonaws.com", true],
    ["SSM.EU-WEST-1.AMAZONAWS.COM", true],
    ["amazonaws.com:443", true],
    ["a.example, amazonaws.com", true],
    ["a.example amazonaws.com", true],
    ["amazonaws.com:8443", false],
    ["zonaws.com", false],
    ["eu-west-1", false],
    ["secretsmanager.eu-west-1.amazonaws.com", false],
    ["", false],
    [",", false],
    [".", false],
    ["127.0.0.1,localhost", false],
  ])("because of NO_PROXY=%s: %s", (list, isExempt) => {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      assert.strictEqual(throughProxy({ HTTPS_PROXY: PROXY, [name]: list }) === undefined, isExempt)
    }
  })

  it.each([
    ["10.1.2.3", "https://10.1.2.3", true],
    ["10.1.2.3:8443", "https://10.1.2.3:8443", true],
    ["10.1.2.3", "https://10.1.2.30", false],
    ["fd00::1", "https://[fd00::1]", true],
    ["[fd00::1]:8443", "https://[fd00::1]:8443", true],
    ["[fd00::1]", "https://[fd00::2]", false],
  ])("addresses: NO_PROXY=%s and %s: %s", (list, origin, isExempt) => {
    assert.strictEqual(throughProxy({ HTTPS_PROXY: PROXY, NO_PROXY: list }, origin) === undefined, isExempt)
  })

  it.prop("whatever NO_PROXY holds, a call has the proxy or none", [Schema.String], ([list]) => {
    assert.include([undefined, `${PROXY}/`], throughProxy({ HTTPS_PROXY: PROXY, NO_PROXY: list }))
  })
})
