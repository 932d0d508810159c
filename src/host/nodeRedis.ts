/**
 * Valkey and Redis on Node: Effect's `NodeRedis`, over the package `redis`.
 */
import { layer, NodeRedis } from "@effect/platform-node/NodeRedis"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Redis } from "effect/persistence/Redis"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type { ConnectRedis } from "./RedisClient.ts"

export const connectRedis: ConnectRedis = ({ connectTimeout, host, isTls, password, port, username }) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(
      layer({
        disableOfflineQueue: true,
        socket: { host, port, connectTimeout, reconnectStrategy: false, ...(isTls ? { tls: true } : {}) },
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password: Redacted.value(password) }),
      }),
    )
    const { client } = Context.get(context, NodeRedis)
    // Before the layer's own finalizer, which waits for replies that a dead connection never brings.
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        if (client.isOpen) client.destroy()
      }),
    )
    return Context.get(context, Redis)
    // It logs each error of the socket; the tier says once that the store fails.
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
