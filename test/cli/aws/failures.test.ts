/** What `publish` and `doctor` say of a call that failed. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { call } from "../../../cli/aws/failures.ts"
import { freePort } from "../../support/extensionHttp.ts"

it.live("says why a package could not be fetched, not only that it failed", () =>
  Effect.gen(function* () {
    const port = yield* freePort
    const failed = yield* Effect.flip(call(() => fetch(`http://127.0.0.1:${port}`)))
    assert.strictEqual(failed.name, "ECONNREFUSED")
    assert.strictEqual(failed.message, `ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:${port}`)
  }),
)
