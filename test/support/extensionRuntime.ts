/**
 * A function's runtime inside the test: polls the Runtime API, runs a handler, responds. It starts at once, where a real
 * runtime takes 200 ms, and a handler can use the test's variables.
 */
import { Effect, type Scope } from "effect"
import { raw } from "./lambda.ts"

export type Handler = (event: unknown) => Effect.Effect<unknown>

const PREFIX = "/2018-06-01/runtime"

/** Polls from now on, until the environment or the scope ends. `lanes`: how many invocations at a time. */
export const serveRuntime = (
  address: string,
  handler: Handler,
  lanes = 1,
): Effect.Effect<void, never, Scope.Scope> => {
  const turn = Effect.gen(function* () {
    const invocation = yield* raw(address, "GET", `${PREFIX}/invocation/next`)
    if (invocation.status !== 200) return yield* Effect.interrupt
    const requestId = String(invocation.headers["lambda-runtime-aws-request-id"])
    const result = yield* handler(JSON.parse(invocation.text))
    const body = JSON.stringify(result)
    yield* raw(address, "POST", `${PREFIX}/invocation/${requestId}/response`, { body })
  })
  return Effect.forEach(
    Array.from({ length: lanes }),
    () => Effect.forkScoped(Effect.exit(Effect.forever(turn))),
    { discard: true },
  )
}
