/**
 * Whom the guard lets pass: the function, under any name of this machine; nobody whom a browser or a proxy sends.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { PROTECTIVE_HEADERS, refusalOf } from "../../src/http/guard.ts"

type Headers = Readonly<Record<string, string>>

const refusalFor = (headers: Headers, path = "/secrets") => refusalOf(path, (name) => headers[name])

/** Paths that show no value. */
const STATE = ["/health", "/ready", "/metrics", "/openapi.json"]

/** Paths that show values, or may do so one day. */
const VALUES = [
  "/parameters",
  "/secrets",
  "/dynamodb",
  "/appconfig",
  "/secretsmanager/get?secretId=s",
  "/nowhere",
]

/** What clients send of their own accord: curl, Node's fetch, Python's urllib, Java's HttpClient, Go's net/http. */
const CLIENTS: ReadonlyArray<Headers> = [
  { host: "localhost:4000", "user-agent": "curl/8.5.0", accept: "*/*" },
  {
    host: "localhost:4000",
    connection: "keep-alive",
    accept: "*/*",
    "accept-language": "*",
    "sec-fetch-mode": "cors",
    "user-agent": "node",
    "accept-encoding": "gzip, deflate",
  },
  {
    host: "localhost:4000",
    "accept-encoding": "identity",
    "user-agent": "Python-urllib/3.12",
    connection: "close",
  },
  {
    host: "localhost:4000",
    connection: "Upgrade, HTTP2-Settings",
    upgrade: "h2c",
    "http2-settings": "AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA",
    "user-agent": "Java-http-client/21",
  },
  { host: "127.0.0.1:4000", "user-agent": "Go-http-client/1.1", "accept-encoding": "gzip" },
]

const Word = Schema.String.check(Schema.isMaxLength(20))

describe("what goes with every answer", () => {
  it("keeps a browser from running it, from taking it for another type, and other sites from embedding it", () => {
    assert.deepStrictEqual(PROTECTIVE_HEADERS, {
      "content-security-policy": "default-src 'none'; sandbox",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
    })
  })
})

describe("the guard of a port that other machines can reach", () => {
  const exposed = (headers: Headers) => refusalOf("/secrets", (name) => headers[name], true)

  it("lets any Host pass, since nobody knows its names here", () => {
    for (const host of ["cache:4000", "10.0.0.7", "localhost"]) assert.isUndefined(exposed({ host }))
  })

  it("still refuses two hosts, proxies and pages", () => {
    assert.deepInclude(exposed({ host: "a, b" }), { problem: "bad-request" })
    assert.deepInclude(exposed({ host: "cache", via: "1.1 proxy" }), { problem: "forbidden" })
    assert.deepInclude(exposed({ host: "cache", origin: "http://cache" }), { problem: "forbidden" })
    assert.deepInclude(exposed({ host: "cache", "sec-fetch-site": "none" }), { problem: "forbidden" })
  })
})

describe("the guard", () => {
  it.each(CLIENTS)("lets a client pass that is the function's own: $user-agent", (headers) => {
    assert.isUndefined(refusalFor(headers))
  })

  it.each(["localhost", "LocalHost", "localhost.", "127.0.0.1", "[::1]"])(
    "lets pass what asks for %s, with and without a port",
    (host) => {
      for (const authority of [host, `${host}:4000`, `${host}:80`, `${host}:`])
        assert.isUndefined(refusalFor({ host: authority }), authority)
    },
  )

  it("takes a header for absent whether its host says undefined or null", () => {
    for (const absent of [undefined, null]) assert.isUndefined(refusalOf("/secrets", () => absent))
  })

  it("lets HTTP/1.0 pass without a Host, as no browser speaks it", () => {
    assert.isUndefined(refusalFor({}))
  })

  it.each([
    "",
    "evil.example",
    "evil.example:4000",
    "localhost.evil.example",
    "evil.localhost",
    "notlocalhost",
    "127.0.0.1.evil.example",
    "127.0.0.2",
    "127.1",
    "2130706433",
    "0.0.0.0",
    "::1",
    "[::]",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
    "localhost:4000@evil.example",
    "evil@localhost",
    "localhost/",
    "localhost:port",
    "localhost:400000",
    "localhost..",
    " localhost",
    "localhost\n",
  ])("refuses the Host %j and says which are allowed", (host) => {
    assert.deepStrictEqual(refusalFor({ host }), {
      problem: "forbidden",
      detail: `Host is ${JSON.stringify(host)}; allowed: localhost, 127.0.0.1 or [::1], with or without a port`,
    })
  })

  it.each(["localhost, evil.example", "evil.example, localhost", "localhost, localhost"])(
    "calls several Hosts a bad request: %s",
    (host) => {
      assert.deepStrictEqual(refusalFor({ host }), {
        problem: "bad-request",
        detail: "there must be one Host",
      })
    },
  )

  it.prop(
    "refuses every Host around or beside a loopback name",
    { before: Word, name: Schema.Literals(["localhost", "127.0.0.1", "[::1]"]), after: Word },
    ({ after, before, name }) => {
      const host = `${before}${name}${after}`
      const isAllowed = before === "" && /^(:\d{0,5})?$/.test(after)
      const isRooted = before === "" && name === "localhost" && /^\.(:\d{0,5})?$/.test(after)
      assert.strictEqual(refusalFor({ host }) === undefined, isAllowed || isRooted)
    },
  )

  it.prop(
    "refuses whatever a proxy passed on, with any value, even an empty one",
    { name: Schema.Literals(["x-forwarded-for", "forwarded", "via"]), value: Schema.String },
    ({ name, value }) => {
      for (const headers of CLIENTS) {
        assert.deepStrictEqual(refusalFor({ ...headers, [name]: value }), {
          problem: "forbidden",
          detail: `the header ${name} shows a proxy; allowed: direct requests`,
        })
      }
    },
  )

  it.each<Headers>([
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:3000" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "" },
  ])("refuses what a page of another site asks: %j", (headers) => {
    assert.deepStrictEqual(refusalFor({ host: "localhost:4000", ...headers }), {
      problem: "forbidden",
      detail: "a web page sent this; allowed: requests by the function",
    })
  })

  it.each(STATE)("lets a person pass who types the address of %s into a browser", (path) => {
    const typed = { host: "localhost:4000", "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }
    assert.isUndefined(refusalFor(typed, path))
  })

  it.each<Headers>([
    { "sec-fetch-site": "none" },
    { "sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" },
    { "sec-fetch-mode": "navigate" },
  ])("refuses a browser what shows values, however it came there: %j", (headers) => {
    for (const path of VALUES) {
      assert.deepStrictEqual(refusalFor({ host: "localhost:4000", ...headers }, path), {
        problem: "forbidden",
        detail: "a browser sent this; allowed: requests by the function",
      })
    }
  })

  it.each(["cors", "no-cors", "same-origin", ""])("lets Node's fetch pass in the mode %j", (mode) => {
    assert.isUndefined(refusalFor({ host: "localhost:4000", "sec-fetch-mode": mode }))
  })

  it.prop(
    "never lets pass with more headers what it refuses with fewer",
    { headers: Schema.Record(Schema.Literals(["via", "origin", "host", "x-a"]), Word), more: Word },
    ({ headers, more }) => {
      if (refusalFor(headers) === undefined) return
      assert.isDefined(refusalFor({ ...headers, "x-other": more }))
    },
  )
})
