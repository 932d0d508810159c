/**
 * What the records of the shared tier contain: every answer comes back as it was, and nothing else is taken for one.
 */
import { assert, describe, it } from "@effect/vitest"
import { Redacted, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { type Content, decode, decodePack, encode, encodePack } from "../../src/shared/records.ts"
import { bodyOf, notFound, text } from "../support/entries.ts"

const ASKED = 1_234.5

const value = (body: string | Uint8Array): Content => ({
  _tag: "Value",
  value: { ...text(""), body: Redacted.make(body), version: "7", details: { Type: "String" } },
  askedAt: ASKED,
})

const CONTENTS: ReadonlyArray<readonly [string, Content]> = [
  ["that AWS has none", { _tag: "Absent", error: notFound, askedAt: ASKED }],
  ["that it was forgotten", { _tag: "Forgotten", askedAt: ASKED }],
  ["that it is too large", { _tag: "TooLarge", askedAt: ASKED }],
  ["that it is elsewhere", { _tag: "Elsewhere", askedAt: ASKED }],
]

const RUBBISH = [
  "",
  "null",
  "[]",
  "7",
  '"text"',
  "{}",
  '{"askedAt":1234.5}',
  '{"askedAt":1234.5,"text":"v"}',
  '{"askedAt":1234.5,"text":7,"contentType":"text/plain"}',
  '{"askedAt":1234.5,"text":"v","contentType":"text/plain\\r\\nset-cookie: x"}',
  '{"askedAt":1234.5,"text":"v","contentType":""}',
  '{"askedAt":"1234.5","text":"v","contentType":"text/plain"}',
]

describe("a record", () => {
  it.prop("brings back any text", { body: Arbitrary.schema(Schema.String) }, ({ body }) => {
    const found = decode(encode(value(body)), ASKED)
    assert.isTrue(found?._tag === "Value" && bodyOf(found.value) === body)
  })

  it("brings back bytes, the version and the details", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const found = decode(encode(value(bytes)), ASKED)
    assert.isTrue(found?._tag === "Value")
    if (found?._tag !== "Value") return
    assert.deepStrictEqual(bodyOf(found.value), bytes)
    assert.deepInclude(found.value, { version: "7", details: { Type: "String" } })
  })

  it.each(CONTENTS)("says %s", (_, content) => {
    const found = decode(encode(content), ASKED)
    assert.strictEqual(found?._tag, content._tag)
    assert.strictEqual(found?.askedAt, ASKED)
  })

  it("is worth nothing under another time than its own, so nobody makes an old one look new", () => {
    assert.isUndefined(decode(encode(value("v")), ASKED + 1))
    assert.isUndefined(decodePack(encodePack(new Map(), ASKED), ASKED + 1))
  })

  it.each(RUBBISH)("is none if it reads %s", (written) => {
    assert.isUndefined(decode(Redacted.make(written), ASKED))
    assert.isUndefined(decodePack(Redacted.make(written), ASKED))
  })
})

describe("a pack", () => {
  it("brings back its members, says of long ones that they are elsewhere, and leaves out what nobody can read", () => {
    const members = new Map([
      ["short", { content: value("v"), expiresAt: 9 }],
      ["long", { content: value("x".repeat(30_001)), expiresAt: 9 }],
    ])
    const packed = Redacted.value(encodePack(members, ASKED))
    const broken = packed.replace(
      '"members":{',
      '"members":{"broken":{"askedAt":1},"timeless":{"askedAt":1,"forgotten":true},',
    )
    const found = decodePack(Redacted.make(broken), ASKED)
    assert.deepStrictEqual(
      Array.from(found ?? [], ([name, { content, expiresAt }]) => [name, content._tag, expiresAt]),
      [
        ["short", "Value", 9],
        ["long", "Elsewhere", 9],
      ],
    )
  })
})
