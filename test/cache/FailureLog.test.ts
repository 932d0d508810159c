/**
 * What the log says of entries that fail: when it begins and when it is over, and nothing between.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import * as FailureLog from "../../src/cache/FailureLog.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { AccessDenied } from "../../src/domain/SourceError.ts"
import { failure, notFound, parameter, SECOND, text, unavailable } from "../support/entries.ts"

/** FailureLog of which at most two that are not listed are remembered, and what they log. Only A and B are listed. */
const setup = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    lines.push(`${logLevel} ${String(message)}`)
  })
  const listed = new Set([parameter("A").key, parameter("B").key])
  const troubles = FailureLog.make((key) => listed.has(key), 2)
  const fail = (name: string, at: number, failure: Partial<FailureLog.Failure> = {}) =>
    troubles.failed(parameter(name), { error: unavailable, purpose: "read", held: undefined, ...failure }, at)
  const succeed = (name: string, at: number) => troubles.succeeded(parameter(name), at)
  const logged = (...steps: ReadonlyArray<Effect.Effect<void>>) =>
    Effect.all(steps).pipe(
      Effect.provide(Logger.layer([logger])),
      Effect.map(() => lines.splice(0)),
    )
  return { fail, succeed, logged, troubles }
}

const BEGAN = "Warn parameters:A began to fail: Unavailable: ServiceUnavailable"

