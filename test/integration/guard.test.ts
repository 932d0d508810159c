/**
 * Whom the built extension refuses, with the shortcut and without: foreign names, proxies, web pages, and those
 * without the token where config.yaml requires one.
 */
import { assert, it, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { LOCAL_CREDENTIALS } from "../../local/aws/seed.ts"
import {
  makeEnvironment,
  type Environment,
  onEachArtifact,
  onEachPath,
  startEnvironment,
} from "../support/extension.ts"
import { type Answer } from "../support/extensionHttp.ts"
import { folderOf } from "../support/lambda.ts"

class Started extends Context.Service<Started, Environment>()("test/Started") {}

const READ = "/parameters?name=A"
const PARAMETERS = "parameters:\n  - names: [A]\n"
const TOKEN_REQUIRED = `${PARAMETERS}server:\n  token: required\n`
const SEED = { parameters: [{ name: "A", value: "value A" }] }

/** What local Lambda gives as AWS_SESSION_TOKEN. */
const SESSION_TOKEN = "local"

const detailOf = (answer: Answer): string => {
  assert.strictEqual(answer.headers["content-type"], "application/problem+json")
  const { detail, type } = JSON.parse(answer.text) as { readonly detail: string; readonly type: string }
  assert.strictEqual(type, "urn:lambda-cache-extension:problem:forbidden")
  return detail
}

const withToken = (token: string) => ({ headers: { "x-aws-parameters-secrets-token": token } })

onEachPath("the guard", (artifact, variables) => {
  const options = { artifact, config: PARAMETERS, seed: SEED, variables, preload: true }
  layer(Layer.effect(Started, startEnvironment(options)), { excludeTestServices: true })(
    "of the port",
    (it) => {
      it.effect.each(["localhost", "LOCALHOST:4000", "localhost.", "127.0.0.1:1", "[::1]:4000"])(
        "serves a request for %s",
        (host) =>
          Effect.gen(function* () {
            const { ask } = yield* Started
            assert.deepInclude(yield* ask(READ, { headers: { host } }), { status: 200, text: "value A" })
          }),
      )

      it.effect.each(["evil.example", "localhost.evil.example:4000", "192.0.2.1", "localhost@evil.example"])(
        "refuses a request for %j, whatever it asks, and says what is allowed",
        (host) =>
          Effect.gen(function* () {
            const { ask } = yield* Started
            for (const target of [READ, "/health", "/metrics", "/nowhere"]) {
              const answer = yield* ask(target, { headers: { host } })
              assert.strictEqual(answer.status, 403, target)
              assert.include(detailOf(answer), "allowed: localhost, 127.0.0.1 or [::1]")
            }
          }),
      )

      it.effect.each<Readonly<Record<string, string>>>([
        { "x-forwarded-for": "192.0.2.1" },
        { forwarded: "for=192.0.2.1" },
        { via: "1.1 proxy" },
        { origin: "https://evil.example" },
        { "sec-fetch-site": "cross-site" },
      ])("refuses what was passed on or comes from a web page: %j", (headers) =>
        Effect.gen(function* () {
          const { ask } = yield* Started
          const answer = yield* ask(READ, { headers })
          assert.strictEqual(answer.status, 403)
          assert.notInclude(answer.text, "value A")
        }),
      )
    },
  )
})

onEachPath("a token that is required", (artifact, variables) => {
  it.live("opens what is asked for with AWS_SESSION_TOKEN, and nothing without it but /health", () =>
    Effect.gen(function* () {
      const { ask } = yield* startEnvironment({
        artifact,
        config: TOKEN_REQUIRED,
        seed: SEED,
        variables,
        preload: true,
      })
      assert.deepInclude(yield* ask(READ, withToken(SESSION_TOKEN)), { status: 200, text: "value A" })
      assert.strictEqual((yield* ask("/health")).status, 200)
      for (const target of [READ, "/metrics", "/nowhere"]) {
        for (const options of [{}, withToken("wrong"), withToken("")]) {
          const answer = yield* ask(target, options)
          assert.strictEqual(answer.status, 403)
          assert.include(detailOf(answer), "X-Aws-Parameters-Secrets-Token")
          assert.notInclude(answer.text, SESSION_TOKEN)
        }
      }
    }),
  )
})

onEachArtifact("a token that is required", (artifact) => {
  it.live("may stand in a file that changes", () =>
    Effect.gen(function* () {
      const file = path.join(yield* folderOf({ token: "first" }), "token")
      const { ask } = yield* startEnvironment({
        artifact,
        config: TOKEN_REQUIRED,
        seed: SEED,
        preload: true,
        variables: { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file },
      })
      const statusWith = (token: string) => Effect.map(ask(READ, withToken(token)), ({ status }) => status)
      assert.strictEqual(yield* statusWith("first"), 200)
      writeFileSync(file, "second\n")
      // The file is read once a second at most.
      yield* Effect.repeat(statusWith("second"), { until: (status) => status === 200 })
      assert.strictEqual(yield* statusWith("first"), 403)
      assert.strictEqual(yield* statusWith(SESSION_TOKEN), 200)
    }),
  )

  it.live("is a fault at the start where the environment has none", () =>
    Effect.gen(function* () {
      const { configFile, lambda, lines } = yield* makeEnvironment({
        artifact,
        config: TOKEN_REQUIRED,
        lambda: { credentials: { ...LOCAL_CREDENTIALS, sessionToken: "" } },
      })
      yield* Effect.exit(lambda.init)
      assert.include(
        lines().join("\n"),
        `${configFile}:4:10: server.token: found required, and no token in the environment; allowed: off, or required where one of AWS_SESSION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is set`,
      )
    }),
  )
})
