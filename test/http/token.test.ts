/**
 * Which token is known: those of the environment at once, that of a file once it has been read, and no other.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { Tokens } from "../../src/config/environment/tokens.ts"
import { tokenCheckOf } from "../../src/http/token.ts"
import { folderOf } from "../support/lambda.ts"

const HEADER = "x-aws-parameters-secrets-token"

/** A request that shows a token, or none. Hosts say undefined or null of a header that is not there. */
const showing = (token: string | undefined | null) => (name: string) => (name === HEADER ? token : "session")

const fixed = (...tokens: ReadonlyArray<string>): Tokens => ({
  fixed: tokens.map((token) => Redacted.make(token)),
  file: undefined,
})

describe("a token of the environment", () => {
  it.effect("is known, whichever of several it is, to the last character", () =>
    Effect.gen(function* () {
      const { isKnown } = yield* tokenCheckOf(fixed("session", "container"))
      for (const token of ["session", "container"]) assert.isTrue(isKnown(showing(token)), token)
      for (const token of ["", "sessio", "session ", "Session", "sessioncontainer", undefined, null])
        assert.isFalse(isKnown(showing(token)), String(token))
    }),
  )

  it.effect("is known to the check that comes after a look at the file, too", () =>
    Effect.gen(function* () {
      const { isKnownAfterReread } = yield* tokenCheckOf(fixed("session"))
      assert.isTrue(yield* isKnownAfterReread(showing("session")))
      assert.isFalse(yield* isKnownAfterReread(showing("other")))
    }),
  )

  it.effect("is checked by one check, which the shortcut and the routes share", () =>
    Effect.gen(function* () {
      const tokens = fixed("session")
      assert.strictEqual(yield* tokenCheckOf(tokens), yield* tokenCheckOf(tokens))
      assert.notStrictEqual(yield* tokenCheckOf(tokens), yield* tokenCheckOf(fixed("session")))
    }),
  )
})

describe("a token in a file", () => {
  /** A check of a file's token, and what it logs. */
  const setup = Effect.fnUntraced(function* (content: string) {
    const file = path.join(yield* folderOf({ token: content }), "token")
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      lines.push((Array.isArray(message) ? message : [message]).map(String).join(" "))
    })
    const check = yield* tokenCheckOf({ fixed: [Redacted.make("session")], file })
    const isKnown = (token: string) =>
      Effect.provide(check.isKnownAfterReread(showing(token)), Logger.layer([logger]))
    return { file, lines, check, isKnown }
  })

  it.effect("is known once the file was read, without the blanks around it, beside the environment's", () =>
    Effect.gen(function* () {
      const { check, isKnown, lines } = yield* setup(" first\n")
      assert.isFalse(check.isKnown(showing("first")))
      assert.isTrue(yield* isKnown("first"))
      assert.isTrue(check.isKnown(showing("first")))
      assert.isTrue(yield* isKnown("session"))
      assert.isFalse(yield* isKnown(" first"))
      assert.deepStrictEqual(lines, [])
    }),
  )

  it.effect("that has changed takes the old one's place, a second later at the most", () =>
    Effect.gen(function* () {
      const { file, isKnown } = yield* setup("first")
      assert.isTrue(yield* isKnown("first"))
      writeFileSync(file, "second")
      yield* TestClock.adjust(999)
      assert.deepStrictEqual([yield* isKnown("first"), yield* isKnown("second")], [true, false])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual([yield* isKnown("first"), yield* isKnown("second")], [false, true])
    }),
  )

  it.effect("that is empty is none: who shows nothing may not pass", () =>
    Effect.gen(function* () {
      const { file, isKnown } = yield* setup("\n")
      assert.isFalse(yield* isKnown(""))
      writeFileSync(file, "now")
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* isKnown("now"))
      writeFileSync(file, "")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([yield* isKnown("now"), yield* isKnown("")], [false, false])
    }),
  )

  it.effect("that is gone is said in the log with its path, and what was read before stays", () =>
    Effect.gen(function* () {
      const { file, isKnown, lines } = yield* setup("first")
      assert.isTrue(yield* isKnown("first"))
      rmSync(file)
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* isKnown("first"))
      assert.lengthOf(lines, 1)
      assert.include(lines[0], `the token in ${file} cannot be read`)
      assert.notInclude(lines[0], "first")
    }),
  )
})
