import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { Digest } from "../../src/host/Digest.ts"
import { makeDigest } from "../../src/host/nodeDigest.ts"
import type { DigestFunction } from "../../src/host/Platform.ts"
import { isMatched, makeTagger } from "../../src/http/etag.ts"

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
        const { ofBody, ofValue } = yield* makeTagger
        const tag = ofValue({ body: Redacted.make(left), contentType: leftType })
        assert.match(tag, /^"[\w-]{22}"$/)
        assert.strictEqual(tag, ofBody(leftType, left))
        assert.strictEqual(tag === ofBody(rightType, right), leftType === rightType && isSame(left, right))
      }),
  )

  it.effect("of another process says nothing: each has its own key", () =>
    Effect.gen(function* () {
      const tagIn = (process: DigestFunction) =>
        Effect.map(makeTagger, ({ ofBody }) => ofBody("text/plain", "secret words")).pipe(
          Effect.provideService(Digest, process),
        )
      assert.notStrictEqual(yield* tagIn(makeDigest()), yield* tagIn(makeDigest()))
    }),
  )

  it.effect("of a value is made once", () =>
    Effect.gen(function* () {
      let made = 0
      const { ofValue } = yield* Effect.provideService(makeTagger, Digest, () => `${"x".repeat(22)}${++made}`)
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
    assert.strictEqual(isMatched(header, '"a"'), expected)
  })
})
