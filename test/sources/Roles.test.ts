/**
 * How a session of a role is named. `Sessions.test.ts` has how it is kept and renewed, `localAws.test.ts` the whole way
 * through STS.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { sessionNameOf } from "../../src/sources/Roles.ts"

describe("the name of a session", () => {
  it("is that of the function", () => {
    assert.strictEqual(sessionNameOf("my-function_1"), "my-function_1")
  })

  it.each([undefined, "", "f"])("is the extension's where the function's is no name for it: %s", (name) => {
    assert.strictEqual(sessionNameOf(name), "cache-extension")
  })

  it.prop("is always one that AWS takes", [Arbitrary.schema(Schema.String)], ([name]) => {
    assert.match(sessionNameOf(name), /^[\w+=,.@-]{2,64}$/)
  })
})
