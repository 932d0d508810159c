/**
 * The credentials of assumed roles: when they are asked for, shared, replaced and refused. STS is simulated and time
 * is that of a TestClock; test/integration/roles.test.ts has the whole way.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, DateTime, Deferred, Effect, Fiber, Result } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import { AccessDenied, type SourceError } from "../../src/domain/SourceError.ts"
import { makeRoles, type Session, sessionNameOf } from "../../src/sources/Roles.ts"
import { failure, HOUR, MINUTE } from "../support/entries.ts"

const READER = "arn:aws:iam::123456789012:role/reader"
const WRITER = "arn:aws:iam::123456789012:role/writer"

/** Sessions of an hour, numbered, whose beginning the test may hold up or refuse. */
const setup = Effect.gen(function* () {
  const assumed: Array<string> = []
  let before: Effect.Effect<unknown, SourceError> = Effect.void
  const roles = yield* makeRoles((roleArn) =>
    Effect.gen(function* () {
      assumed.push(roleArn)
      const accessKeyId = `key ${assumed.length}`
      yield* before
      const now = yield* Clock.currentTimeMillis
      const session: Session = {
        accessKeyId,
        secretAccessKey: "secret",
        sessionToken: "token",
        expiration: DateTime.toDateUtc(DateTime.makeUnsafe(now + HOUR)),
      }
      return session
    }),
  )
  const keyOf = (roleArn: string) => Effect.map(roles.credentials(roleArn), ({ accessKeyId }) => accessKeyId)
  return {
    assumed,
    forget: roles.forget,
    keyOf,
    holdUp: (effect: typeof before) => {
      before = effect
    },
  }
})

describe("a role", () => {
  it.effect("is assumed once for all who need it at the same time", () =>
    Effect.gen(function* () {
      const { assumed, holdUp, keyOf } = yield* setup
      const answer = yield* Deferred.make<void>()
      holdUp(Deferred.await(answer))
      const readers = yield* Effect.forkChild(
        Effect.all([keyOf(READER), keyOf(READER), keyOf(READER)], { concurrency: "unbounded" }),
        { startImmediately: true },
      )
      yield* Deferred.succeed(answer, undefined)
      assert.deepStrictEqual(yield* Fiber.join(readers), ["key 1", "key 1", "key 1"])
      assert.deepStrictEqual(assumed, [READER])
    }),
  )

  it.effect(
    "keeps its credentials to their end while STS fails to replace them, and asks again every 5 s",
    () =>
      Effect.gen(function* () {
        const { assumed, holdUp, keyOf } = yield* setup
        yield* keyOf(READER)
        holdUp(Effect.fail(failure(new AccessDenied({ detail: "denied" }))))
        yield* TestClock.adjust(HOUR - 4 * MINUTE)
        assert.deepStrictEqual([yield* keyOf(READER), yield* keyOf(READER)], ["key 1", "key 1"])
        assert.strictEqual(assumed.length, 2)
        yield* TestClock.adjust("6 seconds")
        assert.strictEqual(yield* keyOf(READER), "key 1")
        assert.strictEqual(assumed.length, 3)

        yield* TestClock.adjust(4 * MINUTE)
        assert.strictEqual((yield* Effect.flip(keyOf(READER))).reason._tag, "AccessDenied")
        holdUp(Effect.void)
        assert.strictEqual(yield* keyOf(READER), "key 5")
      }),
  )

  it.effect("does not lend its credentials to another", () =>
    Effect.gen(function* () {
      const { keyOf } = yield* setup
      assert.deepStrictEqual([yield* keyOf(READER), yield* keyOf(WRITER)], ["key 1", "key 2"])
    }),
  )

  it.effect("is assumed anew five minutes before its credentials end, and not earlier", () =>
    Effect.gen(function* () {
      const { keyOf } = yield* setup
      yield* keyOf(READER)
      yield* TestClock.adjust(55 * MINUTE - 1)
      assert.strictEqual(yield* keyOf(READER), "key 1")
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* keyOf(READER), "key 2")
    }),
  )

  it.effect("never gives credentials that ended during a freeze", () =>
    Effect.gen(function* () {
      const { keyOf } = yield* setup
      yield* keyOf(READER)
      yield* TestClock.adjust("8 hours")
      assert.strictEqual(yield* keyOf(READER), "key 2")
    }),
  )

  it.effect("is asked for again after a refusal", () =>
    Effect.gen(function* () {
      const { holdUp, keyOf } = yield* setup
      holdUp(failure(new AccessDenied({ detail: "not authorized to perform: sts:AssumeRole" })))
      const refused = yield* Effect.result(keyOf(READER))
      assert.strictEqual(Result.isFailure(refused) ? refused.failure.reason._tag : "", "AccessDenied")
      holdUp(Effect.void)
      assert.strictEqual(yield* keyOf(READER), "key 2")
    }),
  )

  it.effect("is assumed anew when AWS did not take its credentials", () =>
    Effect.gen(function* () {
      const { forget, keyOf } = yield* setup
      yield* keyOf(READER)
      yield* forget(READER)
      assert.strictEqual(yield* keyOf(READER), "key 2")
    }),
  )

  it.effect("is assumed although the first who asked for it went away", () =>
    Effect.gen(function* () {
      const { holdUp, keyOf } = yield* setup
      const answer = yield* Deferred.make<void>()
      holdUp(Deferred.await(answer))
      const first = yield* Effect.forkChild(keyOf(READER), { startImmediately: true })
      const second = yield* Effect.forkChild(keyOf(READER), { startImmediately: true })
      yield* Fiber.interrupt(first)
      yield* Deferred.succeed(answer, undefined)
      assert.strictEqual(yield* Fiber.join(second), "key 1")
    }),
  )
})

describe("the name of a session", () => {
  it("is that of the function", () => {
    assert.strictEqual(sessionNameOf("my-function_1"), "my-function_1")
  })

  it.each([undefined, "", "f"])("is the extension's where the function's is no name for it: %s", (name) => {
    assert.strictEqual(sessionNameOf(name), "cache-extension")
  })

  it.prop("is always one that AWS takes", [Arbitrary.schema(Schema.String)], ([name]) => {
    assert.match(sessionNameOf(name), /^[\w+=,.@-]{2,64}$/)
  })
})
