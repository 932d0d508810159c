/**
 * No value ever leaves the built extension but as the answer to its read: not in a log line, at no level and in no
 * failure, and not in the answer to another request. Every value is a canary: a text that occurs nowhere else.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type FaultEffect } from "../../src/local/aws/Faults.ts"
import { LOCAL_CREDENTIALS } from "../../src/local/aws/seed.ts"
import { type Environment, makeEnvironment, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { serveAnswer } from "../support/extensionAws.ts"

/** Long, and recognisable in each of its parts: an excerpt of an error message would show some of it. */
const canary = (name: string) => Array.from({ length: 40 }, (_, index) => `canary-${name}-${index}`).join(" ")
const CANARY = /canary/i

const CONFIG = `
parameters:
  - names: [plain, encrypted, /aws/reference/secretsmanager/referenced]
    ttl: 0s
secrets:
  - names: [text, binary]
    ttl: 0s
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one, ttl: 0s }
appconfig:
  - { application: shop, environment: prod, profile: flags, ttl: 0s }
`
const SEED = {
  parameters: [
    { name: "plain", value: canary("plain") },
    { name: "encrypted", value: canary("encrypted"), type: "SecureString" as const },
  ],
  secrets: [
    { name: "referenced", value: canary("referenced") },
    { name: "text", value: canary("text") },
    { name: "binary", binary: Buffer.from(canary("binary")).toString("base64") },
  ],
  tables: [{ name: "Things", hashKey: { name: "id" }, items: [{ id: "one", secret: canary("item") }] }],
  appconfig: [
    { application: "shop", environment: "prod", profile: "flags", content: canary("flags"), pollInterval: 0 },
  ],
}
const READS = [
  ["parameters", "plain"],
  ["parameters", "encrypted"],
  ["parameters", "/aws/reference/secretsmanager/referenced"],
  ["secrets", "text"],
  ["secrets", "binary"],
  ["dynamodb", "Things-one"],
  ["appconfig", "shop/prod/flags"],
] as const

const FAILURES: ReadonlyArray<FaultEffect> = [
  { kind: "error", status: 400, type: "AccessDeniedException" },
  { kind: "error", status: 500, type: "InternalServerError" },
  { kind: "resetMid" },
  { kind: "truncate" },
  { kind: "wrongJson" },
  { kind: "emptyBody" },
]

const VERBOSE = { CACHE_EXTENSION_LOG_LEVEL: "debug" }

const readAll = ({ read }: Environment) =>
  Effect.forEach(READS, ([kind, name]) => read(kind, name), { concurrency: "unbounded" })

/** What the extension printed, after it has left; there must be something to search. */
const wholeLog = Effect.fnUntraced(function* ({ lambda, lines }: Environment) {
  yield* lambda.shutdown()
  const log = lines().join("\n")
  assert.include(log, "Exiting")
  return log
})

onEachArtifact("a value", (artifact) => {
  it.live.each(["text", "json"])(
    "is in no log line (%s), through successes and failures of every kind",
    (format) =>
      Effect.gen(function* () {
        const environment = yield* startEnvironment({
          artifact,
          config: CONFIG,
          seed: SEED,
          preload: true,
          latency: 5,
          variables: { ...VERBOSE, CACHE_EXTENSION_LOG_FORMAT: format },
        })
        const answers = yield* readAll(environment)
        for (const { status, text } of answers) {
          assert.strictEqual(status, 200)
          assert.match(text, CANARY)
        }
        for (const effect of FAILURES) {
          const fault = yield* environment.aws.faults.inject({ effect })
          yield* readAll(environment)
          yield* environment.lambda.invoke()
          yield* fault.remove
        }
        yield* environment.ask("/parameters?name=plain", { method: "POST" })
        yield* environment.ask("/nowhere")
        assert.notMatch(yield* wholeLog(environment), CANARY)
      }),
  )

  it.live("is in no answer and no log line when it is part of a reply that cannot be read", () =>
    Effect.gen(function* () {
      for (const broken of [
        `{"Parameter":{"Name":"plain","Value":"${canary("whole")}"`,
        `{"Parameter":{"Name":"plain","Value":"a"${canary("quote")}"}}`,
        canary("bare"),
        `"${canary("line")}\n"`,
      ]) {
        const endpoint = yield* serveAnswer(broken)
        const environment = yield* makeEnvironment({
          artifact,
          config: "parameters:\n  - names: [plain]\n",
          endpointOf: () => endpoint,
          preload: true,
          variables: VERBOSE,
          lambda: { freeze: false },
        })
        yield* environment.lambda.init
        const answer = yield* environment.read("parameters", "plain")
        assert.strictEqual(answer.status, 502)
        assert.notMatch(answer.text, CANARY)
        assert.notMatch(yield* wholeLog(environment), CANARY)
      }
    }),
  )

  it.live("that is empty is a value: it is served and held, not a miss", () =>
    Effect.gen(function* () {
      const endpoint = yield* serveAnswer(
        '{"Parameter":{"Name":"plain","Type":"String","Value":"","Version":1}}',
      )
      const { read } = yield* startEnvironment({
        artifact,
        config: "parameters:\n  - names: [plain]\n",
        endpointOf: () => endpoint,
      })
      yield* read("parameters", "plain")
      const second = yield* read("parameters", "plain")
      assert.deepInclude(second, { status: 200, text: "" })
      assert.match(String(second.headers["cache-status"]), /^cache-extension; hit/)
    }),
  )

  it.live("of the extension's own credentials is in no log line either", () =>
    Effect.gen(function* () {
      const environment = yield* startEnvironment({
        artifact,
        config: CONFIG,
        variables: VERBOSE,
        lambda: {
          credentials: { ...LOCAL_CREDENTIALS, secretAccessKey: canary("key"), sessionToken: "canary" },
        },
      })
      yield* environment.aws.faults.inject({
        effect: {
          kind: "error",
          status: 403,
          type: "InvalidSignatureException",
          message: "not signed as expected",
        },
      })
      const answers = yield* readAll(environment)
      for (const { status, text } of answers) {
        assert.isAtLeast(status, 400)
        assert.notMatch(text, CANARY)
      }
      assert.notMatch(yield* wholeLog(environment), CANARY)
    }),
  )
})
