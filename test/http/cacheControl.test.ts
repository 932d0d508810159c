import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { type Directives, parseCacheControl, NO_DIRECTIVES } from "../../src/http/cacheControl.ts"

const oneOf = <const Words extends ReadonlyArray<string>>(words: Words) =>
  Arbitrary.schema(Schema.Literals(words))

const seconds = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 })))

/** How one directive with a number may be written. */
const spelling = Arbitrary.all({
  before: oneOf(["", " ", "\t", "foo, ", "foo=bar,", 'foo="a, no-cache, max-age=1", ', ",,"]),
  quote: oneOf(["", '"']),
  upper: Arbitrary.schema(Schema.Boolean),
  after: oneOf(["", " ", ",", ", foo", ', x="\\""']),
})

describe("parseCacheControl", () => {
  it("reads each directive", () => {
    const expected: Directives = {
      noCache: true,
      noStore: true,
      onlyIfCached: true,
      maxAge: 1,
      maxStale: 2,
      minFresh: 3,
    }
    assert.deepStrictEqual(
      parseCacheControl("no-cache, no-store, only-if-cached, max-age=1, max-stale=2, min-fresh=3"),
      expected,
    )
  })

  it.prop(
    "reads a directive in every spelling that HTTP allows, and nothing else",
    { name: oneOf(["max-age", "max-stale", "min-fresh"]), seconds, spelling },
    ({ name, seconds, spelling: { after, before, quote, upper } }) => {
      const directive = upper ? name.toUpperCase() : name
      const read = parseCacheControl(`${before}${directive}=${quote}${seconds}${quote}${after}`)
      const key = { "max-age": "maxAge", "max-stale": "maxStale", "min-fresh": "minFresh" }[name]
      assert.deepStrictEqual(read, { ...NO_DIRECTIVES, [key]: seconds })
    },
  )

  it.prop(
    "reads any text without failing, and numbers that are none too small",
    [Schema.String],
    ([text]) => {
      const { maxAge = 0, maxStale = 0, minFresh = 0 } = parseCacheControl(text)
      for (const number of [maxAge, maxStale, minFresh]) assert.isAtLeast(number, 0)
    },
  )

  it.each<readonly [string | undefined, Partial<Directives>]>([
    [undefined, {}],
    ["", {}],
    ["no-cachet, x-no-cache, no", {}],
    ["No-Cache", { noCache: true }],
    ['no-cache="set-cookie"', { noCache: true }],
    ['x="no-cache"', {}],
    ["max-stale", { maxStale: Infinity }],
    ["max-stale=x", { maxStale: 0 }],
    ["max-stale=", { maxStale: 0 }],
    ["max-age", { maxAge: 0 }],
    ["max-age=-1", { maxAge: 0 }],
    ["max-age=1.5", { maxAge: 0 }],
    ["max-age = 5", { maxAge: 0 }],
    ['max-age="5', { maxAge: 0 }],
    ["max-age=5, max-age=9", { maxAge: 5 }],
    ["max-age=99999999999999999999", { maxAge: 2 ** 31 }],
    ["min-fresh", { minFresh: 2 ** 31 }],
    ["min-fresh=soon", { minFresh: 2 ** 31 }],
    ['"max-age=5", (), =, no-store', { noStore: true }],
  ])("reads %j", (text, expected) => {
    assert.deepStrictEqual(parseCacheControl(text), { ...NO_DIRECTIVES, ...expected })
  })

  it.each([
    ["quotes that nothing ends", `"\\"`],
    ["escapes", "\\\\"],
    ["quotes", '"'],
    ["names without an end", "a="],
    ["commas", ","],
    ["blanks", " "],
  ])("reads megabytes of %s in one pass: the square of them would never end", (_, text) => {
    const long = text.repeat(2_000_000 / text.length)
    assert.deepStrictEqual(parseCacheControl(`${long},max-age=1`).noCache, false)
    assert.deepStrictEqual(parseCacheControl(`no-cache,${long}`).noCache, true)
  })
})
