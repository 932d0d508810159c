/**
 * A fleet under random commands: environments with clocks that differ, one shared tier with faults, one AWS. Every answer of
 * AWS is a value of its own, so each read tells who asked for it, for what, and when.
 *
 * Nothing is predicted here; `run` collects what no read may ever do, as text.
 */
import { Clock, Deferred, Effect, Exit, type Fiber, Layer, Redacted, Scope } from "effect"
import type { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import type { Served } from "../../src/cache/Served.ts"
import type { Address } from "../../src/domain/Address.ts"
import {
  DEFAULT_SHARED_TIMEOUT,
  LOAD_BUDGET,
  READ_BUDGET,
  SHARED_LEAST_WAIT,
} from "../../src/domain/defaults.ts"
import type { Entry, Value } from "../../src/domain/Entry.ts"
import type { SourceError } from "../../src/domain/SourceError.ts"
import { Shared } from "../../src/shared/Shared.ts"
import { makeTier } from "../../src/shared/tier.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { notFound, planWith, SECOND, text, unavailable } from "./entries.ts"
import { settle } from "./fleet.ts"
import { type Answer, type Command, ENTRIES, ENVIRONMENTS, placeOf, show } from "./sharedModelCommands.ts"
import { makeSharedStore } from "./sharedStore.ts"

/** Two conversions between clocks round by a millisecond each. */
const ROUNDING = 2

/** A call of AWS under way. */
interface Call {
  readonly environment: number
  readonly place: string
  readonly askedAt: number
  readonly isForced: boolean
  readonly answer: Deferred.Deferred<Value, SourceError>
}

export const makeFleet = Effect.fnUntraced(function* (testClock: TestClock.TestClock) {
  const violations: Array<string> = []
  const history: Array<string> = []
  const complain = (words: string): void => {
    violations.push(`${words}, after ${history.join("; ")}`)
  }

  // True time is the timers' and what everybody was frozen for.
  let frozen = 0
  const now = () => testClock.currentTimeMillisUnsafe() + frozen
  let lastFreeze = -Infinity
  let lastFault = -Infinity
  const memory = makeSharedStore({ now: Effect.sync(now) })
  let isFaulty = false
  const isCalmSince = (since: number) => !isFaulty && lastFault < since && lastFreeze < since
  const [answers, calls] = [new Map<string, Answer>(), new Set<Call>()]
  let mode: "value" | "silent" | "NotFound" | "Unavailable" = "value"

  const valueFor = ({ askedAt, environment, place }: Call): Value => {
    const body = `answer ${answers.size}`
    answers.set(body, { namespace: ENVIRONMENTS[environment]?.namespace ?? "", place, askedAt })
    return text(body)
  }
  const reply = (call: Call, as: Exclude<typeof mode, "silent">) =>
    as === "value"
      ? Deferred.succeed(call.answer, valueFor(call))
      : Deferred.fail(call.answer, as === "NotFound" ? notFound : unavailable)

  /** When an environment began to need a place, and whether by force. */
  const needed = new Map<string, { readonly at: number; readonly isForced: boolean }>()

  const checkTurn = (call: Call) => {
    const need = needed.get(`${call.environment} ${call.place}`)
    if (need === undefined || call.isForced || now() - need.at >= SHARED_LEAST_WAIT) return
    const { entries, namespace } = ENVIRONMENTS[call.environment] ?? ENVIRONMENTS[0]
    for (const other of calls) {
      const others = ENVIRONMENTS[other.environment]
      // A function that lists other names has other leases.
      const hasSameLease = others?.namespace === namespace && others.entries === entries
      if (other.environment === call.environment || other.place !== call.place || !hasSameLease) continue
      // Whoever was frozen has lost its lease, and asks again.
      const since = needed.get(`${other.environment} ${other.place}`)?.at ?? other.askedAt
      if (!other.isForced && isCalmSince(since))
        complain(`${call.environment} asks for ${call.place} while ${other.environment} does`)
    }
  }

  const sourcesOf = (environment: number) =>
    Layer.succeed(Sources, {
      prepare: () => Effect.void,
      importFor: () => Effect.void,
      fetch: Effect.fnUntraced(function* (address: Address) {
        const place = placeOf(address)
        const isForced = needed.get(`${environment} ${place}`)?.isForced ?? false
        const answer = yield* Deferred.make<Value, SourceError>()
        const call: Call = { environment, place, askedAt: now(), isForced, answer }
        checkTurn(call)
        calls.add(call)
        if (mode !== "silent") yield* reply(call, mode)
        return yield* Effect.ensuring(
          Deferred.await(answer),
          Effect.sync(() => calls.delete(call)),
        )
      }),
    })

  const start = Effect.fnUntraced(function* (index: number) {
    const { entries, namespace, offset } = ENVIRONMENTS[index] ?? ENVIRONMENTS[0]
    const here = () => now() + offset
    const clock: Clock.Clock = {
      ...testClock,
      currentTimeMillisUnsafe: here,
      currentTimeMillis: Effect.sync(here),
    }
    const listed = entries.map((name) => ENTRIES[name])
    const tier = makeTier({
      store: memory.store,
      cipher: undefined,
      namespace,
      timeout: DEFAULT_SHARED_TIMEOUT,
      isShared: () => true,
      listed,
    })
    const scope = yield* Scope.make()
    const context = yield* Layer.build(
      Cache.layerNoDeps.pipe(
        Layer.provide([sourcesOf(index), planWith({}, ...listed)]),
        Layer.provide(Layer.effect(Shared, tier)),
      ),
    ).pipe(Scope.provide(scope), Effect.provideService(Clock.Clock, clock))
    const cache = yield* Effect.provideContext(Cache, context)
    const within = <A, E>(effect: Effect.Effect<A, E>) => Effect.provideService(effect, Clock.Clock, clock)
    return { cache, listed, scope, within, namespace }
  })

  const environments = yield* Effect.forEach(ENVIRONMENTS, (_, index) => start(index))

  const checkServed = (index: number, { address, policy, name }: Entry, served: Served) => {
    const { age, outcome, value } = served
    const answer = answers.get(String(Redacted.value(value.body)))
    const what = `${index} was served ${name} as ${outcome}`
    if (answer === undefined) return complain(`${what}, which AWS never said`)
    if (answer.place !== placeOf(address)) complain(`${what}, with the value of ${answer.place}`)
    if (answer.namespace !== ENVIRONMENTS[index]?.namespace) complain(`${what} from ${answer.namespace}`)
    const trueAge = now() - answer.askedAt
    if (age < trueAge - ROUNDING) complain(`${what} with an age of ${age} ms; it is ${trueAge} ms`)
    const longest = {
      hit: policy.ttl,
      shared: policy.ttl,
      stale: policy.ttl + policy.staleWhileRevalidate,
      "stale-if-error": policy.ttl + Math.max(policy.staleIfError, policy.staleWhileRevalidate),
      "stale-if-denied": 0,
      miss: policy.ttl + READ_BUDGET,
    }[outcome]
    if (trueAge > longest + ROUNDING) complain(`${what} at the age of ${trueAge} ms`)
  }

  /** Whether the tier has had a value for longer than a read takes that may be served while AWS fails. */
  const isServable = (index: number, { address, policy }: Entry): boolean => {
    const latest = Array.from(answers.values()).findLast(
      ({ namespace, place }) => namespace === ENVIRONMENTS[index]?.namespace && place === placeOf(address),
    )
    const age = now() - (latest?.askedAt ?? -Infinity)
    return age <= policy.ttl + policy.staleIfError
  }

  let isDisturbed = false
  const readers = new Set<Fiber.Fiber<unknown>>()
  const read = Effect.fnUntraced(function* (index: number, entry: Entry, isForced: boolean) {
    const environment = environments[index]
    if (environment === undefined) return
    const begunAt = now()
    const begun = testClock.currentTimeMillisUnsafe()
    needed.set(`${index} ${placeOf(entry.address)}`, { at: begunAt, isForced })
    const reading = environment.cache.read(entry, isForced ? { maxAge: 0 } : {}).pipe(
      environment.within,
      Effect.onExit((exit) =>
        Effect.sync(() => {
          const took = testClock.currentTimeMillisUnsafe() - begun
          // A read that has joined a load may wait for the rest of its budget.
          if (took > LOAD_BUDGET + READ_BUDGET) complain(`${index} waited ${took} ms for ${entry.name}`)
          if (Exit.isSuccess(exit)) return checkServed(index, entry, exit.value)
          const error = Exit.findErrorOption(exit)
          const reason = error._tag === "Some" ? error.value.reason._tag : "interrupted"
          const isFailure = reason === "Unavailable" || reason === "TimedOut"
          if (isFailure && !isDisturbed && isCalmSince(begunAt) && isServable(index, entry))
            complain(`${index} got ${reason} for ${entry.name} although the fleet has a value`)
        }),
      ),
      Effect.ignore,
    )
    const fiber = yield* Effect.forkChild(reading, { startImmediately: true })
    readers.add(fiber)
    fiber.addObserver(() => readers.delete(fiber))
  })

  const perform = (command: Command): Effect.Effect<unknown> => {
    switch (command._tag) {
      case "Read":
        return read(command.environment, ENTRIES[command.name], command.isForced)
      case "Load":
        return Effect.suspend(() => {
          const environment = environments[command.environment]
          if (environment === undefined) return Effect.void
          for (const { address } of environment.listed)
            needed.set(`${command.environment} ${placeOf(address)}`, { at: now(), isForced: false })
          return Effect.forkChild(environment.within(environment.cache.load(environment.listed)), {
            startImmediately: true,
          })
        })
      case "RefreshDue":
        return Effect.suspend(() => {
          const environment = environments[command.environment]
          if (environment === undefined) return Effect.void
          for (const { address } of environment.listed)
            needed.set(`${command.environment} ${placeOf(address)}`, { at: now(), isForced: false })
          return environment.within(environment.cache.refreshDue(environment.listed))
        })
      case "Forget":
        return Effect.suspend(() => {
          // What one environment forgets, another may still have in memory, and the fleet has no value then.
          isDisturbed = true
          const environment = environments[command.environment]
          return environment === undefined
            ? Effect.void
            : Effect.forkChild(environment.within(environment.cache.forget(ENTRIES[command.name])), {
                startImmediately: true,
              })
        })
      case "Restart":
        return Effect.gen(function* () {
          const before = environments[command.environment]
          if (before === undefined) return
          yield* Scope.close(before.scope, Exit.void)
          environments[command.environment] = yield* start(command.environment)
        })
      case "Answer":
        return Effect.suspend(() => {
          const [oldest] = calls
          return oldest === undefined ? Effect.void : reply(oldest, command.as)
        })
      case "Aws":
        return Effect.suspend(() => {
          mode = command.is
          if (command.is === "NotFound") isDisturbed = true
          const { is } = command
          return is === "silent" ? Effect.void : Effect.forEach(Array.from(calls), (call) => reply(call, is))
        })
      case "Store":
        return Effect.sync(() => {
          lastFault = now()
          isFaulty = command.is !== "works"
          isDisturbed = true
          memory.setFault(command.is === "works" ? undefined : command.is)
        })
      case "Wait":
        return Effect.andThen(testClock.adjust(command.ms), settle)
      case "Freeze":
        return Effect.sync(() => {
          frozen += command.ms
          lastFreeze = now()
        })
    }
  }

  const step = Effect.fnUntraced(function* (command: Command) {
    history.push(show(command))
    yield* testClock.adjust(1)
    yield* settle
    yield* perform(command)
    yield* settle
  })

  /** Everything is well again, so everybody gets an answer soon, and the fleet shares it. */
  const recover = Effect.gen(function* () {
    yield* step({ _tag: "Store", is: "works" })
    yield* step({ _tag: "Aws", is: "value" })
    for (const ms of Array.from({ length: 14 }, () => SECOND)) yield* step({ _tag: "Wait", ms })
    if (readers.size > 0) complain(`${readers.size} reads still wait`)
    yield* step({ _tag: "Freeze", ms: 3 * 3_600 * SECOND })
    const before = answers.size
    for (const index of ENVIRONMENTS.keys()) {
      yield* read(index, ENTRIES.plain, false)
      for (const ms of [20, 200, 500]) yield* step({ _tag: "Wait", ms })
    }
    const fleets = new Set(ENVIRONMENTS.map(({ namespace }) => namespace)).size
    if (answers.size - before > fleets) complain(`${answers.size - before} calls for ${fleets} fleets`)
  })

  return Effect.fnUntraced(function* (commands: ReadonlyArray<Command>) {
    for (const command of commands) {
      yield* step(command)
      if (violations.length > 0) return violations
    }
    yield* recover
    yield* Effect.forEach(environments, ({ scope }) => Scope.close(scope, Exit.void))
    return violations
  })
})
