/**
 * The Invoke API of `dev`, as clients of Lambda see it.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { serveInvocations } from "../../../cli/dev/endpoint.ts"

const result = {
  requestId: "id",
  payload: '"done"',
  functionError: undefined,
  durations: { response: 1, total: 1, billed: 1, init: undefined },
}

it.live.each([
  { type: "RequestResponse", limit: 6_291_456, status: 200 },
  { type: "Event", limit: 1_048_576, status: 202 },
])("refuses a payload of $type above Lambda's limit of $limit bytes", ({ limit, status, type }) =>
  Effect.gen(function* () {
    const port = yield* serveInvocations({ port: 0, invoke: () => Effect.succeed({ result, log: [] }) })
    const invoke = (bytes: number) =>
      Effect.promise(() =>
        fetch(`http://127.0.0.1:${port}/2015-03-31/functions/function/invocations?Qualifier=live`, {
          method: "POST",
          headers: { "x-amz-invocation-type": type },
          body: JSON.stringify("x".repeat(bytes - 2)),
        }),
      )
    assert.strictEqual((yield* invoke(limit)).status, status)
    const refused = yield* invoke(limit + 1)
    assert.strictEqual(refused.status, 413)
    assert.strictEqual(refused.headers.get("x-amzn-errortype"), "RequestEntityTooLargeException")
    const { Message } = (yield* Effect.promise(() => refused.json())) as { readonly Message: string }
    assert.strictEqual(
      Message,
      `${limit + 1} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`,
    )
  }).pipe(Effect.scoped),
)
