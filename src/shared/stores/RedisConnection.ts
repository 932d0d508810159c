/**
 * One connection to Valkey or Redis, opened when it is needed and replaced when it may be dead: after a freeze, an error, or
 * half a day. Commands of all callers share it.
 *
 * A command that fails on a connection that worked before is repeated once on a new one, because the old one may have died
 * unnoticed. Every command of `redis.ts` is safe to repeat.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Redis, RedisError } from "effect/persistence/Redis"
import * as Scope from "effect/Scope"
import type { StorePlan } from "../../config/SharedPlan.ts"
import { CONNECT_TIMEOUT, MAX_IDLE } from "../../domain/defaults.ts"
import type { ConnectRedis, RedisOptions } from "../../host/RedisClient.ts"
import { StoreError } from "../SharedStore.ts"

export type RedisPlan = Extract<StorePlan, { readonly _tag: "Redis" }>
export type Login = Pick<RedisOptions, "username" | "password">

/** Where user and password come from. */
export interface Logins {
  readonly get: Effect.Effect<Login, StoreError>
  /** The server has refused the last one, so it may be outdated. */
  readonly refused: Effect.Effect<void>
}

/** ElastiCache ends connections that were opened with a token of IAM after 12 hours. In milliseconds. */
const MAX_AGE = 11 * 3_600_000

interface Open {
  readonly redis: Redis["Service"]
  readonly scope: Scope.Closeable
  readonly openedAt: number
  usedAt: number
  /** Whether a command has been answered on it. */
  isProven: boolean
}

export interface RedisConnection {
  /** Whether commands need not wait for a connection. */
  readonly isOpen: Effect.Effect<boolean>
  /** Runs commands on the connection, twice at most. */
  readonly use: <A>(
    commands: (redis: Redis["Service"]) => Effect.Effect<A, RedisError>,
  ) => Effect.Effect<A, StoreError>
}

/** Begins every error reply of the server: `WRONGPASS`, `NOAUTH`, `OOM`. The rest of a message may quote what was sent. */
const ERROR_CODE = /^[A-Z]{2,}\b/

const AUTH_ERRORS: ReadonlySet<string> = new Set(["WRONGPASS", "NOAUTH", "NOPERM", "ERR"])

const codeOf = ({ cause }: RedisError): string | undefined =>
  cause instanceof Error ? (ERROR_CODE.exec(cause.message)?.[0] ?? undefined) : undefined

/** The system's code of an error, such as ECONNREFUSED, or of Bun's client. */
const systemCode = ({ cause }: RedisError): string => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  return typeof code === "string" ? code : "the connection failed"
}

/** The server is up and will stay so: it is full, cannot write to its disk, or runs a script. */
const IS_UP: ReadonlySet<string> = new Set(["OOM", "MISCONF", "BUSY"])

const storeError = (what: string, error: RedisError): StoreError =>
  new StoreError({ detail: `${what}: ${codeOf(error) ?? systemCode(error)}` })

/** Makes a connection. Nothing is opened yet. */
export const makeRedisConnection = (
  { host, isTls, port }: RedisPlan,
  connectRedis: ConnectRedis,
  logins: Logins,
): Effect.Effect<RedisConnection, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const clock = yield* Clock.Clock
    let current: Open | undefined
    let opening: Deferred.Deferred<Open, StoreError> | undefined

    const drop = (open: Open) =>
      Effect.suspend(() => {
        if (current === open) current = undefined
        return Scope.close(open.scope, Exit.void)
      })
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => (current === undefined ? Effect.void : drop(current))),
    )

    const isUsable = ({ openedAt, usedAt }: Open): boolean => {
      const now = clock.currentTimeMillisUnsafe()
      return now >= usedAt && now - usedAt < MAX_IDLE && now - openedAt < MAX_AGE
    }

    const openNew = Effect.gen(function* () {
      const login = yield* logins.get
      const own = yield* Scope.make()
      const redis = yield* connectRedis({
        host,
        port,
        isTls,
        connectTimeout: CONNECT_TIMEOUT,
        ...login,
      }).pipe(
        Scope.provide(own),
        Effect.onError(() => Scope.close(own, Exit.void)),
        Effect.tapError((error) => (AUTH_ERRORS.has(codeOf(error) ?? "") ? logins.refused : Effect.void)),
        Effect.mapError((error) => storeError("connecting", error)),
      )
      const now = clock.currentTimeMillisUnsafe()
      return (current = { redis, scope: own, openedAt: now, usedAt: now, isProven: false })
    }).pipe(
      Effect.timeoutOrElse({
        duration: CONNECT_TIMEOUT,
        orElse: () => Effect.fail(new StoreError({ detail: "connecting: no answer" })),
      }),
    )

    /** Joins whoever opens a connection. It opens even if all callers leave. */
    const open = Effect.suspend(() => {
      if (opening !== undefined) return Deferred.await(opening)
      const begun = (opening = Deferred.makeUnsafe<Open, StoreError>())
      return openNew.pipe(
        Effect.onExit((exit) => {
          opening = undefined
          return Deferred.done(begun, exit)
        }),
        Effect.forkIn(scope),
        Effect.andThen(Deferred.await(begun)),
      )
    })

    const connection = Effect.suspend(() => {
      if (current === undefined) return open
      return isUsable(current) ? Effect.succeed(current) : Effect.andThen(drop(current), open)
    })

    const run = <A>(
      opened: Open,
      commands: (redis: Redis["Service"]) => Effect.Effect<A, RedisError>,
    ): Effect.Effect<A, RedisError> =>
      commands(opened.redis).pipe(
        Effect.onExit((exit) => {
          const error = Exit.findErrorOption(exit)
          const isUp = Option.isSome(error) && IS_UP.has(codeOf(error.value) ?? "")
          // Also if nobody waits any longer: a connection that does not answer in time is replaced.
          if (exit._tag === "Failure" && !isUp) return drop(opened)
          opened.usedAt = clock.currentTimeMillisUnsafe()
          opened.isProven = true
          return Effect.void
        }),
      )

    return {
      isOpen: Effect.sync(() => current !== undefined && isUsable(current)),
      use: (commands) =>
        Effect.gen(function* () {
          const opened = yield* connection
          const mayBeDead = opened.isProven
          return yield* run(opened, commands).pipe(
            Effect.catch((error) =>
              mayBeDead && codeOf(error) === undefined
                ? Effect.flatMap(connection, (next) =>
                    Effect.mapError(run(next, commands), (again) => storeError("a command", again)),
                  )
                : Effect.fail(storeError("a command", error)),
            ),
          )
        }),
    }
  })
