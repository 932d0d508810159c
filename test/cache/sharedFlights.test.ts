/**
 * Several environments over one shared tier: who asks AWS, who waits, what each of them serves, and what happens when one of
 * them dies.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeEnvironment, settle } from "../support/fleet.ts"
import { makeSharedStore } from "../support/sharedStore.ts"
import { denied } from "../support/slots.ts"
import { HOUR, MINUTE, notFound, parameter, SECOND, text, unavailable } from "../support/entries.ts"

const A = parameter("A", { ttl: MINUTE })
const REFRESHED = parameter("R", { ttl: MINUTE, staleWhileRevalidate: MINUTE })

/** Two environments that list the same. */
const two = Effect.fnUntraced(function* (entries = [A]) {
  const tier = makeSharedStore()
  const first = yield* makeEnvironment(tier, entries)
  const second = yield* makeEnvironment(tier, entries)
  return { tier, first, second }
})

/** Lets everything happen that needs no time, and the pause between two looks. */
const tick = Effect.andThen(settle, Effect.andThen(TestClock.adjust(200), settle))

describe("environments that share what AWS answers", () => {
  it.effect("ask AWS once: what one has fetched, the next one reads from the tier with its true age", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      const reading = yield* first.read(A)
      yield* first.answer("one")
      assert.strictEqual(yield* Fiber.join(reading), "one miss 0")
      yield* TestClock.adjust(20 * SECOND)
      assert.strictEqual(yield* second.readNow(A), "one shared 20000")
      assert.strictEqual(yield* second.readNow(A), "one hit 20000")
      assert.strictEqual(yield* second.waiting, 0)
    }),
  )

  it.effect("never keep a value for twice its ttl", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      yield* first.read(A)
      yield* first.answer("one")
      yield* TestClock.adjust(50 * SECOND)
      yield* second.readNow(A)
      yield* TestClock.adjust(11 * SECOND)
      const reading = yield* second.read(A)
      yield* second.answer("two")
      assert.strictEqual(yield* Fiber.join(reading), "two miss 0")
    }),
  )

  it.effect("wait for the one that asks AWS, and serve its answer", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      const leading = yield* first.read(A)
      const call = yield* first.next
      const following = yield* second.read(A)
      yield* tick
      assert.strictEqual(yield* second.waiting, 0)
      yield* call.succeed(text("one"))
      yield* Fiber.join(leading)
      yield* tick
      assert.match(yield* Fiber.join(following), /^one shared /)
    }),
  )

  it.effect("ask by themselves when the one that asks has died", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      yield* first.read(A)
      yield* first.next
      yield* first.stop
      const following = yield* second.read(A)
      yield* second.answer("two")
      assert.strictEqual(yield* Fiber.join(following), "two miss 0")
    }),
  )

  it.effect("share that there is no such name, for negative_ttl since AWS was asked", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      const reading = yield* first.read(A)
      yield* (yield* first.next).fail(notFound)
      assert.strictEqual(yield* Fiber.join(reading), "NotFound")
      yield* TestClock.adjust(3 * SECOND)
      assert.strictEqual(yield* second.readNow(A), "NotFound")
      yield* TestClock.adjust(2 * SECOND + 1)
      yield* second.read(A)
      yield* second.next
    }),
  )

  it.effect("do not share that AWS fails", () =>
    Effect.gen(function* () {
      const { first, second, tier } = yield* two()
      const reading = yield* first.read(A, { maxAge: 0 })
      yield* (yield* first.next).fail(unavailable)
      yield* tick
      yield* second.read(A)
      yield* second.next
      assert.strictEqual(tier.records.size, 0)
      yield* Fiber.interrupt(reading)
    }),
  )

  it.effect("serve an old value of the tier while AWS fails", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      yield* first.read(A)
      yield* first.answer("one")
      yield* TestClock.adjust(HOUR / 2)
      const reading = yield* second.read(A)
      yield* (yield* second.next).fail(unavailable)
      assert.strictEqual(yield* Fiber.join(reading), "one stale-if-error 1800000")
    }),
  )

  it.effect("serve what another has got from AWS meanwhile, when their own call fails", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      const failing = yield* second.read(A)
      const call = yield* second.next
      const forced = yield* first.read(A, { maxAge: 0 })
      yield* first.answer("one")
      assert.strictEqual(yield* Fiber.join(forced), "one miss 0")
      yield* settle
      yield* TestClock.adjust(SECOND)
      yield* call.fail(denied)
      assert.strictEqual(yield* Fiber.join(failing), "one stale-if-denied 1000")
    }),
  )

  it.effect("refresh in one of them: the others end quietly and pick the value up at their next invoke", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two([REFRESHED])
      yield* first.read(REFRESHED)
      yield* first.answer("one")
      yield* second.readNow(REFRESHED)
      yield* TestClock.adjust(MINUTE + SECOND)
      yield* first.cache.refreshDue([REFRESHED])
      const call = yield* first.next
      yield* second.cache.refreshDue([REFRESHED])
      yield* second.cache.settled
      assert.strictEqual(yield* second.waiting, 0)
      yield* call.succeed(text("two"))
      yield* first.cache.settled
      yield* TestClock.adjust(SECOND)
      yield* second.cache.refreshDue([REFRESHED])
      yield* second.cache.settled
      assert.strictEqual(yield* second.readNow(REFRESHED), "two hit 1000")
    }),
  )

  it.effect("ask AWS for a forced read, and the others read what it answered", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      yield* first.read(A)
      yield* first.answer("one")
      yield* TestClock.adjust(10 * SECOND)
      const forced = yield* second.read(A, { maxAge: 0 })
      yield* second.answer("two")
      assert.strictEqual(yield* Fiber.join(forced), "two miss 0")
      yield* TestClock.adjust(51 * SECOND)
      assert.strictEqual(yield* first.readNow(A), "two shared 51000")
    }),
  )

  it.effect("bypass the tier for no-store", () =>
    Effect.gen(function* () {
      const { first, tier } = yield* two()
      const reading = yield* first.read(A, { noStore: true })
      yield* first.answer("one")
      yield* Fiber.join(reading)
      assert.isEmpty(tier.calls)
    }),
  )

  it.effect("forget an entry together: nobody reads from the tier what was dropped", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      yield* first.read(A)
      yield* first.answer("one")
      yield* TestClock.adjust(2 * SECOND)
      yield* first.cache.forget(A)
      const reading = yield* second.read(A)
      yield* second.answer("two")
      assert.strictEqual(yield* Fiber.join(reading), "two miss 0")
    }),
  )

  it.effect("share nothing between namespaces", () =>
    Effect.gen(function* () {
      const tier = makeSharedStore()
      const first = yield* makeEnvironment(tier, [A], { namespace: "one" })
      const other = yield* makeEnvironment(tier, [A], { namespace: "two" })
      yield* first.read(A)
      yield* first.answer("one")
      const reading = yield* other.read(A)
      yield* other.answer("two")
      assert.strictEqual(yield* Fiber.join(reading), "two miss 0")
    }),
  )

  it.effect("load everything by packs, and divide the batches among each other", () =>
    Effect.gen(function* () {
      const entries = Array.from({ length: 25 }, (_, index) => parameter(`P${index}`))
      const { first, second, tier } = yield* two(entries)
      const leading = yield* Effect.forkChild(first.cache.load(entries), { startImmediately: true })
      yield* tick
      assert.strictEqual(tier.callsOf("acquire").length, 3)
      const following = yield* Effect.forkChild(second.cache.load(entries), { startImmediately: true })
      for (const entry of entries) yield* first.answer(entry.name)
      yield* Fiber.join(leading)
      yield* tick
      yield* Fiber.join(following)
      assert.strictEqual(yield* second.waiting, 0)

      const before = tier.calls.length
      const third = yield* makeEnvironment(tier, entries)
      assert.isEmpty(yield* third.cache.load(entries))
      const [read, ...others] = tier.calls.slice(before)
      assert.isEmpty(others)
      assert.strictEqual(read?.keys.length, 3)
    }),
  )

  it.effect("share values between functions that list other names beside them", () =>
    Effect.gen(function* () {
      const tier = makeSharedStore()
      const first = yield* makeEnvironment(tier, [A, parameter("B")])
      const second = yield* makeEnvironment(tier, [A, parameter("C")])
      yield* first.read(A)
      yield* first.answer("one")
      yield* TestClock.adjust(SECOND)
      assert.strictEqual(yield* second.readNow(A), "one shared 1000")
    }),
  )

  it.effect("refresh a whole batch in the call that is needed for one of it", () =>
    Effect.gen(function* () {
      const entries = ["A", "B", "C"].map((name) => parameter(name))
      const { first } = yield* two(entries)
      yield* Effect.forkChild(first.cache.load(entries), { startImmediately: true })
      for (const entry of entries) yield* first.answer(entry.name)
      yield* TestClock.adjust(MINUTE + 1)
      const reading = yield* first.read(A)
      for (const entry of entries) yield* first.answer(`new ${entry.name}`)
      assert.match(yield* Fiber.join(reading), /^new \w miss 0$/)
      yield* first.cache.settled
      const values = yield* Effect.forEach(entries, (entry) => first.readNow(entry))
      assert.isTrue(
        values.every((value) => /^new \w (hit) 0$/.test(value)),
        values.join(),
      )
    }),
  )

  it.effect("read a large value from its own record, beside the pack", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      yield* first.read(A)
      yield* first.answer("x".repeat(100_000))
      yield* TestClock.adjust(SECOND)
      assert.strictEqual(yield* second.readNow(A), `${"x".repeat(100_000)} shared 1000`)
    }),
  )

  it.effect("fetch by themselves what is too large to be shared, without waiting for each other", () =>
    Effect.gen(function* () {
      const { first, second } = yield* two()
      yield* first.read(A)
      yield* first.answer("x".repeat(400_000))
      yield* TestClock.adjust(SECOND)
      yield* second.read(A)
      yield* second.next
      const third = yield* first.read(A, { maxAge: 0 })
      yield* first.answer("small")
      assert.strictEqual(yield* Fiber.join(third), "small miss 0")
    }),
  )
})
