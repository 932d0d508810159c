/**
 * The shared tier in a real Valkey or Redis with the built extension: Node's client in one layer, Bun's own in the other. A
 * password from a secret, values encrypted by KMS. Skipped where neither server is on PATH.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schedule } from "effect"
import { connectRedis } from "../../src/host/nodeRedis.ts"
import { certificateFor } from "../support/certificates.ts"
import { onEachArtifact, startEnvironment } from "../support/extension.ts"
import { freePort } from "../support/extensionHttp.ts"
import { REDIS_COMMAND, startRedis } from "../support/RedisServer.ts"

const PASSWORD = "p@ss/w:rd"
const RECORDS = "{shop}/1/secrets/*"

const certificate = certificateFor()

const configFor = (port: number, scheme = "redis"): string => `shared:
  store: ${scheme}://127.0.0.1:${port}
  namespace: shop
  timeout: 5s
  password: { secret: redis, json: /password }
  encryption: { kms_key: alias/shop }
secrets:
  - names: [db]
`

describe.skipIf(REDIS_COMMAND === undefined)(
  `Valkey or Redis${REDIS_COMMAND === undefined ? " (skipped: neither valkey-server nor redis-server is on PATH)" : ""}`,
  () => {
    onEachArtifact("as shared tier", (artifact) => {
      it.live("gives one environment what another has read, also after the server was restarted empty", () =>
        Effect.gen(function* () {
          const options = ["--requirepass", PASSWORD]
          const server = yield* startRedis(options)
          /** An environment with an AWS of its own, so that a value says where it comes from. */
          const environment = (value: string) =>
            startEnvironment({
              artifact,
              config: configFor(server.port),
              seed: {
                secrets: [
                  { name: "redis", value: JSON.stringify({ password: PASSWORD }) },
                  { name: "db", value },
                ],
              },
            })
          const first = yield* environment("of the first")
          assert.strictEqual((yield* first.read("secrets", "db")).text, "of the first")
          const redis = yield* connectRedis({
            host: "127.0.0.1",
            port: server.port,
            isTls: false,
            password: Redacted.make(PASSWORD),
            connectTimeout: 5_000,
          })
          const records = redis.send<ReadonlyArray<string>>("KEYS", RECORDS)
          // A write is given up if the key does not come in time, as on a busy machine; then the next answer is written.
          const again = first.read("secrets", "db", { headers: { "cache-control": "no-cache" } })
          const [key = ""] = yield* Effect.repeat(records, {
            until: (keys) => keys.length > 0,
            while: () => Effect.as(again, true),
            schedule: Schedule.spaced("100 millis"),
          })
          assert.notInclude(yield* redis.send<string>("GET", key), "of the first")

          const second = yield* environment("of the second")
          assert.strictEqual((yield* second.read("secrets", "db")).text, "of the first")

          yield* server.kill
          yield* startRedis(options, server.port)
          const third = yield* environment("of the third")
          assert.strictEqual((yield* third.read("secrets", "db")).text, "of the third")
          const said = [first, second, third].flatMap(({ lines }) => lines()).join("\n")
          assert.notInclude(said, PASSWORD)
        }),
      )

      it.live.skipIf(certificate === undefined)(
        "is reached by TLS with the authority in a file, and left alone without it",
        () =>
          Effect.gen(function* () {
            const { authority = "", certificate: file = "", key = "" } = certificate ?? {}
            const port = yield* freePort
            const options = `--port 0 --tls-port ${port} --tls-auth-clients no --requirepass ${PASSWORD} --tls-cert-file ${file} --tls-key-file ${key} --tls-ca-cert-file ${authority}`
            yield* startRedis(options.split(" "))
            const environment = (value: string, variables: Readonly<Record<string, string>>) =>
              startEnvironment({
                artifact,
                config: configFor(port, "rediss"),
                variables,
                seed: {
                  secrets: [
                    { name: "redis", value: JSON.stringify({ password: PASSWORD }) },
                    { name: "db", value },
                  ],
                },
              })
            const trusting = { CACHE_EXTENSION_EXTRA_CA_CERTS: authority }
            const first = yield* environment("of the first", trusting)
            assert.strictEqual((yield* first.read("secrets", "db")).text, "of the first")
            const written = Effect.map(first.ask("/metrics"), ({ text }) =>
              /shared_total\{event="write"\} ([1-9])/.test(text),
            )
            // As above: a write that is late is given up.
            yield* Effect.repeat(written, {
              until: (isWritten) => isWritten,
              while: () =>
                Effect.as(first.read("secrets", "db", { headers: { "cache-control": "no-cache" } }), true),
              schedule: Schedule.spaced("100 millis"),
            })
            const second = yield* environment("of the second", trusting)
            assert.strictEqual((yield* second.read("secrets", "db")).text, "of the first")
            const third = yield* environment("of the third", {})
            assert.strictEqual((yield* third.read("secrets", "db")).text, "of the third")
            const { shared } = JSON.parse((yield* third.ask("/ready")).text)
            assert.strictEqual(shared.state, "failing", JSON.stringify(shared))
          }),
      )
    })
  },
)
