/**
 * What the log shows of a bug: the kind of error and the place, and never what the error says.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Redacted } from "effect"
import { inspect } from "node:util"
import { describeCause, describeDefect } from "../../src/observability/defects.ts"

const SECRET = "n0tF0rTheL0g"

/** Errors that show a secret wherever an error can. */
const SHOWING: ReadonlyArray<readonly [string, unknown]> = [
  ["message", new Error(SECRET)],
  ["message that looks like a place", new Error(`a\n    at ${SECRET} (b.cjs:1:1)`)],
  ["name", Object.assign(new Error("a"), { name: `"${SECRET}"` })],
  ["code", Object.assign(new Error("a"), { code: `it is ${SECRET}` })],
  ["property", Object.assign(new Error("a"), { value: SECRET })],
  ["cause", new Error("a", { cause: new Error(SECRET) })],
  ["list of errors", new AggregateError([new Error(SECRET)], "a")],
  ["text that is thrown", SECRET],
  ["object that is thrown", { value: SECRET }],
]

describe("a bug in the log", () => {
  it("says what kind of error it is, and where", () => {
    const error = Object.assign(new TypeError("no"), { code: "ERR_INVALID_URL" })
    assert.match(describeDefect(error), /^TypeError ERR_INVALID_URL at .*defects\.test\.ts:\d+:\d+/)
    assert.strictEqual(describeDefect(undefined), "a thrown undefined")
  })

  it.each(SHOWING)("does not show the %s", (_, defect) => {
    assert.notInclude(describeDefect(defect), SECRET)
    assert.notInclude(describeCause(Cause.die(defect)), SECRET)
    assert.notInclude(describeCause(Cause.fail(defect)), SECRET)
  })

  it("is one line", () => {
    assert.notInclude(describeDefect(new Error("a\nb")), "\n")
  })
})

describe("a redacted value", () => {
  it("is not shown by any way to print it", () => {
    const held = { value: { body: Redacted.make(SECRET) } }
    for (const printed of [
      inspect(held, { depth: null, showHidden: true, getters: true }),
      JSON.stringify(held),
      String(held.value.body),
      `${Object.entries(held.value.body)}`,
    ])
      assert.notInclude(printed, SECRET)
  })
})
