import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { Served } from "../../src/cache/Served.ts"
import { cacheStatusOf, NOT_CACHED, summaryOf } from "../../src/http/cacheStatus.ts"
import { text } from "../support/entries.ts"

const Forward = Schema.Struct({
  reason: Schema.Literals(["miss", "stale", "request"]),
  isCollapsed: Schema.Boolean,
  isStored: Schema.Boolean,
})

const Made = Schema.Struct({
  age: Schema.Int,
  outcome: Schema.Literals(["hit", "miss", "stale", "stale-if-error", "stale-if-denied"]),
  forward: Schema.optionalKey(Forward),
})

const servedOf = (made: typeof Made.Type): Served => ({ value: text(""), ...made })

/** One member of a list of structured fields (RFC 8941): a token with parameters that are tokens, integers or strings. */
const MEMBER =
  /^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*(; [a-z*][a-z0-9_.*-]*(=(-?\d{1,15}|[A-Za-z*][\w!#$%&'*+.^`|~:/-]*|"[ !#-[\]-~]*"))?)*$/

describe("Cache-Status", () => {
  it.prop(
    "is a structured field, which says hit or fwd and never both",
    { all: Schema.Array(Made), ttl: Schema.Int, failures: Schema.Literals([0, 1, 7]) },
    ({ all, failures, ttl }) => {
      const served = all.map(servedOf)
      const single = served.map((one) => cacheStatusOf(one, ttl))
      for (const header of [...single, summaryOf(served, ttl, failures), NOT_CACHED]) {
        assert.match(header, MEMBER)
        assert.isFalse(/; hit/.test(header) && /; fwd=/.test(header))
        // RFC 9211: both only mean something where the request was forwarded.
        if (!header.includes("; fwd=")) assert.notMatch(header, /stored|collapsed/)
      }
    },
  )

  it.each<readonly [Partial<Served>, string]>([
    [{ outcome: "hit" }, "hit; ttl=9"],
    [{ outcome: "stale" }, "hit; ttl=9; detail=stale-while-revalidate"],
    [{ outcome: "stale-if-error" }, "hit; ttl=9; detail=stale-if-error"],
    [
      { outcome: "miss", forward: { reason: "miss", isCollapsed: false, isStored: true } },
      "fwd=miss; ttl=9; stored",
    ],
    [
      { outcome: "miss", forward: { reason: "request", isCollapsed: true, isStored: false } },
      "fwd=request; ttl=9; collapsed",
    ],
    [
      { outcome: "stale-if-error", forward: { reason: "stale", isCollapsed: false, isStored: false } },
      "fwd=stale; ttl=9; detail=stale-if-error",
    ],
  ])("of %j is %s", (served, expected) => {
    const header = cacheStatusOf({ value: text(""), age: 0, outcome: "hit", ...served }, 9)
    assert.strictEqual(header, `cache-extension; ${expected}`)
  })
})
