/**
 * The routes over a cache that has a value, a failure or nothing for each name, for the tests of reads.
 */
import { Effect, Layer, Redacted } from "effect"
import type { Forward, Served } from "../../src/cache/Served.ts"
import { Plan, type PlanShape } from "../../src/config/Plan.ts"
import { notFound, parameter, planOf, SECOND, text, unavailable } from "../support/entries.ts"
import { askRoutes, cacheOf } from "../support/routes.ts"

export const served = (body: string, more: Partial<Served> = {}): Served => ({
  value: text(body),
  age: 2 * SECOND,
  outcome: "hit",
  ...more,
})

export const json = (body: string): Served => ({
  ...served(""),
  value: { body: Redacted.make(body), contentType: "application/json" },
})

const MISS: Forward = { reason: "miss", isCollapsed: false, isStored: true }

const NAMES = ["A", "B", "ITEM", "BINARY", "GONE", "DOWN"]

export const ANSWERS = {
  A: served("value of A"),
  B: served("value of B", { age: 10 * SECOND, outcome: "miss", forward: MISS }),
  ITEM: json('{"n":12345678901234567890123456789012345678,"s":"text","o":{"a/b":[1,2.50]}}'),
  BINARY: {
    ...served(""),
    value: { body: Redacted.make(Uint8Array.from([0, 255])), contentType: "application/octet-stream" },
  },
  GONE: notFound,
  DOWN: unavailable,
} as const

/** The routes over these answers; `find` and `findPath` of the plan as the test has them. */
export const setup = (more: Partial<PlanShape> = {}) =>
  Effect.gen(function* () {
    const cache = cacheOf({ ...ANSWERS, "/app": json('{"/app/x":"value of x","/app/y":"{\\"z\\":1.0}"}') })
    const plan = Layer.effect(
      Plan,
      Effect.map(Plan, (plan) => ({ ...plan, ...more })),
    ).pipe(Layer.provide(planOf(...NAMES.map((name) => parameter(name)))))
    return { calls: cache.calls, ask: yield* askRoutes({ read: cache.read }, plan) }
  })

export const withHeaders = (headers: Readonly<Record<string, string>>): RequestInit => ({ headers })
