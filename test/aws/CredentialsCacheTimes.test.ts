/**
 * When credentials are renewed and until when they are used, by when they came and when they end.
 */
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { cacheEntry } from "../../src/aws/CredentialsCache.ts"
import { HOUR, MINUTE, SECOND } from "../support/entries.ts"

const credentialsUntil = (accessKeyId: string, end: number) => ({
  accessKeyId,
  secretAccessKey: "secret",
  sessionToken: "token",
  expiration: DateTime.toDateUtc(DateTime.makeUnsafe(end)),
})

describe("credentials", () => {
  it("that end the moment they come are tried for five seconds", () => {
    const { expiresAt, renewAt } = cacheEntry(credentialsUntil("key", HOUR), HOUR)
    assert.deepStrictEqual([renewAt, expiresAt], [HOUR + 5 * SECOND, HOUR + 5 * SECOND])
  })

  const length = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: -HOUR, maximum: 2 * HOUR })))

  it.prop("are renewed before they end, and never every moment", { length }, ({ length }) => {
    const now = 1_000 * HOUR
    const { expiresAt, renewAt } = cacheEntry(credentialsUntil("key", now + length), now)
    assert.isAtMost(renewAt, expiresAt)
    assert.isAtLeast(renewAt, Math.min(expiresAt, now + 5 * SECOND))
    if (length > 0) assert.strictEqual(expiresAt, now + length)
    if (length > 6 * MINUTE) assert.strictEqual(renewAt, expiresAt - 5 * MINUTE)
  })
})
