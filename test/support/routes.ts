/**
 * The routes over a cache of the test: requests are paths, responses are status, headers and body.
 */
import { Effect, Layer, Metric, type Scope } from "effect"
import { HttpEffect } from "effect/http"
import { Cache, type ReadOptions } from "../../src/cache/Cache.ts"
import type { Served } from "../../src/cache/Served.ts"
import type { Plan } from "../../src/config/Plan.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import type { SourceError } from "../../src/domain/SourceError.ts"
import { app } from "../../src/http/routes.ts"
import { planOf } from "./entries.ts"

interface RouteAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  readonly bytes: Buffer
}

/**
 * The routes over a mocked cache and a plan, with metrics of their own. Nothing of the cache works but what is given.
 */
export const askRoutes = (
  cache: Partial<Cache["Service"]>,
  plan: Layer.Layer<Plan> = planOf(),
): Effect.Effect<(path: string, init?: RequestInit) => Effect.Effect<RouteAnswer>, never, Scope.Scope> => {
  const registry = new Map()
  const counting = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provideService(effect, Metric.MetricRegistry, registry)
  const served = Effect.provide(app, [Layer.mock(Cache, { fresh: () => undefined, ...cache }), plan])
  return Effect.map(counting(served), (handler) => {
    const fetch = HttpEffect.toWebHandler(counting(handler))
    return (path, init) =>
      Effect.promise(async () => {
        const response = await fetch(new Request(`http://localhost:4000${path}`, init))
        const bytes = Buffer.from(await response.arrayBuffer())
        return { status: response.status, headers: response.headers, body: bytes.toString("utf8"), bytes }
      })
  })
}

/** A read of the cache. */
interface ReadCall extends ReadOptions {
  readonly name: string
}

/** A cache with a fixed result for each name, which records the options of reads. */
export const cacheOf = (answers: Readonly<Record<string, Served | SourceError>>) => {
  const calls: Array<ReadCall> = []
  const read = ({ name }: Entry, options: ReadOptions = {}) =>
    Effect.suspend(() => {
      calls.push({ name, ...options })
      const answer = answers[name]
      if (answer === undefined) return Effect.die(`the cache was asked for ${name}`)
      return "outcome" in answer ? Effect.succeed(answer) : Effect.fail(answer)
    })
  return { calls, read }
}