describe("an entry that fails", () => {
  it.effect("is logged once, however often it fails, and once more when it has recovered", () =>
    Effect.gen(function* () {
      const { fail, logged, succeed } = setup()
      assert.deepStrictEqual(yield* logged(fail("A", 0), fail("A", SECOND), fail("A", 2 * SECOND)), [BEGAN])
      assert.deepStrictEqual(yield* logged(succeed("A", 12 * SECOND), succeed("A", 13 * SECOND)), [
        "Info parameters:A recovered after 3 failures in 12 s",
      ])
      assert.deepStrictEqual(yield* logged(fail("A", 20 * SECOND)), [BEGAN])
    }),
  )

  it.effect("at the load is logged in the words of the load", () =>
    Effect.gen(function* () {
      const { fail, logged } = setup()
      assert.deepStrictEqual(yield* logged(fail("A", 0, { purpose: "load" }), fail("A", 1)), [
        "Warn parameters:A could not be loaded and will be tried again at its first read: ServiceUnavailable",
      ])
    }),
  )

  it.effect("says how old the value is that there is nevertheless", () =>
    Effect.gen(function* () {
      const { fail, logged } = setup()
      const held = { value: text("canary"), fetchedAt: 0, refreshAt: 0 }
      assert.deepStrictEqual(yield* logged(fail("A", 90 * SECOND, { held, purpose: "refresh" })), [
        `${BEGAN}; there is a value of 90 s ago`,
      ])
    }),
  )

  it.effect("because it does not exist is logged if it is listed, and is an answer like others if not", () =>
    Effect.gen(function* () {
      const { fail, logged, succeed } = setup()
      assert.deepStrictEqual(yield* logged(fail("A", 0, { error: notFound })), [
        "Warn parameters:A began to fail: NotFound: ParameterNotFound",
      ])
      assert.deepStrictEqual(yield* logged(fail("X", 0, { error: notFound }), succeed("X", 1)), [])
    }),
  )

  it.effect("is not logged while there are more than can be remembered, so that the log stays bounded", () =>
    Effect.gen(function* () {
      const { fail, logged, succeed } = setup()
      const many = Array.from({ length: 100 }, (_, index) => fail(`X${index}`, 0))
      assert.strictEqual((yield* logged(...many, ...many)).length, 2)
      assert.strictEqual((yield* logged(succeed("X0", 1), fail("X50", 2))).length, 2)
    }),
  )

  it.effect(
    "that recovers tells for how long it failed: since the first failure, rounded, never less than 0",
    () =>
      Effect.gen(function* () {
        const { fail, logged, succeed } = setup()
        const recovered = (failures: string, seconds: number) => [
          BEGAN,
          `Info parameters:A recovered after ${failures} in ${seconds} s`,
        ]
        assert.deepStrictEqual(
          yield* logged(fail("A", 10_000), succeed("A", 11_600)),
          recovered("1 failure", 2),
        )
        assert.deepStrictEqual(
          yield* logged(fail("A", 10_000), fail("A", 10_100), succeed("A", 11_400)),
          recovered("2 failures", 1),
        )
        // The clock was set back.
        assert.deepStrictEqual(
          yield* logged(fail("A", 10_000), succeed("A", 5_000)),
          recovered("1 failure", 0),
        )
        // A thousand seconds, to the second.
        assert.deepStrictEqual(
          yield* logged(fail("A", 0), succeed("A", 1_000_000)),
          recovered("1 failure", 1_000),
        )
      }),
  )

  it.effect("tells the age of the value that is there by when it was asked for", () =>
    Effect.gen(function* () {
      const { fail, logged } = setup()
      const held = { value: text("canary"), fetchedAt: 30 * SECOND, refreshAt: 0 }
      assert.deepStrictEqual(yield* logged(fail("A", 90 * SECOND, { held })), [
        `${BEGAN}; there is a value of 60 s ago`,
      ])
    }),
  )

  it.effect("and then turns out not to exist, unlisted, is no trouble any more", () =>
    Effect.gen(function* () {
      const { fail, logged, succeed } = setup()
      const began = "Warn parameters:X began to fail: Unavailable: ServiceUnavailable"
      assert.deepStrictEqual(
        yield* logged(fail("X", 0), fail("X", 1, { error: notFound }), succeed("X", 2)),
        [began],
      )
      assert.deepStrictEqual(yield* logged(fail("X", 3)), [began])
    }),
  )

  describe("as one of many versions of a listed name", () => {
    const listedAs = parameter("A").key
    const version = (label: string): Entry => ({ ...parameter(`A:${label}`), listedAs })
    const denied = failure(new AccessDenied({ detail: "no" }))
    const failVersion = (troubles: FailureLog.FailureLog, label: string, at: number) =>
      troubles.failed(version(label), { error: denied, purpose: "read", held: undefined }, at)

    it.effect("is logged once for all of them, and once when one of them can be read again", () =>
      Effect.gen(function* () {
        const { logged, troubles } = setup()
        const many = Array.from({ length: 200 }, (_, index) => failVersion(troubles, `v${index}`, 0))
        assert.deepStrictEqual(yield* logged(...many), [
          "Warn parameters:A:v0 began to fail: AccessDenied: no",
        ])
        assert.deepStrictEqual(yield* logged(troubles.succeeded(version("other"), 3 * SECOND)), [
          "Info versions of parameters:A recovered after 200 failures in 3 s",
        ])
      }),
    )

    it.effect("says nothing of the name itself", () =>
      Effect.gen(function* () {
        const { logged, succeed, troubles } = setup()
        yield* logged(failVersion(troubles, "x", 0))
        assert.deepStrictEqual(yield* logged(succeed("A", 1)), [])
      }),
    )
  })

  it.effect("makes room in the log when nobody has asked for it for five minutes", () =>
    Effect.gen(function* () {
      const { fail, logged } = setup()
      yield* logged(fail("X0", 0), fail("X1", 0))
      assert.deepStrictEqual(yield* logged(fail("X2", 299 * SECOND)), [])
      assert.strictEqual((yield* logged(fail("X2", 300 * SECOND))).length, 1)
    }),
  )

  it.effect("is logged where config.yaml lists it, however much else fails", () =>
    Effect.gen(function* () {
      const { fail, logged } = setup()
      yield* logged(fail("X0", 0), fail("X1", 0))
      assert.deepStrictEqual(yield* logged(fail("A", 1)), [BEGAN])
    }),
  )
})
