/**
 * Credentials that end: when they are asked for, shared, renewed, refused and replaced. What gives them is simulated and
 * time is that of a TestClock; `localAws.test.ts` and `refusedCredentials.test.ts` have the whole way.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, DateTime, Deferred, Duration, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { AccessDenied, type SourceError } from "../../src/domain/SourceError.ts"
import type { Credentials } from "../../src/aws/functionCredentials.ts"
import { ATTEMPT_TIMEOUT, withRetries } from "../../src/sources/retry.ts"
import { makeCredentialsCache } from "../../src/aws/CredentialsCache.ts"
import { failure, HOUR, MINUTE, SECOND } from "../support/entries.ts"

const READER = "arn:aws:iam::123456789012:role/reader"
const WRITER = "arn:aws:iam::123456789012:role/writer"

const credentialsUntil = (accessKeyId: string, end: number | undefined): Credentials => ({
  accessKeyId,
  secretAccessKey: "secret",
  sessionToken: "token",
  ...(end === undefined ? {} : { expiration: DateTime.toDateUtc(DateTime.makeUnsafe(end)) }),
})

/** Credentials of an hour, or of another length, numbered, whose coming the test may hold up or refuse. */
const setup = Effect.gen(function* () {
  const asked: Array<string> = []
  let before: Effect.Effect<unknown, SourceError> = Effect.void
  let length: number | undefined = HOUR
  const sessions = yield* makeCredentialsCache((key) =>
    Effect.gen(function* () {
      asked.push(key)
      const accessKeyId = `key ${asked.length}`
      yield* before
      const now = yield* Clock.currentTimeMillis
      return credentialsUntil(accessKeyId, length === undefined ? undefined : now + length)
    }),
  )
  return {
    asked,
    refused: sessions.invalidate,
    sessionOf: sessions.get,
    keyOf: (key: string) => Effect.map(sessions.get(key), ({ accessKeyId }) => accessKeyId),
    holdUp: (effect: typeof before) => {
      before = effect
    },
    lasting: (ms: number | undefined) => {
      length = ms
    },
  }
})

