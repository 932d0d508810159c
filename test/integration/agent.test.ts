/**
 * The built extension outside of Lambda: an agent beside a container or on a laptop, without anything of Lambda around.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import path from "node:path"
import { REGION } from "../support/aws.ts"
import { endBy, KEYS, launch, makeAgent, serving, TOKEN, TOKEN_HEADER } from "../support/agent.ts"
import { onEachArtifact } from "../support/extension.ts"
import { ask, freePort, listen } from "../support/extensionHttp.ts"
import { folderOf } from "../support/lambda.ts"

/** A busy machine may take seconds for what an idle one does at once. */
const PATIENT = "cache: { read_budget: 30s }\n"
const CONFIG = `parameters:\n  - names: [A]\n${PATIENT}`
const SEED = { parameters: [{ name: "A", value: "value" }] }

onEachArtifact("outside of Lambda the extension", (artifact) => {
  it.live("says how it runs, serves whoever has the token, and ends with 0 on SIGTERM", () =>
    Effect.gen(function* () {
      const agent = yield* makeAgent({ artifact, config: CONFIG, seed: SEED })
      const program = yield* agent.start()
      yield* serving(program)
      assert.include(
        program.output(),
        `Running outside of Lambda as an agent with ${path.join(agent.folder, "config.yaml")}`,
      )
      assert.include(program.output(), `Region: ${REGION}; credentials: AWS_ACCESS_KEY_ID; memory: `)
      assert.match(
        program.output(),
        /Listening on 127\.0\.0\.1 and ::1; requests must carry the token in CACHE_EXTENSION_TOKEN/,
      )
      const read = "/parameters?name=A"
      const without = yield* agent.ask(read, "")
      assert.strictEqual(without.status, 403)
      assert.include(
        without.text,
        "allowed: the token of CACHE_EXTENSION_TOKEN or CACHE_EXTENSION_TOKEN_FILE",
      )
      assert.strictEqual((yield* agent.ask(read, "another-token-than-that")).status, 403)
      assert.strictEqual((yield* agent.ask(read)).text, "value")
      const { code, output } = yield* endBy(program, "SIGTERM")
      assert.strictEqual(code, 0, output)
      assert.match(output, /Summary: 1 read \(0 hits, 1 miss.*\n.*Exiting\n$/)
      assert.notInclude(output, TOKEN)
      assert.notInclude(output, "register")
    }),
  )

  it.live("answers the read in flight when SIGINT comes, and then ends with 0", () =>
    Effect.gen(function* () {
      const agent = yield* makeAgent({ artifact, config: CONFIG, seed: SEED })
      yield* agent.aws.latency.set(500)
      const program = yield* agent.start("serve")
      yield* serving(program)
      const reading = yield* Effect.forkChild(agent.ask("/parameters?name=A"), { startImmediately: true })
      yield* agent.aws.calls.until(
        ({ operation }) => operation === "GetParameters" || operation === "GetParameter",
      )
      const ending = yield* Effect.forkChild(endBy(program, "SIGINT"), { startImmediately: true })
      const { status, text } = yield* Fiber.join(reading)
      assert.deepStrictEqual([status, text], [200, "value"])
      assert.strictEqual((yield* Fiber.join(ending)).code, 0)
    }),
  )

  it.live(
    "loads at the start if it is told to, and refreshes what is read by itself, without any request",
    () =>
      Effect.gen(function* () {
        const config = `parameters:\n  - { names: [A], ttl: 1s, stale_while_revalidate: 1h }\n${PATIENT}`
        const variables = { CACHE_EXTENSION_INIT_STARTUP: "true" }
        const agent = yield* makeAgent({ artifact, config, seed: SEED, variables })
        const program = yield* agent.start()
        yield* program.shows(/Cache successfully loaded/)
        assert.strictEqual((yield* agent.ask("/parameters?name=A")).text, "value")
        const calls = yield* agent.aws.calls.until(({ names }) => names.includes("A"), 2)
        assert.strictEqual(calls.length, 2)
        yield* endBy(program, "SIGKILL")
      }),
  )

  it.live("makes a token that only its user may read, and keeps it over SIGKILL and a restart", () =>
    Effect.gen(function* () {
      const variables = { CACHE_EXTENSION_TOKEN: "", CACHE_EXTENSION_TOKEN_FILE: "token" }
      const agent = yield* makeAgent({ artifact, config: CONFIG, seed: SEED, variables })
      const first = yield* agent.start()
      yield* serving(first)
      yield* first.shows(/the token in token, which is new/)
      const file = path.join(agent.folder, "token")
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      const token = readFileSync(file, "utf8").trim()
      assert.match(token, /^[0-9a-f]{64}$/)
      assert.strictEqual((yield* agent.ask("/parameters?name=A", token)).text, "value")
      yield* endBy(first, "SIGKILL")

      const second = yield* agent.start()
      yield* serving(second)
      assert.strictEqual((yield* agent.ask("/parameters?name=A", token)).text, "value")
      // Whoever replaces the file need not restart the agent.
      writeFileSync(file, "a-token-that-rotates-in")
      yield* Effect.repeat(agent.ask("/parameters?name=A", "a-token-that-rotates-in"), {
        until: ({ status }) => status === 200,
      })
      assert.notInclude(first.output() + second.output(), token)
    }),
  )

  it.live("shows probes without a token that it lives and is ready, and nothing else", () =>
    Effect.gen(function* () {
      const agent = yield* makeAgent({ artifact, config: CONFIG, seed: SEED })
      const program = yield* agent.start()
      yield* serving(program)
      const [health, ready, metrics] = yield* Effect.forEach(["/health", "/ready", "/metrics"], (target) =>
        agent.ask(target, ""),
      )
      assert.deepStrictEqual([health?.status, health?.text], [200, "ok"])
      assert.deepStrictEqual([ready?.status, ready?.text], [200, '{"ready":true}'])
      assert.strictEqual(metrics?.status, 403)
      assert.include((yield* agent.ask("/ready")).text, "parameters")

      for (const probe of ["health", "ready"]) {
        const { code, output } = yield* (yield* agent.start(probe)).ended
        assert.deepStrictEqual([code, output], [0, `http://127.0.0.1:${agent.port}/${probe} answered 200\n`])
      }
      yield* endBy(program, "SIGKILL")
      const { code, output } = yield* (yield* agent.start("health")).ended
      assert.strictEqual(code, 1)
      assert.match(output, /^http:\/\/127\.0\.0\.1:\d+\/health did not answer: /)
    }),
  )

  it.live("reports every fault of its configuration at once, and ends with 1", () =>
    Effect.gen(function* () {
      const variables = {
        CACHE_EXTENSION_TOKEN: "short",
        CACHE_EXTENSION_ADDRESS: "localhost",
        CACHE_EXTENSION_TTL: "5",
      }
      const agent = yield* makeAgent({ artifact, config: "colour: red\n", variables })
      const { code, output } = yield* (yield* agent.start()).ended
      assert.strictEqual(code, 1)
      const keys = output.split("\n").flatMap((line) => /(\w+): found/.exec(line)?.[1] ?? [])
      assert.deepStrictEqual(keys, [
        "CACHE_EXTENSION_TTL",
        "CACHE_EXTENSION_TOKEN",
        "CACHE_EXTENSION_ADDRESS",
        "colour",
      ])
      assert.notInclude(output, '"short"')
    }),
  )

  it.live("listens on another address only with a token, and answers there to any name", () =>
    Effect.gen(function* () {
      const variables = { CACHE_EXTENSION_ADDRESS: "0.0.0.0" }
      const off = yield* makeAgent({ artifact, config: "server: { token: off }\n", variables })
      const refused = yield* (yield* off.start()).ended
      assert.strictEqual(refused.code, 1)
      assert.include(
        refused.output,
        "server.token: found off, and 0.0.0.0 can be reached from elsewhere; allowed: required, or no CACHE_EXTENSION_ADDRESS",
      )

      const agent = yield* makeAgent({ artifact, config: CONFIG, seed: SEED, variables })
      yield* serving(yield* agent.start())
      const headers = { host: "cache.internal:4000", [TOKEN_HEADER]: TOKEN }
      const read = (more: Readonly<Record<string, string>>) =>
        Effect.orDie(ask(agent.port, "/parameters?name=A", { headers: { ...headers, ...more } }))
      assert.strictEqual((yield* read({})).text, "value")
      assert.strictEqual((yield* read({ [TOKEN_HEADER]: "" })).status, 403)
      assert.strictEqual((yield* read({ origin: "http://cache.internal:4000" })).status, 403)
      const { code } = yield* (yield* agent.start("health")).ended
      assert.strictEqual(code, 0)
    }),
  )

  it.live(
    "ends with 1 if its port is taken or its token cannot be kept, and with 2 for an unknown argument",
    () =>
      Effect.gen(function* () {
        const port = yield* listen(createServer(), yield* freePort)
        const cwd = yield* folderOf({ "config.yaml": "" })
        const environment = { ...KEYS, CACHE_EXTENSION_TOKEN: TOKEN, CACHE_EXTENSION_PORT: String(port) }
        const taken = yield* (yield* launch(artifact, environment, { cwd })).ended
        assert.strictEqual(taken.code, 1)
        assert.match(
          taken.output,
          new RegExp(`ERROR port ${port} cannot be opened .*CACHE_EXTENSION_PORT chooses`),
        )

        const nowhere = {
          ...environment,
          CACHE_EXTENSION_PORT: String(yield* freePort),
          CACHE_EXTENSION_TOKEN: "",
          CACHE_EXTENSION_TOKEN_FILE: "nowhere/token",
        }
        const unkept = yield* (yield* launch(artifact, nowhere, { cwd })).ended
        assert.strictEqual(unkept.code, 1)
        assert.include(
          unkept.output,
          "CACHE_EXTENSION_TOKEN_FILE: nowhere/token: found nothing, and no file can be written there (ENOENT)",
        )

        const unknown = yield* (yield* launch(artifact, environment, { cwd, args: ["helth"] })).ended
        assert.strictEqual(unknown.code, 2)
        assert.include(
          unknown.output,
          'found the argument "helth"; allowed: serve, health, ready, help, or none',
        )
      }),
  )
})
