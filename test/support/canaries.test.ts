/**
 * Tests the detector of the secrecy tests: it must find canaries in every encoding, and nothing else.
 */
import { assert, describe, it } from "@effect/vitest"
import { gzipSync } from "node:zlib"
import { inspect } from "node:util"
import { findLeaks, makeCanary, makeNumberCanary } from "./canaries.ts"

const canary = makeCanary("a secret")
const other = makeCanary("another secret")
const number = makeNumberCanary("a number")
const ALL = [canary, other, number]

const { text } = canary
const bytes = Buffer.from(text)
const half = text.slice(0, text.length / 2)
const every = (wanted: string, encode: (byte: number) => string) =>
  Array.from(Buffer.from(wanted), encode).join("")

const FORMS: ReadonlyArray<readonly [form: string, text: string]> = [
  ["as it is", text],
  ["as an excerpt of 8 characters", text.slice(40, 48)],
  ["backwards", Array.from(text).toReversed().join("")],
  ["its first half", half],
  ["base64", bytes.toString("base64")],
  ["base64 behind one byte", Buffer.from(`:${text}`).toString("base64")],
  ["base64 behind two bytes", Buffer.from(`::${text}`).toString("base64")],
  ["base64 within a longer word", `x${bytes.toString("base64")}`],
  ["base64url", Buffer.from(`???>>>${text}`).toString("base64url")],
  ["hexadecimal", bytes.toString("hex")],
  ["hexadecimal in upper case", bytes.toString("hex").toUpperCase()],
  ["hexadecimal from the middle of a byte", bytes.toString("hex").slice(1)],
  ["bytes as Node prints them", inspect(bytes)],
  ["bytes as Node prints an array of them", inspect(new Uint8Array(bytes))],
  ["bytes as JSON", JSON.stringify(bytes)],
  ["percent-encoded", every(half, (byte) => `%${byte.toString(16)}`)],
  ["escaped for JSON", every(half, (byte) => String.raw`\u00${byte.toString(16)}`)],
  ["broken into lines", text.replaceAll(/.{5}/g, "$&\n  ")],
  ["in a JSON text in a JSON text", JSON.stringify(JSON.stringify({ value: text }))],
]

describe("a canary is found", () => {
  it.each(FORMS)("%s", (_, form) => {
    const outputs = [
      { where: "log", text: "nothing here" },
      { where: "answer", text: `[x] before "${form}", after` },
    ]
    assert.deepStrictEqual(findLeaks(ALL, outputs), ["a secret in answer"])
  })

  it("as a number", () => {
    assert.deepStrictEqual(findLeaks(ALL, [{ where: "log", text: `{"n":${number.text}}` }]), [
      "a number in log",
    ])
  })

  it("nowhere else: not in random bytes, times, digests or other canaries", () => {
    const noise = Array.from({ length: 500 }, () => makeCanary("noise").text)
    const compressed = gzipSync(noise.join("")).toString("base64")
    const times = Array.from({ length: 500 }, (_, index) => `${1_796_000_000_000 + index * 977}`)
    assert.deepStrictEqual(
      findLeaks(ALL, [{ where: "log", text: [...noise, compressed, ...times].join(" ") }]),
      [],
    )
  })
})
