/**
 * The connection to Valkey or Redis, over a client of the test: when it is opened, shared, kept and replaced.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { make, RedisError } from "effect/persistence/Redis"
import type { ConnectRedis } from "../../../src/host/RedisClient.ts"
import { makeRedisConnection } from "../../../src/shared/stores/RedisConnection.ts"

const PLAN = { _tag: "Redis", host: "cache", port: 6379, isTls: false } as const
const NO_LOGIN = { get: Effect.succeed({}), refused: Effect.void }

/** A connection over a client whose commands end as the test says, and how many were opened and closed. */
const setup = Effect.fnUntraced(function* (
  replies: (command: string) => Effect.Effect<unknown, RedisError>,
  opening: Effect.Effect<void, RedisError> = Effect.void,
) {
  const seen = { opened: 0, closed: 0 }
  const connect: ConnectRedis = () =>
    Effect.gen(function* () {
      seen.opened += 1
      yield* opening
      yield* Effect.addFinalizer(() => Effect.sync(() => void (seen.closed += 1)))
      return yield* make({
        send: <A>(command: string) => replies(command) as Effect.Effect<A, RedisError>,
        subscribe: () => Effect.never,
        connect: Effect.never,
      })
    })
  const connection = yield* makeRedisConnection(PLAN, connect, NO_LOGIN)
  const send = (command = "GET") => connection.use((redis) => redis.send<string>(command))
  return { connection, seen, send }
})

const refused = (message: string) => new RedisError({ cause: new Error(message) })

describe("the connection to Valkey or Redis", () => {
  it.effect("is opened once, however many ask at the same time", () =>
    Effect.gen(function* () {
      const { seen, send } = yield* setup(() => Effect.succeed("reply"))
      const replies = yield* Effect.forEach([1, 2, 3, 4, 5], () => send(), { concurrency: "unbounded" })
      assert.deepStrictEqual(new Set(replies), new Set(["reply"]))
      assert.strictEqual(seen.opened, 1)
    }),
  )

  it.effect("is opened for those who still wait, although whoever asked first has left", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const { seen, send } = yield* setup(() => Effect.succeed("reply"), Deferred.await(gate))
      const first = yield* Effect.forkChild(send(), { startImmediately: true })
      const second = yield* Effect.forkChild(send(), { startImmediately: true })
      yield* Fiber.interrupt(first)
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual(yield* Fiber.join(second), "reply")
      assert.strictEqual(seen.opened, 1)
    }),
  )

  it.effect("is opened anew after it could not be opened", () =>
    Effect.gen(function* () {
      let isDown = true
      const { seen, send } = yield* setup(
        () => Effect.succeed("reply"),
        Effect.suspend(() => (isDown ? Effect.fail(refused("no route")) : Effect.void)),
      )
      assert.match((yield* Effect.flip(send())).detail, /^connecting: /)
      isDown = false
      assert.strictEqual(yield* send(), "reply")
      assert.strictEqual(seen.opened, 2)
    }),
  )

  it.effect.each(["OOM command not allowed", "MISCONF cannot write to disk", "BUSY a script runs"])(
    "is kept if the server says %s",
    (message) =>
      Effect.gen(function* () {
        const { connection, seen, send } = yield* setup((command) =>
          command === "SET" ? Effect.fail(refused(message)) : Effect.succeed("reply"),
        )
        assert.strictEqual((yield* Effect.flip(send("SET"))).detail, `a command: ${message.split(" ")[0]}`)
        assert.isTrue(yield* connection.isOpen)
        yield* send()
        assert.deepStrictEqual(seen, { opened: 1, closed: 0 })
      }),
  )

  it.effect("is replaced if another server may be the right one now", () =>
    Effect.gen(function* () {
      const { connection, seen, send } = yield* setup(() => Effect.fail(refused("READONLY a replica")))
      assert.strictEqual((yield* Effect.flip(send("SET"))).detail, "a command: READONLY")
      assert.isFalse(yield* connection.isOpen)
      assert.deepStrictEqual(seen, { opened: 1, closed: 1 })
    }),
  )
})
