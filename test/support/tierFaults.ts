/**
 * The faults of the shared tier: how each is made on its engine, how it ends, and what /ready says meanwhile. `tierMatrix.ts`
 * plays them.
 */
import { Effect, Redacted, type Scope } from "effect"
import type { FaultEffect } from "../../local/aws/Faults.ts"
import { connectRedis } from "../../src/host/nodeRedis.ts"
import { LOOPBACK } from "./extensionHttp.ts"
import { startRedis } from "./RedisServer.ts"
import type { DynamoEngine, RedisEngine } from "./tierWorld.ts"

/** What /ready may say of the tier while it has a fault. */
type State = "answering" | "failing"

export interface TierFault<E> {
  /** Follows "the tier" in a sentence. */
  readonly title: string
  readonly begin: (engine: E) => Effect.Effect<void, never, Scope.Scope>
  readonly end: (engine: E) => Effect.Effect<void, never, Scope.Scope>
  /** Undefined: some operations are answered, and others not. */
  readonly state: State | undefined
  /** Whether it begins while the environments are frozen. */
  readonly isFrozen?: true
  /** Whether environment 1 has another key than the others. */
  readonly differ?: true
  /** Whether all reads are served by the tier. */
  readonly isHarmless?: true
}

const nothing = () => Effect.void

/** Those that both engines have. */
const common: ReadonlyArray<TierFault<DynamoEngine | RedisEngine>> = [
  { title: "works", begin: nothing, end: nothing, state: "answering", isHarmless: true },
  {
    title: "answers 300 ms late",
    begin: ({ relay }) => relay.delay(300),
    end: ({ relay }) => relay.delay(0),
    state: undefined,
  },
  {
    title: "has lost everything",
    begin: ({ empty }) => empty,
    end: nothing,
    state: "answering",
  },
  {
    title: "holds records of something else",
    begin: ({ spoil }) => spoil(() => "rubbish"),
    end: nothing,
    state: "answering",
  },
  {
    title: "holds records of another form",
    begin: ({ spoil }) => spoil((askedAt) => `{"askedAt":${askedAt},"members":[],"form":"another"}`),
    end: nothing,
    state: "answering",
  },
  { title: "was filled with another key", begin: nothing, end: nothing, state: "answering", differ: true },
  {
    title: "no longer answers on old connections after a freeze",
    begin: ({ relay }) => relay.kill("silent"),
    end: nothing,
    state: undefined,
    isFrozen: true,
  },
  {
    title: "has closed all connections in a freeze",
    begin: ({ relay }) => relay.kill("closed"),
    end: nothing,
    state: "answering",
    isFrozen: true,
  },
]

const injected = (title: string, effect: FaultEffect, operation?: string): TierFault<DynamoEngine> => ({
  title,
  begin: ({ aws }) =>
    Effect.asVoid(
      aws.faults.inject({ service: "dynamodb", effect, ...(operation === undefined ? {} : { operation }) }),
    ),
  end: ({ aws }) => aws.faults.clear,
  state: operation === undefined ? "failing" : undefined,
})

const refusal = (title: string, status: number, type: string) =>
  injected(title, { kind: "error", status, type })

export const DYNAMO_FAULTS: ReadonlyArray<TierFault<DynamoEngine>> = [
  ...common,
  injected("resets connections", { kind: "resetBefore" }),
  injected("hangs", { kind: "hang" }),
  injected("throttles", { kind: "throttle" }),
  injected("throttles part of a batch", { kind: "unprocessed" }, "BatchGetItem"),
  refusal("answers 500", 500, "InternalServerError"),
  refusal("denies access", 400, "AccessDeniedException"),
  injected("denies writes", { kind: "error", status: 400, type: "AccessDeniedException" }, "PutItem"),
  injected("answers something that is no JSON", { kind: "wrongJson" }),
  injected("answers nothing", { kind: "emptyBody" }),
  {
    title: "has no such table",
    begin: ({ dropTable }) => dropTable,
    end: ({ createTable }) => createTable,
    state: "failing",
  },
]

const set = ({ send }: RedisEngine, key: string, value: string) =>
  Effect.asVoid(send("CONFIG", "SET", key, value))

const PASSWORD = "a-password"
const PASSWORD_REDACTED = Redacted.make(PASSWORD)

/** Takes the password away again. */
const openAgain = ({ server }: RedisEngine) =>
  Effect.gen(function* () {
    const redis = yield* connectRedis({
      host: LOOPBACK,
      port: server.port,
      isTls: false,
      password: PASSWORD_REDACTED,
      connectTimeout: 5_000,
    })
    yield* redis.send("CONFIG", "SET", "requirepass", "")
  }).pipe(Effect.orDie)

export const REDIS_FAULTS: ReadonlyArray<TierFault<RedisEngine>> = [
  ...common,
  {
    title: "is down",
    begin: ({ server }) => server.kill,
    end: ({ server }) => Effect.asVoid(startRedis([], server.port)),
    state: "failing",
  },
  {
    title: "hangs",
    begin: ({ server }) => server.signal("SIGSTOP"),
    end: ({ server }) => server.signal("SIGCONT"),
    state: "failing",
  },
  {
    title: "is full, and refuses writes",
    begin: (engine) => set(engine, "maxmemory", "1"),
    end: (engine) => set(engine, "maxmemory", "0"),
    state: undefined,
  },
  {
    title: "is full, and evicts everything",
    begin: (engine) =>
      Effect.andThen(set(engine, "maxmemory-policy", "allkeys-lru"), set(engine, "maxmemory", "1")),
    end: (engine) => set(engine, "maxmemory", "0"),
    state: undefined,
  },
  {
    title: "is a replica, and takes no writes",
    begin: ({ send }) => Effect.asVoid(send("REPLICAOF", LOOPBACK, "1")),
    end: ({ send }) => Effect.asVoid(send("REPLICAOF", "NO", "ONE")),
    state: undefined,
  },
  {
    title: "demands a password that the extension has not",
    begin: ({ send, relay, ...engine }) =>
      Effect.andThen(set({ send, relay, ...engine }, "requirepass", PASSWORD), relay.kill("reset")),
    end: openAgain,
    state: "failing",
  },
  {
    title: "is loaded with values that are no texts",
    begin: ({ send }) =>
      Effect.asVoid(
        send(
          "EVAL",
          "for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('DEL', key) redis.call('LPUSH', key, 'x') end",
          "0",
        ),
      ),
    end: ({ empty }) => empty,
    state: undefined,
  },
]
