/**
 * Which requests get a value in the content coding in which it is stored: Accept-Encoding (RFC 9110, section 12.5.3).
 */
import { assert, describe, it } from "@effect/vitest"
import { accepts } from "../../src/http/coding.ts"

describe("Accept-Encoding", () => {
  it.each([
    ["gzip", "gzip", true],
    ["GZIP", "gzip", true],
    ["br, gzip", "gzip", true],
    ["br;q=1.0, gzip ; q=0.001", "gzip", true],
    ["*", "gzip", true],
    ["deflate, *;q=0.1", "br", true],
    ["gzip, br", "br, gzip", true],
    ["gzip", "br, gzip", false],
    [undefined, "gzip", false],
    ["", "gzip", false],
    ["br", "gzip", false],
    ["identity", "gzip", false],
    ["gzip;q=0", "gzip", false],
    ["gzip;q=0.000, *", "gzip", false],
    ["*;q=0", "gzip", false],
    ["gzipped", "gzip", false],
  ] as const)("%j and the coding %j: %s", (header, coding, expected) => {
    assert.strictEqual(accepts(header, coding), expected)
  })
})
