/**
 * What the built extension bounds: how many requests wait, before and after it has read config.yaml; how long half a
 * request may hold a connection; what a body may cost. Beyond a bound it says so, and serves on.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import http from "node:http"
import path from "node:path"
import process from "node:process"
import { isEvent } from "../../local/lambda/events.ts"
import {
  type Artifact,
  type Environment,
  EXTENSION,
  onEachArtifact,
  STANDALONE,
  startEnvironment,
} from "../support/extension.ts"
import { freePort, listen, LOOPBACK } from "../support/extensionHttp.ts"
import { type Conversation, converse, requestText } from "../support/rawHttp.ts"
import { best } from "../support/best.ts"

const CONFIG = "cache:\n  read_budget: 40s\nparameters:\n  - names: [A, slow]\n"
const SEED = { parameters: ["A", "slow"].map((name) => ({ name, value: `value ${name}` })) }

/** The default of `server.max_concurrent_requests`, and the bound before config.yaml is read. */
const MOST = 1_000

const READ = requestText("/parameters?name=A")
const WAITING = requestText("/parameters?name=slow")
const HALF = READ.slice(0, READ.length / 2)

/** A body that nobody wants, in bytes, and the pieces in which it is sent. */
const BODY = 64_000_000
const PIECE = 1_000_000

/** Connections, open at the same time. */
const conversations = (
  port: number,
  count: number,
): Effect.Effect<ReadonlyArray<Conversation>, never, Scope.Scope> =>
  Effect.forEach(Array.from({ length: count }), () => converse(port), { concurrency: 100 })

/** Sends the same on each. */
const sendEach = (all: ReadonlyArray<Conversation>, bytes: string) =>
  Effect.forEach(all, ({ send }) => send(bytes), { discard: true })

const answerOf = ({ answers }: Conversation) => Effect.map(answers(1), ([answer]) => answer)

/** How many reads have joined the fetch of another, by the extension's own count. */
const joined = ({ ask }: Environment) =>
  Effect.map(ask("/metrics"), ({ text }) =>
    Number(/^cache_extension_coalesced_reads_total (\d+)/m.exec(text)?.[1] ?? 0),
  )

/** Files that an extension may open where the test does not say otherwise. */
const OPEN_FILES = 4_096

/** Starts an extension whose `register` is never answered, so that it never gets to its configuration. */
const startUnregistered = Effect.fnUntraced(function* ({ extensionsFolder }: Artifact, files = OPEN_FILES) {
  const api = yield* Effect.orDie(listen(http.createServer()))
  const port = yield* freePort
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn("sh", ["-c", `ulimit -n ${files} && exec "$0"`, path.join(extensionsFolder, EXTENSION)], {
        env: {
          PATH: `${path.dirname(process.execPath)}:${process.env["PATH"]}`,
          AWS_LAMBDA_RUNTIME_API: `${LOOPBACK}:${api}`,
          CACHE_EXTENSION_PORT: String(port),
        },
        stdio: "ignore",
      }),
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL")),
  )
  // Until the port is open.
  yield* Effect.eventually(Effect.scoped(Effect.sandbox(converse(port))))
  return port
})

/** The most memory that the extension has occupied so far, in MB. */
const peakMemory = ({ lambda }: Environment) =>
  Effect.map(lambda.processes, (all) => {
    const pid = all.find(({ name }) => name === EXTENSION)?.pid
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024
  })

