import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import type { Served } from "../../src/cache/Served.ts"
import { Digest } from "../../src/host/Digest.ts"
import { makeDigest } from "../../src/host/nodeDigest.ts"
import type { DigestFunction } from "../../src/host/Platform.ts"
import {
  cacheStatus,
  combinedCacheStatus,
  isNotModified,
  makeEntityTags,
  NOT_CACHED,
} from "../../src/http/headers.ts"
import { text } from "../support/entries.ts"

const Body = Schema.Union([Schema.String, Schema.Uint8Array])
const Type = Schema.Literals(["text/plain; charset=utf-8", "application/json"])

const isSame = (left: string | Uint8Array, right: string | Uint8Array): boolean =>
  Buffer.from(left).equals(Buffer.from(right))

describe("an entity tag", () => {
  it.effect.prop(
    "is the same for the same type and body, and another for any other",
    { left: Body, leftType: Type, right: Body, rightType: Type },
    ({ left, leftType, right, rightType }) =>
      Effect.gen(function* () {
        const { ofBody, ofValue } = yield* makeEntityTags
        const tag = ofValue({ body: Redacted.make(left), contentType: leftType })
        assert.match(tag, /^"[\w-]{22}"$/)
        assert.strictEqual(tag, ofBody(leftType, left))
        assert.strictEqual(tag === ofBody(rightType, right), leftType === rightType && isSame(left, right))
      }),
  )

  it.effect("of another process says nothing: each has its own key", () =>
    Effect.gen(function* () {
      const tagIn = (process: DigestFunction) =>
        Effect.map(makeEntityTags, ({ ofBody }) => ofBody("text/plain", "secret words")).pipe(
          Effect.provideService(Digest, process),
        )
      assert.notStrictEqual(yield* tagIn(makeDigest()), yield* tagIn(makeDigest()))
    }),
  )

  it.effect("of a value is made once", () =>
    Effect.gen(function* () {
      let made = 0
      const { ofValue } = yield* Effect.provideService(
        makeEntityTags,
        Digest,
        () => `${"x".repeat(22)}${++made}`,
      )
      const value = { body: Redacted.make("v"), contentType: "text/plain" }
      assert.strictEqual(ofValue(value), ofValue(value))
      assert.strictEqual(made, 1)
    }),
  )
})

describe("If-None-Match", () => {
  it.each<readonly [string | undefined, boolean]>([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['"b","a,b" , W/"a"', true],
    ["*", true],
    [" * ", true],
    [undefined, false],
    ["", false],
    ["a", false],
    ['"b"', false],
    ['"A"', false],
    ['"a,b"', false],
    ['"*"', false],
  ])('%j, and the value has the tag "a": %s', (header, expected) => {
    assert.strictEqual(isNotModified(header, '"a"'), expected)
  })
})

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
      const single = served.map((one) => cacheStatus(one, ttl))
      for (const header of [...single, combinedCacheStatus(served, ttl, failures), NOT_CACHED]) {
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
    const header = cacheStatus({ value: text(""), age: 0, outcome: "hit", ...served }, 9)
    assert.strictEqual(header, `cache-extension; ${expected}`)
  })
})
