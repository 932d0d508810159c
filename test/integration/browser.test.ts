/**
 * What a browser gets out of the built extension: nothing that is a value, however it comes there. A function may render
 * its users' pages, and a developer's browser visits others.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import http from "node:http"
import {
  type Environment,
  onEachArtifact,
  onEachPath,
  readOf,
  startEnvironment,
} from "../support/extension.ts"
import { listen } from "../support/extensionHttp.ts"
import { show } from "../support/chromium.ts"
import { isOnPath } from "../sam/onPath.ts"
import { skipped } from "../support/skipped.ts"

const SECRET = "the-secret-value"
const PAGE = "<script>document.title = 'ran'; document.write('the page ' + 'ran')</script>"

const CONFIG = `
secrets:
  - names: [s]
parameters:
  - names: [A]
appconfig:
  - { application: shop, environment: prod, profile: page }
compatibility:
  parameters_and_secrets: on
`
const SEED = {
  secrets: [{ name: "s", value: SECRET }],
  parameters: [{ name: "A", value: SECRET }],
  appconfig: [
    {
      application: "shop",
      environment: "prod",
      profile: "page",
      content: PAGE,
      type: "text/html",
      pollInterval: 0,
    },
  ],
} as const

const start = (artifact: Parameters<typeof startEnvironment>[0]["artifact"], variables = {}) =>
  startEnvironment({ artifact, config: CONFIG, seed: SEED, preload: true, variables })

const VALUES = [readOf("secrets", "s"), readOf("parameters", "A"), readOf("appconfig", "shop/prod/page")]

/** What browsers send for a typed address or one that a page redirected to, for a frame, and for a page's own request. */
const BROWSERS = [
  { "sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
  { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
  { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
  { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" },
  { "sec-fetch-mode": "navigate" },
]

onEachPath("a browser", (artifact, variables) => {
  it.live("is refused every value, and may look at the extension's state", () =>
    Effect.gen(function* () {
      const { ask } = yield* start(artifact, variables)
      for (const headers of BROWSERS) {
        for (const target of VALUES) {
          const answer = yield* ask(target, { headers })
          assert.strictEqual(answer.status, 403, `${target} ${JSON.stringify(headers)}`)
          assert.notInclude(answer.text, SECRET)
        }
      }
      for (const target of ["/ready", "/metrics", "/openapi.json", "/health"])
        assert.strictEqual((yield* ask(target, { headers: BROWSERS[0] ?? {} })).status, 200, target)
    }),
  )

  it.live("would do nothing with what it got: every answer forbids it to run or to guess", () =>
    Effect.gen(function* () {
      const { ask } = yield* start(artifact, variables)
      for (const target of [...VALUES, "/ready", "/nowhere", "/secrets", readOf("secrets", "absent")]) {
        const { headers } = yield* ask(target)
        assert.include(headers["content-security-policy"], "sandbox", target)
        assert.strictEqual(headers["x-content-type-options"], "nosniff", target)
        assert.strictEqual(headers["cross-origin-resource-policy"], "same-origin", target)
      }
    }),
  )

  it.live("is not Node's fetch, which goes on working", () =>
    Effect.gen(function* () {
      const { port } = yield* start(artifact, variables)
      const response = yield* Effect.promise(() => fetch(`http://localhost:${port}${VALUES[0]}`))
      assert.strictEqual(yield* Effect.promise(() => response.text()), SECRET)
    }),
  )
})

/** A site of somebody else's: `/302` redirects to the target, any other path is a page with what may lead there. */
const evilSite = Effect.fnUntraced(function* (target: string) {
  const asked: Array<string> = []
  const page = `<body><iframe src="${target}"></iframe><img src="${target}"><script src="${target}"></script>
    <script>fetch("${target}", { mode: "no-cors" }).then(r => r.text()).then(t => document.title = "read " + t)
    fetch("${target}").then(r => r.text()).then(t => document.title = "read " + t)</script></body>`
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? "")
    if (request.url === "/302") response.writeHead(302, { location: target }).end()
    else response.setHeader("content-type", "text/html").end(page)
  })
  const port = yield* listen(server)
  return { url: `http://127.0.0.1:${port}`, asked }
})

/** The browser opened the page, and it came to nothing. */
const assertNothingShown = Effect.fnUntraced(function* (url: string) {
  const { dom } = yield* show(url)
  assert.include(dom, "<html", url)
  assert.notInclude(dom, SECRET, url)
  assert.notInclude(dom, "the page ran", url)
  return dom
})

onEachArtifact("Chromium", (artifact) => {
  it.live.skipIf(!isOnPath("chromium"))(
    `shows no value: not for a typed address, after a redirect, in a frame, nor to a page's script${skipped(!isOnPath("chromium"), "without chromium")}`,
    () =>
      Effect.gen(function* () {
        const { port }: Environment = yield* start(artifact)
        for (const target of [readOf("secrets", "s"), readOf("appconfig", "shop/prod/page")]) {
          const url = `http://localhost:${port}${target}`
          const site = yield* evilSite(url)
          assert.include(yield* assertNothingShown(url), "a browser sent this")
          assert.include(yield* assertNothingShown(`${site.url}/302`), "a browser sent this")
          yield* assertNothingShown(`${site.url}/page`)
          assert.includeMembers(site.asked, ["/302", "/page"])
        }
      }),
    120_000,
  )
})
