/**
 * The shared tier of a plan: the store, the cipher and the tier over both. `App.ts` imports this only if config.yaml has the
 * section `shared`, so that other starts load nothing of it.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AwsClients } from "./aws/AwsClients.ts"
import { Plan } from "./config/Plan.ts"
import { isShared } from "./config/shared/plan.ts"
import type { EncryptionPlan, SharedPlan, StorePlan } from "./config/SharedPlan.ts"
import type { Entry, EntryKey } from "./domain/Entry.ts"
import { Host } from "./host/Host.ts"
import type { Cipher } from "./shared/Cipher.ts"
import { type Known, Shared, type SharedShape } from "./shared/Shared.ts"
import { makeTier } from "./shared/tier.ts"

const makeStore = Effect.fnUntraced(function* (store: StorePlan) {
  if (store._tag === "DynamoDb") {
    const { makeDynamoDbStore } = yield* Effect.promise(() => import("./shared/stores/dynamodb.ts"))
    return yield* makeDynamoDbStore(store)
  }
  const [{ makeRedisConnection }, { makeRedisStore }, { makeLogins }] = yield* Effect.promise(() =>
    Promise.all([
      import("./shared/stores/RedisConnection.ts"),
      import("./shared/stores/redis.ts"),
      import("./shared/stores/logins.ts"),
    ]),
  )
  const { connectRedis } = yield* Host
  const logins = yield* makeLogins(store)
  return makeRedisStore(yield* makeRedisConnection(store, connectRedis, logins))
})

const makeKeys = (encryption: EncryptionPlan, namespace: string) =>
  encryption._tag === "Kms"
    ? Effect.flatMap(
        Effect.promise(() => import("./shared/encryption/kmsKeys.ts")),
        ({ makeKmsKeys }) => makeKmsKeys(encryption, namespace),
      )
    : Effect.flatMap(
        Effect.promise(() => import("./shared/encryption/fixedKeys.ts")),
        ({ makeFixedKeys }) => makeFixedKeys(encryption),
      )

const makeCipher = Effect.fnUntraced(function* (encryption: EncryptionPlan, namespace: string) {
  const sealing = yield* Effect.promise(() => import("./shared/encryption/sealing.ts"))
  return sealing.makeCipher(yield* makeKeys(encryption, namespace))
})

/** Whether AWS says that a value is a secret, although config.yaml says that it is none. */
const isSecret = (known: Known): boolean => known._tag === "Value" && known.value.isSecret === true

/** Without encryption, nothing that AWS calls a secret leaves the function, whatever config.yaml says. */
const withoutSecrets = (tier: SharedShape): SharedShape => {
  const warned = new Set<EntryKey>()
  const warnOnce = ({ address, key, listedAs = key, name }: Entry) =>
    Effect.suspend(() => {
      if (warned.has(listedAs)) return Effect.void
      warned.add(listedAs)
      return Effect.logWarning(
        `The shared tier does not keep ${address.kind} ${name}: it is a secret in AWS, and shared has no encryption`,
      )
    })
  return {
    ...tier,
    entry: (entry) => {
      const shared = tier.entry(entry)
      return (
        shared && {
          ...shared,
          publish: (known) => (isSecret(known) ? warnOnce(entry) : shared.publish(known)),
        }
      )
    },
  }
}

/** The shared tier of a plan. */
export const layer = (shared: SharedPlan): Layer.Layer<never, never, Host | Plan | AwsClients> =>
  Layer.effect(
    Shared,
    Effect.gen(function* () {
      const { entries } = yield* Plan
      const { encryption, namespace, store, timeout } = shared
      const cipher: Cipher | undefined =
        encryption === undefined ? undefined : yield* makeCipher(encryption, namespace)
      const tier = yield* makeTier({
        store: yield* makeStore(store),
        cipher,
        namespace,
        timeout,
        isShared: (entry) => isShared(shared, entry),
        listed: Array.from(entries.values()),
      })
      return cipher === undefined ? withoutSecrets(tier) : tier
    }),
  )
