/**
 * URLs, read through the built extension: the keys of an identity provider, by which a real library verifies tokens; TLS with an
 * authority of one's own; what Cache-Control of an answer changes; and the places where no request may go.
 */
import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose"
import { certificateFor } from "../support/certificates.ts"
import { type Environment, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { page, serve } from "../support/webServer.ts"

/** An identity provider: its discovery document, its keys, and tokens signed by the current one. */
const identityProvider = Effect.gen(function* () {
  let kid = 0
  let keys: Awaited<ReturnType<typeof generateKeyPair>>
  let jwks = ""
  const rotate = Effect.promise(async () => {
    kid += 1
    keys = await generateKeyPair("ES256")
    jwks = JSON.stringify({
      keys: [{ ...(await exportJWK(keys.publicKey)), kid: String(kid), alg: "ES256" }],
    })
  })
  yield* rotate
  const server = yield* serve((request, response) => {
    const type = { "content-type": "application/json" }
    const discovery = JSON.stringify({ issuer: "test", jwks_uri: `http://${request.headers.host}/jwks` })
    if (request.url === "/moved") return void response.writeHead(308, { location: "/jwks" }).end()
    return page(request.url === "/jwks" ? jwks : discovery, type)(request, response)
  })
  const token = Effect.promise(() =>
    new SignJWT({ sub: "alice" })
      .setProtectedHeader({ alg: "ES256", kid: String(kid) })
      .setIssuer("test")
      .setExpirationTime("1h")
      .sign(keys.privateKey),
  )
  return { rotate, server, token }
})

const verify = (jwks: string, token: string) =>
  Effect.promise(async () =>
    jwtVerify(token, createLocalJWKSet(JSON.parse(jwks)), { issuer: "test" }).then(
      ({ payload }) => payload.sub,
      (cause: unknown) => (cause as { readonly code: string }).code,
    ),
  )

const NO_CACHE = { headers: { "cache-control": "no-cache" } }

const problemOf = (text: string): string => String(JSON.parse(text).type).split(":").at(-1) ?? ""

onEachArtifact("a URL", (artifact) => {
  const start = (config: string, more: object = {}) => startEnvironment({ artifact, config, ...more })

  it.live("gives the keys by which tokens are verified, and the new ones after a rotation", () =>
    Effect.gen(function* () {
      const { rotate, server, token } = yield* identityProvider
      const { ask, read } = yield* start(`
http:
  - { url: ${server.url}/.well-known/openid-configuration, name: discovery }
  - { url: ${server.url}/moved, name: jwks }
cache: { forced_refresh_interval: 0s }
`)
      assert.strictEqual((yield* ask("/http?name=discovery&json=/jwks_uri")).text, `${server.url}/jwks`)
      const first = yield* token
      assert.strictEqual(yield* verify((yield* read("http", "jwks")).text, first), "alice")
      yield* rotate
      const second = yield* token
      assert.strictEqual(
        yield* verify((yield* read("http", "jwks")).text, second),
        "ERR_JWKS_NO_MATCHING_KEY",
      )
      assert.strictEqual(yield* verify((yield* read("http", "jwks", NO_CACHE)).text, second), "alice")
      assert.strictEqual((yield* read("http", "jwks")).headers["content-type"], "application/json")
    }),
  )

  it.live("is read with a secret in its header, which is shown nowhere", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* serve((request, response) =>
        page(
          "for you",
          {},
          request.headers.authorization === "Bearer t0ps3cret" ? 200 : 401,
        )(request, response),
      )
      const environment: Environment = yield* start(
        `http: [{ url: "${url}", name: api, headers: [{ name: Authorization, secret: token, prefix: "Bearer " }] }]`,
        { seed: { secrets: [{ name: "token", value: "t0ps3cret" }] } },
      )
      assert.strictEqual((yield* environment.read("http", "api")).text, "for you")
      assert.lengthOf(asked, 1)
      const shown = [
        ...environment.lines(),
        (yield* environment.ask("/ready")).text,
        (yield* environment.ask("/metrics")).text,
      ].join("\n")
      assert.notInclude(shown, "t0ps3cret")
      assert.include(shown, 'service="HTTP"')
    }),
  )

  it.live("that says no-cache is asked at every read, if its entry honours that", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* serve(page("x", { "cache-control": "no-cache", etag: '"1"' }))
      const { read } = yield* start(`
http:
  - { url: "${url}/a", name: honours, honour_cache_control: true }
  - { url: "${url}/b", name: ignores }
`)
      for (const name of ["honours", "honours", "ignores", "ignores"]) yield* read("http", name)
      assert.deepStrictEqual(
        asked.map((request) => [request.url, request.headers["if-none-match"]]),
        [
          ["/a", undefined],
          ["/a", '"1"'],
          ["/b", undefined],
        ],
      )
    }),
  )

  it.live("never leads to metadata, to this extension, or by a redirect to this machine", () =>
    Effect.gen(function* () {
      const targets = [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://10.0.0.1/",
      ]
      const { asked, url } = yield* serve((request, response) =>
        response.writeHead(302, { location: targets[Number(request.url?.slice(1))] }).end(),
      )
      const { ask, read } = yield* start(`
http:
  - { url: "http://[::ffff:169.254.169.254]/latest/meta-data/", name: metadata, allow_http: true, allow_private: true }
  - { url: "http://localhost:\${CACHE_EXTENSION_PORT}/ready", name: own-port }
  - { url: "http://\${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next", name: runtime-api }
  - { url: "${url}/0", name: redirect-0 }
  - { url: "${url}/1", name: redirect-1 }
  - { url: "${url}/2", name: redirect-2 }
`)
      for (const name of ["metadata", "own-port", "runtime-api", "redirect-0", "redirect-1", "redirect-2"]) {
        const answer = yield* read("http", name)
        assert.deepStrictEqual([answer.status, problemOf(answer.text)], [403, "access-denied"], name)
      }
      assert.lengthOf(asked, 3)
      const unlisted = yield* ask(`/http?name=${encodeURIComponent(`${url}/other`)}`)
      assert.deepStrictEqual([unlisted.status, problemOf(unlisted.text)], [404, "no-data-found"])
    }),
  )

  const certificate = certificateFor("DNS:localhost")
  it.live.skipIf(certificate === undefined)(
    `is read by TLS with an authority of one's own, and not without${certificate === undefined ? " (skipped: no openssl)" : ""}`,
    () =>
      Effect.gen(function* () {
        if (certificate === undefined) return
        const tls = {
          key: readFileSync(certificate.key, "utf8"),
          cert: readFileSync(certificate.certificate, "utf8"),
        }
        const { url } = yield* serve(page("over TLS"), tls)
        const config = `http: [{ url: "${url}", name: secure }]`
        const trusting = yield* start(config, {
          variables: { CACHE_EXTENSION_EXTRA_CA_CERTS: certificate.authority },
        })
        assert.strictEqual((yield* trusting.read("http", "secure")).text, "over TLS")
        const careful = yield* start(config, { variables: { CACHE_EXTENSION_EXTRA_CA_CERTS: "" } })
        const refused = yield* careful.read("http", "secure")
        assert.strictEqual(problemOf(refused.text), "aws-failed")
        assert.notInclude(refused.text, "over TLS")
      }),
  )
})
