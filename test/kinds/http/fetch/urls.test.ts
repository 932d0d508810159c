/**
 * The source of URLs, on servers of the test and the real transport: what is sent, what is revalidated, where redirects may
 * lead, what becomes of statuses, and that secrets reach the URL's own origin and nothing else.
 */
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { AwsEmulator } from "../../../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../../../local/aws/seed.ts"
import { AwsClients } from "../../../../src/aws/AwsClients.ts"
import type { Value } from "../../../../src/domain/Entry.ts"
import { sendChecked } from "../../../../src/host/webTransport.ts"
import type { UrlAddress } from "../../../../src/kinds/http/address.ts"
import { Sources } from "../../../../src/sources/Sources.ts"
import { addressFault, portOf } from "../../../../src/web/rules.ts"
import { makeGetPage } from "../../../../src/web/getPage.ts"
import { Web } from "../../../../src/web/Web.ts"
import { awsLayer, REGION } from "../../../support/aws.ts"
import { bodyOf } from "../../../support/entries.ts"
import { functionOnLocalAws } from "../../../support/localSources.ts"
import { page, serve } from "../../../support/webServer.ts"

const RESERVED = new Set([4_000])

const web = Layer.succeed(
  Web,
  makeGetPage(RESERVED, (url, headers, { maxBytes, signal }, allowance) =>
    sendChecked({
      url,
      headers,
      signal,
      maxReplyBytes: maxBytes,
      addressFault: (address) => addressFault(address, portOf(url), allowance, RESERVED),
    }),
  ),
)

const sources = Sources.layerNoDeps.pipe(
  Layer.provide([web, Layer.provide(AwsClients.layer, functionOnLocalAws)]),
  Layer.provideMerge(awsLayer),
)

const onTheWeb = <A, E>(test: Effect.Effect<A, E, AwsEmulator | Sources | Scope.Scope>) =>
  Effect.scoped(test).pipe(Effect.provide(sources))

const addressOf = (url: string, more: Partial<UrlAddress> = {}): UrlAddress => ({
  kind: "http",
  region: REGION,
  url,
  headers: [],
  maxBytes: 1_000,
  maxRedirects: 3,
  honourCacheControl: false,
  allowHttp: false,
  allowPrivate: false,
  ...more,
})

const fetch = (url: string, more: Partial<UrlAddress> = {}, held?: Value) =>
  Effect.flatMap(Sources, (all) => all.fetch(addressOf(url, more), undefined, held))

const reasonOf = (url: string, more: Partial<UrlAddress> = {}) =>
  Effect.map(Effect.flip(fetch(url, more)), ({ reason }) => reason)

describe("a URL", () => {
  it.live("gives its body, its media type and its validators", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* serve(
        page('{"keys":[]}', { "content-type": "application/json", etag: '"1"' }),
      )
      const value = yield* fetch(`${url}/keys?a=b`)
      assert.strictEqual(bodyOf(value), '{"keys":[]}')
      assert.deepInclude(value, { contentType: "application/json", details: { ETag: '"1"' } })
      assert.isUndefined(value.isSecret)
      assert.strictEqual(asked[0]?.url, "/keys?a=b")
      assert.match(asked[0]?.headers["user-agent"] ?? "", /^lambda-cache-extension\//)
    }).pipe(onTheWeb),
  )

  it.live.each([
    ["if-none-match", { etag: 'W/"1"' }, 'W/"1"'],
    [
      "if-modified-since",
      { "last-modified": "Mon, 30 Nov 2026 12:00:00 GMT" },
      "Mon, 30 Nov 2026 12:00:00 GMT",
    ],
  ] as const)(
    "is asked with %s whether it has changed, and the value in memory renewed",
    ([header, sent, expected]) =>
      Effect.gen(function* () {
        const { asked, url } = yield* serve((request, response) => {
          const isKnown = request.headers[header] === expected
          response.writeHead(isKnown ? 304 : 200, { ...sent }).end(isKnown ? undefined : "body")
        })
        const held = yield* fetch(url)
        assert.strictEqual(yield* fetch(url, {}, held), held)
        assert.lengthOf(asked, 2)
      }).pipe(onTheWeb),
  )

  it.live("that honours Cache-Control takes the lifetime of each answer, also of a 304", () =>
    Effect.gen(function* () {
      let age = 60
      const { url } = yield* serve((request, response) => {
        const status = request.headers["if-none-match"] === undefined ? 200 : 304
        response
          .writeHead(status, { etag: '"1"', "cache-control": `max-age=${age}` })
          .end("x".repeat(304 - status))
      })
      const honour = { honourCacheControl: true }
      const held = yield* fetch(url, honour)
      assert.deepStrictEqual(held.lifetime, { ttl: 60_000 })
      age = 5
      assert.deepStrictEqual((yield* fetch(url, honour, held)).lifetime, { ttl: 5_000 })
      assert.isUndefined((yield* fetch(url)).lifetime)
    }).pipe(onTheWeb),
  )

  it.live("in gzip is kept without it, and a bomb is refused", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((request, response) => {
        const body = gzipSync(request.url === "/bomb" ? Buffer.alloc(10_000_000) : "plain")
        response.writeHead(200, { "content-encoding": "gzip" }).end(body)
      })
      assert.strictEqual(bodyOf(yield* fetch(url)), "plain")
      const { _tag, detail } = yield* reasonOf(`${url}/bomb`, { maxBytes: 100_000 })
      assert.deepStrictEqual(
        [_tag, detail],
        ["TooLarge", "it has more bytes, and max_bytes of the entry allows 100000"],
      )
    }).pipe(onTheWeb),
  )

  it.live("longer than max_bytes is refused, whether or not the server says how long it is", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* serve((request, response) => {
        if (request.url === "/told") response.setHeader("content-length", 5_000)
        response.write("x".repeat(2_500))
        response.end("x".repeat(2_500))
      })
      assert.strictEqual(
        (yield* reasonOf(`${url}/told`)).detail,
        "it has 5000 bytes, and max_bytes of the entry allows 1000",
      )
      assert.strictEqual((yield* reasonOf(url))._tag, "TooLarge")
      assert.lengthOf(asked, 2)
    }).pipe(onTheWeb),
  )

  it.live.each([
    [401, "AccessDenied"],
    [403, "AccessDenied"],
    [404, "NotFound"],
    [410, "NotFound"],
    [418, "InvalidRequest"],
    [429, "Throttled"],
    [500, "Unavailable"],
    [503, "Unavailable"],
    [304, "Unavailable"],
  ] as const)("with status %i is %s", ([status, reason]) =>
    Effect.gen(function* () {
      const { url } = yield* serve(page("", {}, status))
      const { _tag, detail } = yield* reasonOf(url)
      assert.deepStrictEqual([_tag, detail], [reason, `status ${status} from ${url}`])
    }).pipe(onTheWeb),
  )
})

