/**
 * The page over HTTP, with an extension that answers, hangs or is not running; and in a browser if one is installed.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import http from "node:http"
import { promisify } from "node:util"
import { makeCalls } from "../../../local/aws/Calls.ts"
import type { EmulatorEvent } from "../../../local/lambda/events.ts"
import * as Journal from "../../../local/lambda/Journal.ts"
import { servePage } from "../../../local/page/Page.ts"
import { isOnPath } from "../../sam/onPath.ts"
import { ask, freePort, listen } from "../../support/extensionHttp.ts"
import { ENTRIES, METRICS } from "./snapshots.ts"
import { skipped } from "../../support/skipped.ts"

const READY = JSON.stringify({ ready: true, sources: [], entries: ENTRIES })

/** A fake extension that answers these paths and collects the tokens of the requests. */
const extension = (answers: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const tokens = new Set<unknown>()
    const port = yield* listen(
      http.createServer(({ headers, url = "" }, response) => {
        tokens.add(headers["x-aws-parameters-secrets-token"])
        response.statusCode = url in answers ? 200 : 404
        response.end(answers[url] ?? `{"title":"Not found"}`)
      }),
    )
    return { port, tokens }
  })

/** Serves the page for the extension at a port. */
const page = (extensionPort: number, port = 0) =>
  Effect.gen(function* () {
    const { calls, record } = makeCalls()
    const events = Journal.make<EmulatorEvent>()
    const origin = `http://127.0.0.1:${extensionPort}`
    const url = yield* servePage({ port, extension: { origin, token: "of the function" }, events, calls })
    const get = (target = "/", headers = {}, method = "GET") =>
      ask(Number(new URL(url).port), target, { headers, method })
    return { url, get, record, events }
  })

/** Repeats the request until the page contains the text. */
const until = <A extends { readonly text: string }, E>(get: () => Effect.Effect<A, E>, part: string) =>
  Effect.repeat(get(), { until: ({ text }) => text.includes(part) })

describe("the page", () => {
  it.live("shows what the extension and local AWS tell, and asks with the function's token", () =>
    Effect.gen(function* () {
      const { port, tokens } = yield* extension({ "/ready": READY, "/metrics": METRICS })
      const { events, get, record } = yield* page(port)
      record({ service: "ssm", operation: "GetParameters", region: "", names: [], at: 0, accessKeyId: "" })
      events.append({ type: "invoke", requestId: "1", deadlineMs: 0, at: 1, generation: 1 })
      const { headers, text } = yield* until(get, "/app/prod/db-url")
      assert.include(text, "1284")
      assert.include(text, "1 invocation")
      assert.include(text, "GetParameters")
      assert.deepStrictEqual([...tokens], ["of the function"])
      assert.strictEqual(headers["content-type"], "text/html; charset=utf-8")
      assert.match(String(headers["content-security-policy"]), /^default-src 'none'; style-src 'sha256-/)
    }),
  )

  it.live("says so while the extension cannot be reached, and while it hangs", () =>
    Effect.gen(function* () {
      const { get } = yield* page(yield* freePort)
      yield* until(get, "ECONNREFUSED")
      const hanging = yield* page(yield* listen(http.createServer(() => {})))
      assert.include((yield* hanging.get()).text, "it has not been asked yet")
    }),
  )

  it.live("does without entries where the extension has no /ready", () =>
    Effect.gen(function* () {
      const { port } = yield* extension({ "/metrics": METRICS })
      const { get } = yield* page(port)
      const { text } = yield* until(get, "1284")
      assert.include(text, "says nothing about its entries")
    }),
  )

  it.live("answers this machine alone, and nothing but GET /", () =>
    Effect.gen(function* () {
      const { get } = yield* page(yield* freePort)
      assert.strictEqual((yield* get("/", { host: "evil.example" })).status, 403)
      assert.strictEqual((yield* get("/", { host: "localhost:4001" })).status, 200)
      assert.strictEqual((yield* get("/other")).status, 404)
      assert.strictEqual((yield* get("/", {}, "POST")).status, 405)
    }),
  )

  it.live("takes another port where its own is taken", () =>
    Effect.gen(function* () {
      const taken = yield* listen(http.createServer())
      const { get, url } = yield* page(yield* freePort, taken)
      assert.notInclude(url, `:${taken}`)
      assert.strictEqual((yield* get()).status, 200)
    }),
  )

  it.live.skipIf(!isOnPath("chromium"))(
    `is shown by a browser as it is meant, style and all${skipped(!isOnPath("chromium"), "without chromium")}`,
    () =>
      Effect.gen(function* () {
        const { port } = yield* extension({ "/ready": READY, "/metrics": METRICS })
        const { get, url } = yield* page(port)
        yield* until(get, "/app/prod/db-url")
        const { text } = yield* get()
        const run = promisify(execFile)
        const options = [
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--enable-logging=stderr",
          "--dump-dom",
        ]
        const { stderr, stdout } = yield* Effect.promise(() => run("chromium", [...options, url]))
        assert.notInclude(stderr, "Content Security Policy")
        const rows = (dom: string) => dom.match(/<tr/g)?.length
        assert.strictEqual(rows(stdout), rows(text))
        assert.include(stdout, "ThrottlingException: Rate exceeded")
      }),
    60_000,
  )
})
