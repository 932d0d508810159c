/**
 * Valkey and Redis in the standalone executable: Bun's own client as Effect's `Redis` service.
 * https://bun.com/docs/api/redis
 */
import * as Effect from "effect/Effect"
import { make, RedisError } from "effect/persistence/Redis"
import * as Redacted from "effect/Redacted"
import type { ConnectRedis, RedisOptions } from "./RedisClient.ts"

interface BunRedisClient {
  readonly connect: () => Promise<unknown>
  readonly send: (command: string, args: ReadonlyArray<string>) => Promise<unknown>
  readonly close: () => void
}

/** The part of Bun's API that is used. */
declare const Bun: {
  readonly RedisClient: new (
    url: string,
    options: {
      /** In milliseconds. */
      readonly connectionTimeout: number
      readonly autoReconnect: false
      readonly maxRetries: 0
      readonly enableOfflineQueue: false
      readonly enableAutoPipelining: true
    },
  ) => BunRedisClient
}

/** The URL that Bun takes. It stays in memory. */
export const redisUrl = ({
  host,
  isTls,
  password,
  port,
  username = "",
}: Omit<RedisOptions, "connectTimeout">) => {
  const login =
    password === undefined
      ? ""
      : `${encodeURIComponent(username)}:${encodeURIComponent(Redacted.value(password))}@`
  const name = host.includes(":") ? `[${host}]` : host
  return `${isTls ? "rediss" : "redis"}://${login}${name}:${port}`
}

const failed = (cause: unknown): RedisError => new RedisError({ cause })

/** The tier neither subscribes nor reserves connections. */
const unused = Effect.fail(failed(new Error("not offered")))

export const connectRedis: ConnectRedis = ({ connectTimeout, ...options }) =>
  Effect.gen(function* () {
    const client = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new Bun.RedisClient(redisUrl(options), {
            connectionTimeout: connectTimeout,
            autoReconnect: false,
            maxRetries: 0,
            enableOfflineQueue: false,
            enableAutoPipelining: true,
          }),
      ),
      (opened) => Effect.sync(() => opened.close()),
    )
    yield* Effect.tryPromise({ try: () => client.connect(), catch: failed })
    return yield* make({
      send: <A>(command: string, ...args: ReadonlyArray<string>) =>
        Effect.tryPromise({ try: () => client.send(command, args) as Promise<A>, catch: failed }),
      subscribe: () => unused,
      connect: unused,
    })
  })