describe("a redirect", () => {
  it.live("is followed as often as max_redirects says", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* serve((request, response) => {
        const left = Number(request.url?.slice(1))
        if (left === 0) return page("there")(request, response)
        response.writeHead(302, { location: `/${left - 1}` }).end()
      })
      assert.strictEqual(bodyOf(yield* fetch(`${url}/3`)), "there")
      asked.length = 0
      const { _tag, detail } = yield* reasonOf(`${url}/4`)
      assert.deepStrictEqual(
        [_tag, detail],
        ["AccessDenied", "the server redirects more often than max_redirects (3) allows"],
      )
      assert.lengthOf(asked, 4)
    }).pipe(onTheWeb),
  )

  it.live.each([
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://10.0.0.1/",
    "http://127.0.0.1:4000/secrets?name=x",
    "http://example.com/",
    "file:///etc/passwd",
    "https://user:password@example.com/",
  ])("to %s is refused before anything is sent there", (location) =>
    Effect.gen(function* () {
      const { asked, url } = yield* serve(page("", { location }, 307))
      const { _tag, detail } = yield* reasonOf(url)
      assert.strictEqual(_tag, "AccessDenied")
      assert.match(detail, /^a redirect is refused: /)
      assert.lengthOf(asked, 1)
    }).pipe(onTheWeb),
  )

  it.live("to another origin does not get the headers, nor does the first origin again", () =>
    Effect.gen(function* () {
      const back: { url: string } = { url: "" }
      const other = yield* serve((_, response) =>
        response.writeHead(302, { location: `${back.url}/end` }).end(),
      )
      const first = yield* serve((request, response) =>
        request.url === "/end"
          ? page("end")(request, response)
          : response.writeHead(302, { location: other.url }).end(),
      )
      back.url = first.url
      const headers = [{ name: "authorization", value: "Bearer x" }]
      assert.strictEqual(bodyOf(yield* fetch(first.url, { headers })), "end")
      const sent = [...first.asked, ...other.asked].map(({ headers: { authorization } }) => authorization)
      assert.deepStrictEqual(sent, ["Bearer x", undefined, undefined])
    }).pipe(onTheWeb),
  )
})

describe("a header from a secret", () => {
  const secretHeader = (secretId: string, more: { readonly json?: string } = {}): Partial<UrlAddress> => ({
    headers: [
      {
        name: "authorization",
        secret: { kind: "secrets", region: REGION, secretId, versionStage: "AWSCURRENT" },
        prefix: "Bearer ",
        ...more,
      },
    ],
  })
  const seed = Effect.flatMap(AwsEmulator, ({ endpoint }) =>
    seedFrom(endpoint, {
      region: REGION,
      secrets: [
        { name: "token", value: "t0ps3cret\n" },
        { name: "json", json: { api: { token: "n3sted" } } },
        { name: "odd", value: "two\r\nlines: t0ps3cret" },
      ],
    }),
  )

  it.live("is sent, and makes the value a secret", () =>
    Effect.gen(function* () {
      yield* seed
      const { asked, url } = yield* serve(page("for you"))
      assert.isTrue((yield* fetch(url, secretHeader("token"))).isSecret)
      yield* fetch(url, secretHeader("json", { json: "/api/token" }))
      const sent = asked.map(({ headers: { authorization } }) => authorization)
      assert.deepStrictEqual(sent, ["Bearer t0ps3cret", "Bearer n3sted"])
    }).pipe(onTheWeb),
  )

  it.live.each([
    ["nowhere", {}, "the secret nowhere of the header authorization: ResourceNotFoundException: "],
    ["odd", {}, "the secret odd is not a header's value"],
    ["token", { json: "/a" }, "the field /a of the secret token is not a header's value"],
  ] as const)(
    "that cannot be made is a refusal that names the secret %s and shows nothing",
    ([name, more, expected]) =>
      Effect.gen(function* () {
        yield* seed
        const { asked, url } = yield* serve(page("never"))
        const { _tag, detail } = yield* reasonOf(url, secretHeader(name, more))
        assert.strictEqual(_tag, "AccessDenied")
        assert.isTrue(detail.startsWith(expected), detail)
        assert.notInclude(detail, "t0ps3cret")
        assert.lengthOf(asked, 0)
      }).pipe(onTheWeb),
  )
})
