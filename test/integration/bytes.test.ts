/**
 * Requests whose bytes are not what a client writes: raw bytes above 0x7F, bytes that are no UTF-8, U+0000. The same on
 * both artifacts, but for what docs/http.md says of their servers ("Connections and malformed requests").
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { isOnNode, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { freePort } from "../support/extensionHttp.ts"
import { converse, requestText } from "../support/rawHttp.ts"

const CONFIG = `
dynamodb:
  - { table: Names, hashkey: id, hashkeytype: S, hashkeyvalue: "größe 😀" }
compatibility:
  parameters_and_secrets: on
`
const SEED = { tables: [{ name: "Names", hashKey: { name: "id" }, items: [{ id: "größe 😀" }] }] }

/** UTF-8 as the bytes that it is, one character each. */
const raw = (text: string): string => Buffer.from(text, "utf8").toString("latin1")

/** Bytes that are no UTF-8, the same percent-encoded, and what stands for them. */
const NO_UTF8 = ["\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80b"].flatMap(
  (bytes) => [bytes, bytes.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`)],
)
const REPLACED = ["%EF%BF%BD", "%ef%bf%bd", raw("\uFFFD")]

onEachArtifact("bytes", (artifact) => {
  it.live(
    "that are no UTF-8 are 400 in a query, in a key or a value, alone or among others, on both ports",
    () =>
      Effect.gen(function* () {
        const second = yield* freePort
        const { port } = yield* startEnvironment({
          artifact,
          config: CONFIG,
          variables: { PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(second) },
        })
        const token = "X-Aws-Parameters-Secrets-Token: local"
        const statusOf = Effect.fnUntraced(function* (at: number, target: string) {
          const conversation = yield* converse(at)
          const text = requestText(target, ["Host: localhost", token])
          yield* conversation.send(Buffer.from(text, "latin1"))
          const [answer] = yield* conversation.answers(1)
          return [target, answer?.status] as const
        })
        for (const bytes of [...NO_UTF8, ...REPLACED]) {
          const targets = [
            [port, `/parameters?name=${bytes}`],
            [port, `/dynamodb?name=Names-x&name=${bytes}`],
            [port, `/secrets?${bytes}=a`],
            [port, `/parameters?name=a&json=/${bytes}`],
            [port, `/parameters?path=/${bytes}/`],
            [second, `/systemsmanager/parameters/get?name=${bytes}`],
            [second, `/secretsmanager/get?secretId=a&versionStage=${bytes}`],
          ] as const
          for (const [at, target] of targets)
            assert.deepStrictEqual(yield* statusOf(at, target), [target, 400])
        }
      }),
  )

  it.live("that are UTF-8 are a name, percent-encoded; raw ones where the server lets them in", () =>
    Effect.gen(function* () {
      const { port } = yield* startEnvironment({ artifact, config: CONFIG, seed: SEED })
      const ask = Effect.fnUntraced(function* (target: string) {
        const conversation = yield* converse(port)
        yield* conversation.send(Buffer.from(requestText(target), "latin1"))
        const [answer] = yield* conversation.answers(1)
        return [answer?.status, answer?.body]
      })
      const answer = [200, raw('{"id":"größe 😀"}')]
      assert.deepStrictEqual(yield* ask(`/dynamodb?name=Names-${encodeURIComponent("größe 😀")}`), answer)
      const plain = yield* ask(`/dynamodb?name=Names-${raw("größe+😀")}`)
      assert.deepStrictEqual(plain, isOnNode(artifact) ? [400, ""] : answer)
      const [status] = yield* ask(`/dynam${raw("ö")}db?name=A`)
      assert.strictEqual(status, isOnNode(artifact) ? 400 : 404)
      const [dots] = yield* ask("/x/../health")
      assert.strictEqual(dots, isOnNode(artifact) ? 404 : 200)
    }),
  )

  it.live("in a header change nothing, and U+0000 in a name is a character like others", () =>
    Effect.gen(function* () {
      const { port } = yield* startEnvironment({ artifact, config: CONFIG, seed: SEED })
      const target = `/dynamodb?name=Names-${encodeURIComponent("größe 😀")}`
      for (const header of [
        "X-A: \xff",
        "Cache-Control: \xff",
        'If-None-Match: "\xff"',
        `User-Agent: ${raw("ö")}`,
      ]) {
        const conversation = yield* converse(port)
        yield* conversation.send(Buffer.from(requestText(target, ["Host: localhost", header]), "latin1"))
        assert.strictEqual((yield* conversation.answers(1))[0]?.status, 200, header)
      }
      const conversation = yield* converse(port)
      yield* conversation.send(requestText("/parameters?name=a%00b"))
      assert.strictEqual((yield* conversation.answers(1))[0]?.status, 404)
    }),
  )
})
