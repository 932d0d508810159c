/**
 * Keeps the shared tier in Valkey or Redis: ElastiCache, MemoryDB, or a server of your own.
 *
 * All keys of a namespace have one hash tag, so that MGET and the scripts work on a cluster. A record is the time at which AWS
 * was asked, a newline, and the body. Scripts compare and write atomically; the server drops expired records.
 */
import * as Effect from "effect/Effect"
import type { Redis, RedisError } from "effect/persistence/Redis"
import { type SharedStore, type StoredRecord, StoreError } from "../SharedStore.ts"
import type { RedisConnection } from "./RedisConnection.ts"

/** How far the time of the server may be off when its reply arrives, in milliseconds. */
const CLOCK_ERROR = 100

/** `shop/1/parameters/x` as `{shop}/1/parameters/x`: what stands in braces decides on the slot. */
export const taggedKey = (key: string): string => key.replace(/^[^/]+/, (namespace) => `{${namespace}}`)

/** For each key: when AWS was asked, the body, when the key expires. */
const WRITE = `for i = 1, #KEYS do
  local a = i * 3 - 2
  local at = tonumber(string.match(redis.call('GETRANGE', KEYS[i], 0, 31), '^([^\\n]+)\\n'))
  if not at or at < tonumber(ARGV[a]) then
    redis.call('SET', KEYS[i], ARGV[a] .. '\\n' .. ARGV[a + 1])
    redis.call('PEXPIREAT', KEYS[i], ARGV[a + 2])
  end
end`

/** The owner and how long the lease lasts. A holder may take it again. */
const ACQUIRE = `local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('PSETEX', KEYS[1], ARGV[2], ARGV[1])
return 1`

const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`

const evaluate = (
  redis: Redis["Service"],
  script: string,
  keys: ReadonlyArray<string>,
  args: ReadonlyArray<string>,
): Effect.Effect<unknown, RedisError> =>
  // Not EVALSHA, which needs a round trip more on each new connection.
  redis.send("EVAL", script, String(keys.length), ...keys.map(taggedKey), ...args)

/** The record in a text; undefined for a text that is none. */
const recordIn = (text: unknown): StoredRecord | undefined => {
  if (typeof text !== "string") return undefined
  const end = text.indexOf("\n")
  const askedAt = Number(text.slice(0, Math.max(end, 0)))
  return end > 0 && Number.isFinite(askedAt) ? { askedAt, body: text.slice(end + 1) } : undefined
}

/** The server's time: seconds and microseconds. */
const timeIn = (reply: unknown): number | undefined => {
  if (!Array.isArray(reply)) return undefined
  const [seconds, micros] = reply.map(Number)
  const time = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
  return Number.isFinite(time) ? time : undefined
}

const unreadable = new StoreError({ detail: "MGET: the reply does not have the form of one" })

/** Makes a store on a connection. */
export const makeRedisStore = ({ isOpen, use }: RedisConnection): SharedStore => ({
  isConnected: isOpen,
  clockError: CLOCK_ERROR,
  read: ({ keys, leases }) =>
    Effect.gen(function* () {
      const wanted = [...keys, ...leases].map(taggedKey)
      // Both commands are sent at once.
      const [found, time] = yield* use((redis) =>
        Effect.all(
          [
            wanted.length === 0 ? Effect.succeed([]) : redis.send<unknown>("MGET", ...wanted),
            redis.send<unknown>("TIME"),
          ],
          { concurrency: "unbounded" },
        ),
      )
      if (!Array.isArray(found) || found.length !== wanted.length) return yield* unreadable
      return {
        records: found.slice(0, keys.length).map(recordIn),
        isHeld: found.slice(keys.length).map((owner) => typeof owner === "string"),
        now: timeIn(time),
      }
    }),
  write: (records) =>
    use((redis) =>
      evaluate(
        redis,
        WRITE,
        records.map(({ key }) => key),
        records.flatMap(({ askedAt, body, expiresAt }) => [
          String(askedAt),
          body,
          String(Math.ceil(expiresAt)),
        ]),
      ),
    ).pipe(Effect.asVoid),
  acquire: ({ key, owner }, milliseconds) =>
    use((redis) =>
      evaluate(redis, ACQUIRE, [key], [owner, String(Math.max(1, Math.ceil(milliseconds)))]),
    ).pipe(Effect.map((reply) => reply === 1)),
  release: ({ key, owner }) => use((redis) => evaluate(redis, RELEASE, [key], [owner])).pipe(Effect.asVoid),
})
