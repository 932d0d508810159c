/**
 * What may be the base URL of a collector.
 */
import { assert, describe, it } from "@effect/vitest"
import { parseHttpUrl } from "../../../src/config/fields/grammar.ts"

describe("the base URL of a collector", () => {
  it.each([
    ["http://localhost:4318", "http://localhost:4318"],
    ["http://localhost:4318/", "http://localhost:4318"],
    ["HTTPS://Collector.example/otlp//", "https://collector.example/otlp"],
    ["http://[::1]:4318", "http://[::1]:4318"],
  ])("%s is read as %s", (text, base) => {
    assert.strictEqual(parseHttpUrl(text), base)
  })

  it.each([
    "localhost:4318",
    "//localhost",
    "ftp://localhost",
    "http://",
    "http://host/?key=1",
    "http://host/#part",
    "http://me@host",
    "http://me:word@host",
    "",
  ])("%j is none", (text) => {
    assert.isUndefined(parseHttpUrl(text))
  })
})