describe("credentials that end", () => {
  it.effect("is assumed once for all who need it at the same time", () =>
    Effect.gen(function* () {
      const { asked, holdUp, keyOf } = yield* setup
      const answer = yield* Deferred.make<void>()
      holdUp(Deferred.await(answer))
      const readers = yield* Effect.forkChild(
        Effect.all([keyOf(READER), keyOf(READER), keyOf(READER)], { concurrency: "unbounded" }),
        { startImmediately: true },
      )
      yield* Deferred.succeed(answer, undefined)
      assert.deepStrictEqual(yield* Fiber.join(readers), ["key 1", "key 1", "key 1"])
      assert.deepStrictEqual(asked, [READER])
    }),
  )

  it.effect(
    "keeps its credentials to their very end while renewing them fails, which is tried every 5 s",
    () =>
      Effect.gen(function* () {
        const { asked, holdUp, keyOf } = yield* setup
        yield* keyOf(READER)
        holdUp(Effect.fail(failure(new AccessDenied({ detail: "denied" }))))
        yield* TestClock.adjust(HOUR - 4 * MINUTE)
        assert.deepStrictEqual([yield* keyOf(READER), yield* keyOf(READER)], ["key 1", "key 1"])
        yield* TestClock.adjust(5 * SECOND - 1)
        assert.strictEqual(yield* keyOf(READER), "key 1")
        assert.strictEqual(asked.length, 2)
        yield* TestClock.adjust(1)
        assert.strictEqual(yield* keyOf(READER), "key 1")
        assert.strictEqual(asked.length, 3)

        yield* TestClock.adjust(4 * MINUTE - 5 * SECOND - 1)
        assert.strictEqual(yield* keyOf(READER), "key 1")
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* Effect.flip(keyOf(READER))).reason._tag, "AccessDenied")
        holdUp(Effect.void)
        assert.strictEqual(yield* keyOf(READER), `key ${asked.length}`)
      }),
  )

  it.effect("keeps nobody waiting for a renewal that hangs while they are good", () =>
    Effect.gen(function* () {
      const { asked, holdUp, keyOf } = yield* setup
      yield* keyOf(READER)
      holdUp(Effect.never)
      yield* TestClock.adjust(56 * MINUTE)
      assert.deepStrictEqual([yield* keyOf(READER), yield* keyOf(READER)], ["key 1", "key 1"])
      assert.strictEqual(asked.length, 2)
      holdUp(Effect.void)
      yield* TestClock.adjust(10 * SECOND)
      assert.strictEqual(yield* keyOf(READER), "key 1")
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* keyOf(READER), "key 3")
    }),
  )

  it.effect("waits for new ones no longer than an attempt takes, and the retry begins anew", () =>
    Effect.gen(function* () {
      const { asked, holdUp, keyOf } = yield* setup
      holdUp(Effect.never)
      const reader = yield* Effect.forkChild(withRetries(keyOf(READER)), { startImmediately: true })
      yield* TestClock.adjust(Duration.times(ATTEMPT_TIMEOUT, 0.95))
      assert.strictEqual(asked.length, 2)
      holdUp(Effect.void)
      yield* Fiber.interrupt(reader)
    }),
  )

  it.effect.each([
    ["the role", READER, `no credentials for ${READER} in time`],
    ["no role where it is the function's own", "", "no credentials in time"],
  ] as const)("says when it has waited for too long, and names %s", ([, key, words]) =>
    Effect.gen(function* () {
      const { holdUp, keyOf } = yield* setup
      holdUp(Effect.never)
      const reader = yield* Effect.forkChild(Effect.flip(keyOf(key)), { startImmediately: true })
      yield* TestClock.adjust(ATTEMPT_TIMEOUT)
      assert.deepInclude((yield* Fiber.join(reader)).reason, { _tag: "TimedOut", detail: words })
    }),
  )

  it.effect("does not lend its credentials to another", () =>
    Effect.gen(function* () {
      const { keyOf } = yield* setup
      assert.deepStrictEqual([yield* keyOf(READER), yield* keyOf(WRITER)], ["key 1", "key 2"])
    }),
  )

  it.effect("are renewed behind the calls, from five minutes before their end on and not earlier", () =>
    Effect.gen(function* () {
      const { asked, keyOf } = yield* setup
      yield* keyOf(READER)
      yield* TestClock.adjust(55 * MINUTE - 1)
      assert.strictEqual(yield* keyOf(READER), "key 1")
      assert.strictEqual(asked.length, 1)
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* keyOf(READER), "key 1")
      yield* TestClock.adjust(0)
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

  it.effect("are obtained anew when AWS did not take them, once for all who were refused", () =>
    Effect.gen(function* () {
      const { asked, refused, sessionOf, holdUp } = yield* setup
      const used = yield* sessionOf(READER)
      const answer = yield* Deferred.make<void>()
      holdUp(Deferred.await(answer))
      const again = Effect.andThen(refused(READER, used), sessionOf(READER))
      const readers = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 20 }, () => again),
          { concurrency: "unbounded" },
        ),
        {
          startImmediately: true,
        },
      )
      yield* Deferred.succeed(answer, undefined)
      const keys = (yield* Fiber.join(readers)).map(({ accessKeyId }) => accessKeyId)
      assert.deepStrictEqual(new Set(keys), new Set(["key 2"]))
      assert.strictEqual(asked.length, 2)
    }),
  )

  it.effect("are kept although others were refused that they have replaced", () =>
    Effect.gen(function* () {
      const { keyOf, refused, sessionOf } = yield* setup
      const used = yield* sessionOf(READER)
      yield* refused(READER, used)
      assert.strictEqual(yield* keyOf(READER), "key 2")
      yield* TestClock.adjust(MINUTE)
      yield* refused(READER, used)
      yield* refused(WRITER, used)
      assert.strictEqual(yield* keyOf(READER), "key 2")
    }),
  )

  it.effect("are obtained anew once a second at most, where AWS refuses all of them", () =>
    Effect.gen(function* () {
      const { asked, refused, sessionOf } = yield* setup
      const refuse = Effect.flatMap(sessionOf(READER), (used) => refused(READER, used))
      for (let call = 0; call < 10; call++) yield* refuse
      assert.strictEqual(asked.length, 2)
      yield* TestClock.adjust(SECOND)
      for (let call = 0; call < 10; call++) yield* refuse
      yield* sessionOf(READER)
      assert.strictEqual(asked.length, 3)
    }),
  )

  it.effect("are obtained anew although the clock was set back behind the last refusal", () =>
    Effect.gen(function* () {
      const { asked, refused, sessionOf } = yield* setup
      const refuse = Effect.flatMap(sessionOf(READER), (used) => refused(READER, used))
      yield* TestClock.setTime(HOUR)
      yield* refuse
      yield* TestClock.setTime(0)
      yield* refuse
      yield* sessionOf(READER)
      assert.strictEqual(asked.length, 3)
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

  it.effect("without an end are renewed every five minutes, and used until there are others", () =>
    Effect.gen(function* () {
      const { asked, holdUp, keyOf, lasting } = yield* setup
      lasting(undefined)
      yield* keyOf(READER)
      holdUp(Effect.fail(failure(new AccessDenied({ detail: "denied" }))))
      yield* TestClock.adjust(5 * MINUTE - 1)
      yield* keyOf(READER)
      assert.strictEqual(asked.length, 1)
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* keyOf(READER), "key 1")
      assert.strictEqual(asked.length, 2)
      yield* TestClock.adjust("8 hours")
      assert.strictEqual(yield* keyOf(READER), "key 1")
    }),
  )

  it.effect("that have ended as they come are tried, and asked for once in five seconds", () =>
    Effect.gen(function* () {
      const { asked, keyOf, lasting } = yield* setup
      lasting(-MINUTE)
      assert.deepStrictEqual([yield* keyOf(READER), yield* keyOf(READER)], ["key 1", "key 1"])
      yield* TestClock.adjust(5 * SECOND)
      assert.strictEqual(yield* keyOf(READER), "key 2")
      assert.strictEqual(asked.length, 2)
    }),
  )

  it.effect("are not replaced by others that end before them", () =>
    Effect.gen(function* () {
      const { keyOf, lasting } = yield* setup
      yield* keyOf(READER)
      lasting(-MINUTE)
      yield* TestClock.adjust(56 * MINUTE)
      yield* keyOf(READER)
      yield* TestClock.adjust(MINUTE)
      assert.strictEqual(yield* keyOf(READER), "key 1")
    }),
  )
})
