/**
 * How the shared tier connects to Valkey or Redis, as Effect's `Redis` service: the interface of both runtimes' clients.
 *
 * `nodeRedis.ts` and `bunRedis.ts` implement it, and are loaded only if config.yaml names such a store. Types only.
 */
import type * as Effect from "effect/Effect"
import type { Redis, RedisError } from "effect/persistence/Redis"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"

export interface RedisOptions {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  /** Absent: the default user. */
  readonly username?: string
  /** Absent: no authentication. */
  readonly password?: Redacted.Redacted<string>
  /** How long the connection may take to open, in milliseconds. */
  readonly connectTimeout: number
}

/**
 * Opens one connection, which never reconnects by itself. The scope closes it at once, whatever is under way; commands then
 * fail.
 */
export type ConnectRedis = (options: RedisOptions) => Effect.Effect<Redis["Service"], RedisError, Scope.Scope>
