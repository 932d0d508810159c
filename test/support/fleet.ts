/**
 * Environments of a fleet: caches with an AWS of their own that the test answers for, over one shared tier.
 */
import { Effect, Exit, Fiber, Layer, Queue, Redacted, Scope } from "effect"
import { Cache } from "../../src/cache/Cache.ts"
import type { ReadOptions } from "../../src/cache/Cache.ts"
import { DEFAULT_SHARED_TIMEOUT } from "../../src/domain/defaults.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import type { Cipher } from "../../src/shared/Cipher.ts"
import { Shared } from "../../src/shared/Shared.ts"
import { makeTier } from "../../src/shared/tier.ts"
import { controlledSources, planWith, text } from "./entries.ts"
import type { Limits } from "../../src/config/limits.ts"
import type { MemoryStore } from "./sharedStore.ts"

/** Lets everything happen that needs no time. */
export const settle = Effect.forEach(Array.from({ length: 30 }), () => Effect.yieldNow, { discard: true })

export interface EnvironmentOptions {
  readonly namespace?: string
  readonly cipher?: Cipher
  readonly limits?: Partial<Limits>
  readonly isShared?: (entry: Entry) => boolean
}

/** Starts an environment that lists the entries. `stop` ends it as Lambda ends one, without warning. */
export const makeEnvironment = Effect.fnUntraced(function* (
  { store }: Pick<MemoryStore, "store">,
  entries: ReadonlyArray<Entry>,
  { cipher, isShared = () => true, limits = {}, namespace = "fleet" }: EnvironmentOptions = {},
) {
  const { calls, layer: sources, next, waiting } = yield* controlledSources
  const tier = Layer.effect(
    Shared,
    makeTier({ store, cipher, namespace, timeout: DEFAULT_SHARED_TIMEOUT, isShared, listed: entries }),
  )
  const scope = yield* Scope.fork(yield* Effect.scope)
  const context = yield* Layer.build(
    Cache.layerNoDeps.pipe(Layer.provide([sources, planWith(limits, ...entries)]), Layer.provideMerge(tier)),
  ).pipe(Scope.provide(scope))
  const cache = yield* Effect.provideContext(Cache, context)

  const read = (entry: Entry, options?: ReadOptions) =>
    Effect.forkChild(
      Effect.match(cache.read(entry, options), {
        onSuccess: ({ age, outcome, value }) => `${String(Redacted.value(value.body))} ${outcome} ${age}`,
        onFailure: ({ reason }) => reason._tag,
      }),
      { startImmediately: true },
    )
  return {
    cache,
    /** Starts a read: what it gives, how, and its age in milliseconds. */
    read,
    /** Reads, when nothing has to be waited for. */
    readNow: (entry: Entry, options?: ReadOptions) => Effect.flatMap(read(entry, options), Fiber.join),
    /** The next call of AWS. */
    next,
    /** Answers it. */
    answer: (body: string) => Effect.flatMap(next, ({ succeed }) => succeed(text(body))),
    /** How many calls of AWS wait for their answer. */
    waiting,
    calls: Queue.size(calls),
    stop: Scope.close(scope, Exit.void),
  }
})
