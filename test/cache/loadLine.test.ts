/**
 * What the log says of a load: the original's words where all is well, and the truth in any case.
 */
import { assert, describe, it } from "@effect/vitest"
import { loadLine, prefetchLine } from "../../src/cache/loadLine.ts"
import { NotFound, SourceError } from "../../src/domain/SourceError.ts"
import { parameter } from "../support/entries.ts"

const failed = (...names: ReadonlyArray<string>) =>
  names.map((name) => ({
    entry: parameter(name),
    error: new SourceError({ reason: new NotFound({ detail: "none" }) }),
  }))

describe("the line about what AWS's AppConfig agent would have prefetched", () => {
  it("says how many there are, and names those that are missing", () => {
    const list = "AWS_APPCONFIG_EXTENSION_PREFETCH_LIST"
    assert.deepStrictEqual(prefetchLine({ listed: 2, failures: [] }), {
      line: `Prefetched 2 of 2 in ${list}`,
      isWarning: false,
    })
    assert.deepStrictEqual(prefetchLine({ listed: 2, failures: failed("A") }), {
      line: `Prefetched 1 of 2 in ${list}; not loaded: parameters "A"`,
      isWarning: true,
    })
  })
})

describe("the line that ends a load", () => {
  it("is the original's, to the letter, where everything was loaded", () => {
    assert.deepStrictEqual(loadLine({ listed: 6, failures: [] }), {
      line: "Cache successfully loaded",
      isWarning: false,
    })
  })

  it.each([
    [{ listed: 6, failures: undefined }, "6 names; values follow at their first read"],
    [{ listed: 1, failures: undefined }, "1 name; values follow at their first read"],
    [
      { listed: 6, failures: undefined, isSnapshot: true },
      "6 names; values follow at the first invoke after the snapshot",
    ],
    [{ listed: 0, failures: undefined }, "config.yaml lists nothing"],
    [{ listed: 0, failures: [] }, "config.yaml lists nothing"],
  ])(
    "begins with the original's words and says what is true where nothing was to be loaded: %j",
    (outcome, rest) => {
      assert.deepStrictEqual(loadLine(outcome), {
        line: `Cache successfully loaded: ${rest}`,
        isWarning: false,
      })
    },
  )

  it("is a warning that counts and names what failed", () => {
    assert.deepStrictEqual(loadLine({ listed: 6, failures: failed("A", "/b\n[x] FORGED", "C", "D") }), {
      line: 'Cache loaded 2 of 6; not loaded: parameters "A", parameters "/b\\n[x] FORGED", parameters "C", parameters "D"',
      isWarning: true,
    })
  })

  it("names ten of those that failed", () => {
    const { line } = loadLine({
      listed: 10_000,
      failures: failed(...Array.from({ length: 9_999 }, (_, index) => `${"n".repeat(500)}${index}`)),
    })
    assert.match(line, /^Cache loaded 1 of 10000; .*, and 9989 more$/)
    assert.isBelow(line.length, 1_200)
  })
})
