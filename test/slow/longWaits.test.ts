/**
 * What only time can show: a poll that is held for six minutes (longer than the five after which HTTP clients give
 * up), and a freeze of ten. Not part of `npm test`: `npm run test:slow` takes eleven minutes.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { isEvent } from "../../local/lambda/events.ts"
import { ARTIFACTS, EXTENSION, startEnvironment } from "../support/extension.ts"

const CONFIG = "parameters:\n  - names: [greeting]\n    ttl: 1s\n"
const SEED = { parameters: [{ name: "greeting", value: "hello" }] }

const MINUTE = 60_000

/** The container's credentials endpoint: every answer is another key, valid for six minutes. */
const rotatingCredentials = Effect.map(
  Effect.acquireRelease(
    Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
      let count = 0
      const server = createServer((_, response) => {
        count += 1
        // @effect-diagnostics-next-line globalDate:off -- the process that is frozen lives by the real clock
        const Expiration = new Date(Date.now() + 6 * MINUTE).toISOString()
        response.end(
          JSON.stringify({
            AccessKeyId: `KEY${count}`,
            SecretAccessKey: "secret",
            Token: "token",
            Expiration,
          }),
        )
      })
      server.listen(0, "127.0.0.1", () =>
        resume(Effect.succeed({ port: (server.address() as AddressInfo).port, close: () => server.close() })),
      )
    }),
    ({ close }) => Effect.sync(close),
  ),
  ({ port }) => ({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "token",
  }),
)

for (const { unable, ...artifact } of ARTIFACTS) {
  describe.skipIf(unable !== undefined).concurrent(`in the long run [${artifact.name}]`, () => {
    it.live(
      "a poll of event/next that is held for six minutes is still the same poll, and works",
      () =>
        Effect.gen(function* () {
          const { lambda } = yield* startEnvironment({
            artifact,
            config: CONFIG,
            seed: SEED,
            handler: (_, environment) =>
              Effect.map(environment.read("parameters", "greeting"), ({ text }) => text),
          })
          yield* Effect.sleep(6 * MINUTE)
          const polls = lambda.events.all().filter(isEvent("next", ({ name }) => name === EXTENSION))
          assert.strictEqual(polls.length, 1)
          assert.strictEqual((yield* lambda.invoke()).payload, `"hello"`)
        }).pipe(Effect.orDie),
      7 * MINUTE,
    )

    it.live(
      "after a freeze of ten minutes a read gets the new value, with fresh credentials and on a live connection",
      () =>
        Effect.gen(function* () {
          const { aws, lambda, put, read } = yield* startEnvironment({
            artifact,
            config: CONFIG,
            seed: SEED,
            variables: yield* rotatingCredentials,
          })
          assert.strictEqual((yield* read("parameters", "greeting")).text, "hello")
          yield* lambda.pause(EXTENSION)
          yield* put("greeting", "changed")
          yield* aws.calls.clear
          yield* Effect.sleep(10 * MINUTE)
          yield* lambda.resume(EXTENSION)

          const { status, text } = yield* read("parameters", "greeting")
          assert.deepStrictEqual([status, text], [200, "changed"])
          const keys = (yield* aws.calls.all).map(({ accessKeyId }) => accessKeyId)
          assert.notInclude(keys, "KEY1")
        }).pipe(Effect.orDie),
      12 * MINUTE,
    )
  })
}
