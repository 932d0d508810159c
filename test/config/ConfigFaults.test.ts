/**
 * What a broken config.yaml is answered with: every file of `support/brokenConfigs.ts` has its exact message, all
 * faults come at once, and nothing is repeated at length.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"
import { nearest } from "../../src/config/fields/decode.ts"
import { isDynamoDbNumber, keyValueFault } from "../../src/kinds/dynamodb/keyValues.ts"
import { BROKEN_CONFIGS } from "../support/brokenConfigs.ts"
import { faultsOf, readConfig } from "../support/configs.ts"

describe("a broken config.yaml", () => {
  it.each(BROKEN_CONFIGS)(
    "is refused with place, key, found and allowed: $name",
    ({ text, context, faults }) => {
      assert.deepStrictEqual(faultsOf(text, context), faults)
    },
  )

  it("is refused for all its faults at once, in the order of its lines", () => {
    const text = `
on_demand: perhaps
parameters:
  - region: us-west-2
    names: [A, '']
    ttl: 5
dynamodb:
  - table: Tab
    hashkey: k
    hashkeytype: N
    hashkeyvalue: one
    consistant_read: true
cache: {negative_ttl: -1s}
`
    assert.deepStrictEqual(
      faultsOf(text).map((line) => line.split(": found")[0]),
      [
        "config.yaml:2:12: on_demand",
        "config.yaml:5:16: parameters[0].names[1]",
        "config.yaml:6:10: parameters[0].ttl",
        "config.yaml:11:19: dynamodb[0].hashkeyvalue",
        "config.yaml:12:5: dynamodb[0].consistant_read",
        "config.yaml:13:23: cache.negative_ttl",
      ],
    )
  })

  it("points at the anchor where a shared value is wrong, and at each use of it by its key", () => {
    const text =
      "x-ttl: &ttl soon\nparameters:\n  - {names: [A], ttl: *ttl}\nsecrets:\n  - {names: [A], ttl: *ttl}\n"
    assert.deepStrictEqual(
      faultsOf(text).map((line) => line.split(": found")[0]),
      ["config.yaml:1:13: parameters[0].ttl", "config.yaml:1:13: secrets[0].ttl"],
    )
  })

  it("counts lines and columns past a byte order mark and Windows line ends", () => {
    assert.match(
      faultsOf("\uFEFFcache:\r\n  ttl: 5\r\n")[0] ?? "",
      /^config\.yaml:2:8: cache\.ttl: found "5";/,
    )
    assert.match(faultsOf("\uFEFFcolour: red")[0] ?? "", /^config\.yaml:1:1: colour:/)
  })

  it("with thousands of faults is answered with fifty and a count", () => {
    const lines = faultsOf(`parameters: [{names: [${"'', ".repeat(5_000)}]}]`)
    assert.strictEqual(lines.length, 51)
    assert.strictEqual(lines.at(-1), "... and 4950 more")
  })

  it("is never repeated at length", () => {
    const long = "x".repeat(200_000)
    for (const text of [
      `cache: {ttl: ${long}}`,
      `on_demand: ${long}`,
      `parameters: [{${long}: 1}]`,
      `parameters: [{names: [A], ttl: '${"\u{1F600}".repeat(50_000)}'}]`,
      `a: *${long}`,
      `a: !${long} b`,
      `a: b\n${long}`,
    ]) {
      assert.isBelow(faultsOf(text).join("\n").length, 1_000)
    }
  })

  it.each(["a\nb", "a: b", "", "a\tb"])("has one line per fault, whatever its keys are: %j", (key) => {
    assert.deepStrictEqual(
      faultsOf(`${JSON.stringify(key)}: x`).map((line) => line.split(": found")[0]),
      [`config.yaml:1:1: ${JSON.stringify(key)}`],
    )
  })

  it("leaves its faults as data for whoever wants more than the message", () => {
    const error = Result.getOrThrow(Result.flip(readConfig("cache: {ttl: 5}")))
    assert.instanceOf(error, ConfigInvalid)
    assert.strictEqual(error.file, "config.yaml")
    assert.deepStrictEqual(error.faults, [
      {
        line: 1,
        column: 14,
        key: "cache.ttl",
        found: '"5"',
        allowed: 'a duration such as 30s, 3m, 1h30m or 300ms (missing unit in duration "5")',
      },
    ])
  })

  it.effect.prop(
    "or any other text is a plan or a list of faults, never a crash",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        const lines = faultsOf(text)
        assert.isNotEmpty(lines)
        if (lines[0] !== "accepted")
          assert.match(lines[0] ?? "", /^config\.yaml:\d+:\d+: .+: found .+; allowed: .+$/)
      }),
    { arbitrary: { runs: 500 } },
  )
})

describe("the value of an item's key", () => {
  it.each([
    "0",
    "-0",
    "007",
    "42",
    "+42",
    "-1.50",
    ".5",
    "5.",
    "1e3",
    "1E+125",
    "9.9e125",
    "1e-130",
    "0e999",
    "12345678901234567890123456789012345678",
    "1234567890123456789012345678901234567800000",
    "0.00000000000000000000000000000000000000000012345678901234567890123456789012345678",
  ])("may be the number %s", (text) => {
    assert.isTrue(isDynamoDbNumber(text))
  })

  it.each([
    "",
    ".",
    "-",
    "+",
    "e5",
    "1e",
    "1e1.5",
    " 1",
    "1 ",
    "0x10",
    "1_000",
    "1,5",
    "Infinity",
    "NaN",
    "--1",
    "1e126",
    "1e-131",
    "10e125",
    "123456789012345678901234567890123456789",
    "1.00000000000000000000000000000000000001",
  ])("may not be the number %j", (text) => {
    assert.isFalse(isDynamoDbNumber(text))
  })

  it.each(["AQ==", "AQI=", "AQID", "+/+/"])("may be the bytes %s", (text) => {
    assert.isUndefined(keyValueFault("B", text, 2_048))
  })

  it.each(["A", "AQ", "AQI", "AQ=", "A===", "AQ-_", "AQ ==", "AQ==AQ=="])(
    "may not be the bytes %s",
    (text) => {
      assert.strictEqual(keyValueFault("B", text, 2_048), "base64 with its padding, as the type is B")
    },
  )

  it("is no longer than DynamoDB allows, in bytes", () => {
    assert.isUndefined(keyValueFault("S", "é".repeat(512), 1_024))
    assert.strictEqual(keyValueFault("S", "é".repeat(513), 1_024), "at most 1024 bytes")
    assert.isUndefined(keyValueFault("B", "AQID".repeat(341), 1_024))
    assert.strictEqual(keyValueFault("B", "AQID".repeat(342), 1_024), "at most 1024 bytes")
  })
})

describe("a misspelt key", () => {
  const KEYS = [
    "region",
    "names",
    "ttl",
    "stale_while_revalidate",
    "stale_if_error",
    "stale_if_denied",
    "negative_ttl",
  ]

  it.each([
    ["name", "names"],
    ["nmaes", "names"],
    ["Names", "names"],
    ["regoin", "region"],
    ["tll", "ttl"],
    ["staleIfError", "stale_if_error"],
    ["stale-while-revalidate", "stale_while_revalidate"],
    ["negativ_ttl", "negative_ttl"],
  ])("is answered with a guess: %s", (written, meant) => {
    assert.strictEqual(nearest(written, KEYS), meant)
  })

  it.each(["colour", "path", "x", "", "t".repeat(1_000)])(
    "that resembles none is answered with none: %s",
    (written) => {
      assert.isUndefined(nearest(written, KEYS))
    },
  )
})
