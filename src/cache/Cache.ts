/**
 * The cache: reads through to AWS, keeps what comes back, and serves an older value when AWS fails.
 *
 * At most one fetch per key is under way, whoever asks: a read, the load at start-up, a refresh. It runs in
 * the cache's own scope, so a caller that goes away does not cancel it for the others.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { LOAD_BUDGET, READ_BUDGET } from "../config/defaults.ts"
import type { Entry, EntryKey, Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { Sources } from "../sources/Sources.ts"
import { timedOut } from "../sources/awsErrors.ts"
import { afterFailure, afterNotFound, afterValue, decide, fallback, type Held } from "./Slot.ts"
import * as Store from "./Store.ts"

/**
 * How a value came to be served: `hit` from memory while fresh, `miss` from AWS just now, `stale` within
 * stale-while-revalidate, `stale-if-error` because AWS could not be asked.
 */
export type Outcome = "hit" | "miss" | "stale" | "stale-if-error"

export interface Served {
  readonly value: Value
  /** Milliseconds since the value was asked for. */
  readonly age: number
  readonly outcome: Outcome
}

/** An entry that the load could not fetch, and why. It is tried again at its first read. */
export interface LoadFailure {
  readonly entry: Entry
  readonly error: SourceError
}

export class Cache extends Context.Service<
  Cache,
  {
    /** Serves an entry by its policy; asks AWS when it must, for 3 s at most. */
    readonly read: (entry: Entry) => Effect.Effect<Served, SourceError>
    /** The value of an entry that is in memory and fresh; at once, without an effect. */
    readonly fresh: (entry: Entry) => Served | undefined
    /** Fetches all entries, for 8 s at most, and says which of them failed. */
    readonly load: (entries: Iterable<Entry>) => Effect.Effect<ReadonlyArray<LoadFailure>>
    /** Starts to fetch, behind the scenes, those of the entries whose value is stale. */
    readonly refreshStale: (entries: Iterable<Entry>) => Effect.Effect<void>
    /** Waits until no fetch is under way. */
    readonly settled: Effect.Effect<void>
  }
>()("cache-extension/cache/Cache") {
  static readonly layerNoDeps: Layer.Layer<Cache, never, Sources> = Layer.effect(
    Cache,
    Effect.gen(function* () {
      const sources = yield* Sources
      const clock = yield* Clock.Clock
      const store = yield* Store.make
      const flights = yield* FiberMap.make<EntryKey, Value, SourceError>()

      const fetchAndKeep = Effect.fnUntraced(function* (entry: Entry, budget: number) {
        // The age counts from the question: whatever happens until the answer, a freeze even, makes it older.
        const askedAt = yield* Clock.currentTimeMillis
        return yield* sources.fetch(entry.address).pipe(
          Effect.timeoutOrElse({
            duration: budget,
            orElse: () => Effect.fail(timedOut(`no answer within ${budget} ms`)),
          }),
          Effect.tap((value) => store.update(entry.key, () => afterValue(value, askedAt))),
          Effect.tapError((error) => keepFailure(entry, error)),
        )
      })

      const keepFailure = Effect.fnUntraced(function* (entry: Entry, error: SourceError) {
        const now = yield* Clock.currentTimeMillis
        const jitter = yield* Random.next
        yield* store.update(entry.key, (slot) =>
          error.reason._tag === "NotFound"
            ? afterNotFound(error, now)
            : afterFailure(slot, error, now, jitter),
        )
      })

      /** The fetch of this key that is under way, or a new one. */
      const flight = (entry: Entry, budget: number): Effect.Effect<Fiber.Fiber<Value, SourceError>> =>
        Effect.suspend(() =>
          Option.match(FiberMap.getUnsafe(flights, entry.key), {
            onSome: Effect.succeed,
            onNone: () => FiberMap.run(flights, entry.key, fetchAndKeep(entry, budget)),
          }),
        )

      const fetch = (entry: Entry, budget: number) => Effect.flatMap(flight(entry, budget), Fiber.join)

      const fetchOrFallBack = (entry: Entry): Effect.Effect<Served, SourceError> =>
        fetch(entry, READ_BUDGET).pipe(
          Effect.map((value): Served => ({ value, age: 0, outcome: "miss" })),
          Effect.catch((error) =>
            Effect.flatMap(Clock.currentTimeMillis, (now) => {
              const held = fallback(store.get(entry.key), now, entry.policy)
              return held === undefined
                ? Effect.fail(error)
                : Effect.succeed(servedAt(held, now - held.fetchedAt, "stale-if-error"))
            }),
          ),
        )

      const read = Effect.fnUntraced(function* (entry: Entry) {
        const now = yield* Clock.currentTimeMillis
        const decision = decide(store.get(entry.key), now, entry.policy)
        switch (decision._tag) {
          case "Serve":
            return servedAt(decision.held, decision.age, "hit")
          case "ServeAndRefresh":
            yield* flight(entry, READ_BUDGET)
            return servedAt(decision.held, decision.age, "stale")
          case "ServeWhileFailing":
            return servedAt(decision.held, decision.age, "stale-if-error")
          case "Absent":
            return yield* decision.error
          case "Fetch":
            return yield* fetchOrFallBack(entry)
        }
      })

      const fresh = (entry: Entry): Served | undefined => {
        const decision = decide(store.get(entry.key), clock.currentTimeMillisUnsafe(), entry.policy)
        return decision._tag === "Serve" ? servedAt(decision.held, decision.age, "hit") : undefined
      }

      const load = (entries: Iterable<Entry>) =>
        Effect.forEach(
          entries,
          (entry) =>
            fetch(entry, LOAD_BUDGET).pipe(
              Effect.match({
                onSuccess: () => [],
                onFailure: (error): Array<LoadFailure> => [{ entry, error }],
              }),
            ),
          { concurrency: "unbounded" },
        ).pipe(Effect.map((failures) => failures.flat()))

      const refreshStale = Effect.fnUntraced(function* (entries: Iterable<Entry>) {
        const now = yield* Clock.currentTimeMillis
        for (const entry of entries) {
          if (decide(store.get(entry.key), now, entry.policy)._tag === "ServeAndRefresh") {
            yield* flight(entry, READ_BUDGET)
          }
        }
      })

      return Cache.of({
        read,
        fresh,
        load,
        refreshStale,
        settled: Effect.ignore(FiberMap.awaitEmpty(flights)),
      })
    }),
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(Sources.layer))
}

const servedAt = ({ value }: Held, age: number, outcome: Outcome): Served => ({ value, age, outcome })
