/**
 * Entries, values and plans for tests, and a `Sources` whose results the test decides.
 */
import { Deferred, Effect, Layer, Queue, Redacted } from "effect"
import type { Limits } from "../../src/config/limits.ts"
import { Plan, type PlanShape } from "../../src/config/Plan.ts"
import {
  DEFAULT_FORCED_REFRESH_INTERVAL,
  DEFAULT_MAX_CONCURRENT_REQUESTS,
  DEFAULT_MAX_ENTRIES,
  LOAD_BUDGET,
  MOST_DEFAULT_MAX_BYTES,
  READ_BUDGET,
} from "../../src/domain/defaults.ts"
import { makeLookup } from "../../src/kinds/lookup.ts"
import type { Address } from "../../src/domain/Address.ts"
import { type Entry, entryKey, type Policy, type Value } from "../../src/domain/Entry.ts"
import { NotFound, SourceError, type SourceErrorReason, Unavailable } from "../../src/domain/SourceError.ts"
import { Sources } from "../../src/sources/Sources.ts"

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

export const POLICY: Policy = {
  ttl: MINUTE,
  staleWhileRevalidate: 0,
  staleIfError: HOUR,
  staleIfDenied: 5 * MINUTE,
  negativeTtl: 5 * SECOND,
}

export const LIMITS: Limits = {
  maxEntries: DEFAULT_MAX_ENTRIES,
  maxBytes: MOST_DEFAULT_MAX_BYTES,
  readBudget: READ_BUDGET,
  loadBudget: LOAD_BUDGET,
  forcedRefreshInterval: DEFAULT_FORCED_REFRESH_INTERVAL,
  idleRefreshLimit: undefined,
  maxConcurrentRequests: DEFAULT_MAX_CONCURRENT_REQUESTS,
}

export const parameter = (name: string, policy: Partial<Policy> = {}): Entry => ({
  key: entryKey("parameters", name),
  name,
  address: { kind: "parameters", region: "us-west-2", name },
  policy: { ...POLICY, ...policy },
})

/** The name of a parameter; nothing for what is none. */
export const nameAt = (address: Address): string =>
  address.kind === "parameters" && "name" in address ? address.name : ""

export const text = (body: string): Value => ({
  body: Redacted.make(body),
  contentType: "text/plain; charset=utf-8",
})

export const bodyOf = ({ body }: Value) => Redacted.value(body)

export const failure = (reason: SourceErrorReason): SourceError => new SourceError({ reason })
export const unavailable = failure(new Unavailable({ detail: "ServiceUnavailable" }))
export const notFound = failure(new NotFound({ detail: "ParameterNotFound" }))

export const planOf = (...entries: ReadonlyArray<Entry>): Layer.Layer<Plan> => planWith({}, ...entries)

/** A plan with other limits than the defaults. */
export const planWith = (limits: Partial<Limits>, ...entries: ReadonlyArray<Entry>): Layer.Layer<Plan> => {
  const listed = new Map(entries.map((entry) => [entry.key, entry]))
  const plan: PlanShape = {
    entries: listed,
    defaultPolicy: POLICY,
    limits: { ...LIMITS, ...limits },
    onDemand: "deny",
    ...makeLookup({
      regions: [],
      entries: listed,
      onDemand: "deny",
      defaultPolicy: POLICY,
      context: { region: "us-west-2", numbers: "number" },
    }),
    parametersAndSecrets: false,
    workloadCredentials: false,
    offersAppConfigAgent: false,
    warnings: [],
  }
  return Layer.succeed(Plan, plan)
}

/** A plan that offers the routes of other extensions. */
export const planOffering = (
  offered: Partial<PlanShape>,
  limits: Partial<Limits>,
  ...entries: ReadonlyArray<Entry>
): Layer.Layer<Plan> =>
  Layer.effect(
    Plan,
    Effect.map(Plan, (plan) => ({ ...plan, ...offered })),
  ).pipe(Layer.provide(planWith(limits, ...entries)))

/** A fetch that the cache has started and that ends when the test says how. */
export interface Call {
  readonly address: Address
  readonly succeed: (value: Value) => Effect.Effect<void>
  readonly fail: (error: SourceError) => Effect.Effect<void>
}

/** Sources under the test's control: every fetch appears in `calls` and waits for its answer. */
export const controlledSources = Effect.gen(function* () {
  const calls = yield* Queue.unbounded<Call>()
  const layer = Layer.succeed(Sources, {
    prepare: () => Effect.void,
    importFor: () => Effect.void,
    fetch: Effect.fnUntraced(function* (address: Address) {
      const answer = yield* Deferred.make<Value, SourceError>()
      yield* Queue.offer(calls, {
        address,
        succeed: (value) => Effect.asVoid(Deferred.succeed(answer, value)),
        fail: (error) => Effect.asVoid(Deferred.fail(answer, error)),
      })
      return yield* Deferred.await(answer)
    }),
  })
  return { layer, calls, next: Queue.take(calls), waiting: Queue.size(calls) }
})
