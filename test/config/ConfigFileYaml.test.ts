/**
 * How config.yaml is read as YAML: scalars as written, anchors, aliases and merge keys, and texts that are refused.
 * `ConfigFile.test.ts` has what the keys mean.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { entriesOf, faultsOf, namesOf, readConfig } from "../support/configs.ts"

const HOUR = 3_600_000

describe("an unquoted scalar", () => {
  it.each([
    "007",
    "1.50",
    "0x10",
    "0o17",
    "1_000",
    "1e3",
    ".5",
    "-0",
    "12345678901234567890123456789",
    ".inf",
    "true",
    "True",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "Null",
    "~",
    "2020-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "12:30:45",
    "=",
    "a b  c",
    "it's",
    "é",
  ])("keeps its text: %s", (text) => {
    const item = `{table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: ${text}}`
    assert.deepStrictEqual(namesOf(`dynamodb: [${item}]`), [`Tab-${text}`])
  })

  it.each([
    ["'it''s'", "it's"],
    ['"tab\\there"', "tab\there"],
    ["|-\n      one\n      two", "one\ntwo"],
    [">-\n      one\n      two", "one two"],
    ["!!str 007", "007"],
    ["'null'", "null"],
    ["' x '", " x "],
  ])("differs from a quoted or folded one, which is read as YAML says: %s", (written, text) => {
    const item = `  - table: Tab\n    hashkey: k\n    hashkeytype: S\n    hashkeyvalue: ${written}`
    assert.deepStrictEqual(namesOf(`dynamodb:\n${item}`), [`Tab-${text}`])
  })
})

/** `line:column: key` of each fault. */
const placesIn = (text: string) => faultsOf(text).map((fault) => /\d+:\d+: [^:]+/.exec(fault)?.[0])

describe("a fault of syntax", () => {
  it("is shown without those that it causes: braces without quotes, in a file that goes on", () => {
    const text = `http:
  - { url: https://example.com/q?a={b}, name: q }
secrets:
  - names: [db/main]
    ttl: 1m
`
    assert.deepStrictEqual(placesIn(text), ["2:36: syntax"])
  })

  it("hides no other that stands by itself", () => {
    const text = "parameters: [names: [A]\nsecrets: @a\ncache: { ttl: `5m` }\n"
    assert.includeMembers(
      placesIn(text).map((place) => place?.split(":", 1)[0]),
      ["2", "3"],
    )
  })
})

describe("anchors, aliases and merge keys", () => {
  it("share values between items", () => {
    const text = `
parameters:
  - &west
    region: us-west-2
    ttl: &short 10s
    names: &names [A, B]
  - <<: *west
    names: [C]
  - names: [D]
    ttl: *short
secrets:
  - names: *names
`
    assert.deepStrictEqual(
      entriesOf(text).map(({ key, address, policy }) => [key, address.region, policy.ttl]),
      [
        ["parameters:A", "us-west-2", 10_000],
        ["parameters:B", "us-west-2", 10_000],
        ["parameters:C", "us-west-2", 10_000],
        ["parameters:D", "eu-west-1", 10_000],
        ["secrets:A", "eu-west-1", HOUR],
        ["secrets:B", "eu-west-1", HOUR],
      ],
    )
  })

  it("may stand under a key of one's own that starts with x-", () => {
    const text = "x-common: &common {region: us-west-2, ttl: 5s}\nparameters: [{<<: *common, names: [A]}]"
    const [entry] = entriesOf(text)
    assert.strictEqual(entry?.address.region, "us-west-2")
    assert.strictEqual(entry?.policy.ttl, 5_000)
  })

  it("let a mapping's own keys win, then earlier sources, wherever the merge key stands", () => {
    const text = `
x-a: &a {region: us-east-1, ttl: 1s}
x-b: &b {region: us-east-2, ttl: 2s, negative_ttl: 3s}
parameters:
  - region: us-west-1
    <<: [*a, *b]
    names: [A]
`
    const [entry] = entriesOf(text)
    assert.strictEqual(entry?.address.region, "us-west-1")
    assert.strictEqual(entry?.policy.ttl, 1_000)
    assert.strictEqual(entry?.policy.negativeTtl, 3_000)
  })

  it("mean the latest anchor of a name", () => {
    const text = "x-1: &n one\nx-2: &n two\nparameters: [{names: [*n]}]"
    assert.deepStrictEqual(namesOf(text), ["two"])
  })

  it("name a merge key only where it is not quoted", () => {
    assert.match(faultsOf("parameters: [{'<<': {region: us-west-2}, names: [A]}]")[0] ?? "", /an unknown key/)
  })
})

describe("any text at all", () => {
  it.each([
    ["nothing but brackets", "[".repeat(100_000)],
    ["nothing but dashes", "- ".repeat(50_000)],
    ["nothing but braces", "{".repeat(100_000)],
    ["nested question marks", "? ".repeat(50_000)],
    ["an anchor that holds itself", "parameters: &a [*a]"],
    ["control characters", "\u0000\u0001\u0007"],
    ["__proto__", "__proto__: {names: [A]}"],
    ["constructor", "constructor: x"],
  ])("is refused in words, not with a crash: %s", (_, text) => {
    const result = readConfig(text)
    assert.isTrue(Result.isFailure(result))
  })
})
