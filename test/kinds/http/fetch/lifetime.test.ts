/**
 * For how long a response may be served by its own headers: RFC 9111, section 4.2, and RFC 5861.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Lifetime } from "../../../../src/domain/Entry.ts"
import { policyFor } from "../../../../src/domain/Freshness.ts"
import { lifetimeOf } from "../../../../src/kinds/http/fetch/lifetime.ts"
import { POLICY } from "../../../support/entries.ts"

const NOW = Date.parse("2026-11-30T12:00:00Z")
const DATE = "Mon, 30 Nov 2026 12:00:00 GMT"
const LATER = "Mon, 30 Nov 2026 12:01:30 GMT"
const NONE = { ttl: 0, staleWhileRevalidate: 0, staleIfError: 0 }

describe("the lifetime of a response", () => {
  it.each<readonly [Record<string, string>, Lifetime | undefined]>([
    [{}, undefined],
    [{ "cache-control": "public, immutable" }, undefined],
    [{ "cache-control": "max-age=60" }, { ttl: 60_000 }],
    [{ "cache-control": 'Max-Age="60", max-age=5' }, { ttl: 60_000 }],
    [{ "cache-control": "s-maxage=1, max-age=60" }, { ttl: 60_000 }],
    [{ "cache-control": "max-age=60", age: "45" }, { ttl: 15_000 }],
    [{ "cache-control": "max-age=60", age: "100" }, { ttl: 0 }],
    [{ "cache-control": "max-age=soon" }, { ttl: 0 }],
    [{ "cache-control": "no-cache, max-age=60, stale-while-revalidate=30" }, NONE],
    [{ "cache-control": "no-store" }, NONE],
    [{ "cache-control": "max-age=60, must-revalidate" }, { ...NONE, ttl: 60_000 }],
    [
      { "cache-control": "max-age=60, stale-while-revalidate=30, stale-if-error=600" },
      { ttl: 60_000, staleWhileRevalidate: 30_000, staleIfError: 600_000 },
    ],
    [{ date: DATE, expires: LATER }, { ttl: 90_000 }],
    [{ expires: LATER }, { ttl: 90_000 }],
    [{ date: DATE, expires: "0" }, { ttl: 0 }],
    [{ date: DATE, expires: LATER, "cache-control": "max-age=1" }, { ttl: 1_000 }],
  ])("with %j is %j", (headers, lifetime) => assert.deepStrictEqual(lifetimeOf(headers, NOW), lifetime))

  it("shortens the policy of the entry, and never prolongs it", () => {
    const long = { ttl: POLICY.ttl * 2, staleWhileRevalidate: 1e12, staleIfError: 1e12 }
    assert.deepStrictEqual(policyFor({ lifetime: long }, POLICY), POLICY)
    assert.deepStrictEqual(policyFor({ lifetime: NONE }, POLICY), { ...POLICY, ...NONE })
    assert.strictEqual(policyFor({}, POLICY), POLICY)
  })
})