onEachArtifact("within its bounds the extension", (artifact) => {
  const start = startEnvironment({ artifact, config: CONFIG, seed: SEED })

  it.live(
    "serves 1,000 requests that wait at once; the next is told 429, what is in memory is served meanwhile",
    () =>
      Effect.gen(function* () {
        const environment = yield* start
        const { ask, aws, port, read } = environment
        yield* read("parameters", "A")
        const hang = yield* aws.faults.inject({ match: ["slow"], effect: { kind: "hang" } })
        const all = yield* conversations(port, MOST)
        yield* sendEach(all, WAITING)
        // All but the first have joined its fetch.
        yield* Effect.repeat(joined(environment), { until: (count) => count >= MOST - 1 })

        const refused = yield* read("parameters", "slow")
        assert.strictEqual(refused.status, 429)
        assert.strictEqual(refused.headers["retry-after"], "1")
        assert.deepInclude(JSON.parse(refused.text), {
          type: "urn:lambda-cache-extension:problem:too-many-requests",
          detail: "1000 requests are waiting, as many as server.max_concurrent_requests allows",
        })
        assert.deepInclude(yield* read("parameters", "A"), { status: 200, text: "value A" })
        assert.strictEqual((yield* ask("/health")).status, 200)

        yield* hang.remove
        for (const conversation of all) {
          assert.deepInclude(yield* answerOf(conversation), { status: 200, body: "value slow" })
        }
        assert.strictEqual((yield* read("parameters", "slow")).status, 200)
      }),
  )

  it.live("holds 1,000 requests until it has started, and tells further ones 429", () =>
    Effect.gen(function* () {
      const port = yield* startUnregistered(artifact)
      const all = yield* conversations(port, MOST + 1)
      yield* sendEach(all, READ)
      // Which of them is the one too many depends on the order in which the connections are read.
      const refused = yield* Effect.raceAll(all.map(answerOf))
      assert.deepInclude(refused, { status: 429 })
      assert.deepInclude(refused?.headers, {
        "retry-after": "1",
        "content-type": "application/problem+json",
      })
      assert.include(refused?.body, "urn:lambda-cache-extension:problem:too-many-requests")
    }),
  )

  it.live("serves others while 200 connections have sent half a request, and leaves in time", () =>
    Effect.gen(function* () {
      const run = Effect.gen(function* () {
        const { lambda, port, read } = yield* start
        yield* read("parameters", "A")
        yield* sendEach(yield* conversations(port, 200), HALF)
        const answers = yield* Effect.forEach(Array.from({ length: 100 }), () => read("parameters", "A"))
        assert.isTrue(answers.every(({ status }) => status === 200))

        yield* lambda.shutdown()
        const sent = yield* lambda.events.waitFor(isEvent("shutdown-sent"))
        const exited = yield* lambda.events.waitFor(isEvent("exited", ({ name }) => name === EXTENSION))
        assert.deepInclude(exited, { code: 0, signal: null })
        return exited.at - sent.at
      })
      assert.isBelow(yield* best(run, 500), 500)
    }),
  )

  it.live(
    "lets go of half a request within seconds, also of one that drips in, but not of a connection that has served one",
    () =>
      Effect.gen(function* () {
        const { port } = yield* start
        const served = yield* converse(port)
        yield* served.send(READ)
        yield* served.answers(1)
        const unused = yield* converse(port)
        const halves = yield* conversations(port, 200)
        yield* sendEach(halves, HALF)
        const drip = yield* converse(port)
        const dripping = drip
          .send(requestText("/", ["X: y"]).slice(0, -2))
          .pipe(Effect.andThen(Effect.forever(Effect.delay(drip.send("x: y\r\n"), "200 millis"))))
        yield* Effect.forkScoped(dripping)
        // Bun closes without a word.
        const words = artifact.name === STANDALONE ? [] : [408]
        for (const { untilClosed } of [...halves, drip]) {
          assert.deepStrictEqual(
            (yield* untilClosed).map(({ status }) => status),
            words,
          )
        }
        yield* served.send(READ)
        assert.strictEqual((yield* served.answers(2)).length, 2)
        // One that was opened ahead stays open on Node alone.
        if (artifact.name === STANDALONE) return
        yield* unused.send(READ)
        assert.deepInclude(yield* answerOf(unused), { status: 200, body: "value A" })
      }),
  )

  it.live.skipIf(artifact.name === STANDALONE)(
    "closes connections beyond what leaves 128 files for AWS (Node's servers only)",
    () =>
      Effect.gen(function* () {
        const port = yield* startUnregistered(artifact, 200)
        const within = yield* conversations(port, 200 - 128)
        const beyond = yield* converse(port)
        assert.deepStrictEqual(yield* beyond.untilClosed, [])
        assert.isFalse(within.some(({ socket }) => socket.closed))
        // One that goes makes room for another.
        within[0]?.socket.destroy()
        yield* Effect.eventually(
          Effect.scoped(
            Effect.sandbox(
              Effect.flatMap(converse(port), ({ answers, send }) =>
                Effect.andThen(send("no HTTP\r\n\r\n"), answers(1)),
              ),
            ),
          ),
        )
      }),
  )

  it.live("keeps nothing of a body of 64 MB, whatever the method", () =>
    Effect.gen(function* () {
      const environment = yield* start
      const { port, read } = environment
      yield* read("parameters", "A")
      // Loads what a first refusal loads.
      yield* environment.ask("/parameters?name=A", { method: "POST" })
      const before = yield* peakMemory(environment)
      for (const method of ["GET", "POST", "DELETE"]) {
        const { send, untilClosed } = yield* converse(port)
        const headers = ["Host: localhost", "Connection: close", `Content-Length: ${BODY}`]
        yield* send(requestText("/parameters?name=A", headers, method))
        for (let sent = 0; sent < BODY; sent += PIECE) yield* send(Buffer.alloc(PIECE))
        // An answer, or (Bun, to what is no GET) none.
        yield* untilClosed
      }
      assert.deepInclude(yield* read("parameters", "A"), { status: 200, text: "value A" })
      assert.isBelow((yield* peakMemory(environment)) - before, BODY / 1e6)
    }),
  )
})
