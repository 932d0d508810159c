/**
 * Runs commands on a real cache with simulated callers, a simulated AWS and the TestClock, and compares everything with
 * the reference model.
 *
 * Violations are collected as text, because they may occur in a fiber of the cache. After a good run, `violations` is
 * empty.
 */
import { Clock, Effect, Exit, Fiber, Layer, Redacted, Scope } from "effect"
import type { TestClock } from "effect/testing"
import { Cache } from "../../src/cache/Cache.ts"
import type { Served } from "../../src/cache/Served.ts"
import { FETCH_LIMIT } from "../../src/domain/defaults.ts"
import type { Limits } from "../../src/config/limits.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import type { SourceError } from "../../src/domain/SourceError.ts"
import { makeModel } from "./cacheModel.ts"
import { makeAws, outcomeOf } from "./cacheModelAws.ts"
import { type Command, ENTRIES, show } from "./cacheModelCommands.ts"
import { makeInvokes } from "./cacheModelInvokes.ts"
import { LIMITS, planWith, SECOND } from "./entries.ts"

const ALL: ReadonlyArray<Entry> = Object.values(ENTRIES)

/** Enough turns of the scheduler for an answer to reach the last of those who wait for it. */
const TURNS = 12

type Kind = "read" | "refresh"

interface Caller {
  readonly kind: Kind
  readonly entry: Entry
  readonly begunAt: number
  readonly fiber: Fiber.Fiber<unknown, unknown>
}

export interface WorldOptions {
  readonly limits: Partial<Limits>
  /** Whether config.yaml lists them all, or the first only. */
  readonly areAllListed: boolean
}

/** Builds a cache over a simulated AWS. Needs the TestClock that the run is under. */
export const makeWorld = Effect.fnUntraced(function* (testClock: TestClock.TestClock, options: WorldOptions) {
  const limits = { ...LIMITS, ...options.limits }
  const listed = options.areAllListed ? ALL : ALL.slice(0, 1)
  const model = makeModel(limits, new Set(listed.map(({ key }) => key)))
  const violations: Array<string> = []
  const history: Array<string> = []
  const complain = (words: string): void => {
    violations.push(`${words}, after ${history.join("; ")}`)
  }

  // The wall clock is the timers' clock and what it has jumped by.
  let jumped = 0
  const now = () => testClock.currentTimeMillisUnsafe() + jumped
  const wallClock: Clock.Clock = {
    ...testClock,
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
  }

  const invokes = makeInvokes(now)
  const aws = makeAws({ model, limits, complain, now, elapsed: () => testClock.currentTimeMillisUnsafe() })

  const scope = yield* Scope.make()
  const context = yield* Layer.build(
    Cache.layerNoDeps.pipe(Layer.provide([aws.layer, planWith(options.limits, ...listed)])),
  ).pipe(Scope.provide(scope), Effect.provideService(Clock.Clock, wallClock))
  const cache = yield* Effect.provideContext(Cache, context)

  const checkServed = (kind: Kind, entry: Entry, { age, outcome, value }: Served, inVain = false) => {
    const body = String(Redacted.value(value.body))
    const latest = model.value(entry)
    const what = `${kind} of ${entry.name} was served "${body.slice(0, 20)}" as ${outcome}`
    if (latest?.body !== body) return complain(`${what}, but the latest value is "${latest?.body}"`)
    const trueAge = now() - latest.askedAt
    if (age !== Math.max(0, trueAge)) complain(`${what} with an age of ${age} ms; it is ${trueAge} ms`)
    const { staleIfError, staleWhileRevalidate, ttl } = entry.policy
    const isJustForced = kind === "refresh" && trueAge < limits.forcedRefreshInterval
    const longest = {
      hit: isJustForced ? limits.forcedRefreshInterval : ttl,
      shared: ttl,
      stale: ttl + staleWhileRevalidate,
      "stale-if-error": ttl + Math.max(staleIfError, staleWhileRevalidate),
      "stale-if-denied": ttl + Math.max(staleIfError, staleWhileRevalidate),
      miss: Math.max(ttl, FETCH_LIMIT + SECOND),
    }[outcome]
    if (trueAge > longest) complain(`${what} at the age of ${trueAge} ms`)
    if (outcome === "hit" && trueAge < 0) complain(`${what} from a time to come`)
    if (outcome === "stale-if-error" && !model.isFailing(entry) && !inVain && !invokes.mayEnd())
      complain(`${what} while AWS answers`)
    const deniedFor = model.deniedFor(entry, now())
    if (deniedFor > entry.policy.staleIfDenied) complain(`${what}, denied ${deniedFor} ms ago`)
    if (outcome === "stale-if-error" && deniedFor !== -Infinity) complain(`${what}, and was denied`)
    if (outcome === "stale-if-denied" && deniedFor === -Infinity) complain(`${what}, and was not denied`)
    if (outcome === "miss" && latest.answeredAt !== now()) complain(`${what}, which is no new value`)
  }

  /** `inVain`: its budget is used up, or that of another who waited for the same call. */
  const checkEnd = (kind: Kind, entry: Entry, exit: Exit.Exit<Served, SourceError>, inVain: boolean) => {
    if (Exit.isSuccess(exit)) return checkServed(kind, entry, exit.value, inVain)
    const reason = outcomeOf(exit)
    if (reason === undefined) return
    const what = `${kind} of ${entry.name} failed with ${reason}`
    if (model.isServable(entry, now())) complain(`${what} although a value could be served`)
    if (reason === "TimedOut" && (inVain || invokes.mayEnd())) return
    if (model.lastReason(entry) !== reason) complain(`${what}, but AWS said ${model.lastReason(entry)}`)
  }

  /** Lets everything happen that needs no time. */
  const settle = Effect.forEach(Array.from({ length: TURNS }), () => Effect.yieldNow, { discard: true })
  const pass = (ms: number) => Effect.andThen(testClock.adjust(ms), settle)

  let callers: ReadonlyArray<Caller> = []
  const waiting = () => callers.filter(({ fiber }) => fiber.pollUnsafe() === undefined)

  const checkAsked = (entry: Entry, asks: "yes" | "no" | "perhaps", before: number, wasUnderWay: boolean) => {
    const asked = aws.begunFor(entry) - before
    if (asks === "no" && asked > 0) complain(`a call for ${entry.name} too many`)
    if (asks === "yes" && asked === 0 && !wasUnderWay) complain(`no call for ${entry.name}`)
  }

  /** Starts a caller, and holds what it does at once against what the model expects. */
  const call = Effect.fnUntraced(function* (kind: Kind, entry: Entry) {
    const expected = kind === "read" ? model.expectRead(entry, now()) : model.expectRefresh(entry, now())
    model.wasRead(entry, now())
    const before = aws.begunFor(entry)
    const wasUnderWay = aws.underWay(entry)
    const wasOverdue = aws.isOverdue(entry)
    const begunAt = now()
    const begun = testClock.currentTimeMillisUnsafe()
    let outcome: string | undefined
    const fiber = yield* cache.read(entry, kind === "read" ? {} : { maxAge: 0 }).pipe(
      Effect.onExit((exit) =>
        Effect.sync(() => {
          outcome = outcomeOf(exit)
          const isOver = testClock.currentTimeMillisUnsafe() - begun > limits.readBudget
          checkEnd(kind, entry, exit, isOver || wasOverdue)
          if (isOver) aws.waitedInVain(entry)
        }),
      ),
      Effect.forkChild({ startImmediately: true }),
    )
    callers = [...waiting(), { kind, entry, begunAt, fiber }]
    const atOnce = outcome
    yield* settle
    const what = `${kind} of ${entry.name}`
    // Who has an old value does not wait for a fetch that another has waited for in vain.
    const isPassedBy = wasOverdue && model.isServable(entry, now()) && (atOnce ?? "").startsWith("stale-if-")
    switch (expected._tag) {
      case "Serves":
        if (!expected.outcomes.some((one) => one === atOnce))
          complain(`${what} gave ${atOnce} at once, not ${expected.outcomes.join(" or ")}`)
        return checkAsked(entry, expected.asks, before, wasUnderWay)
      case "Refuses":
        if (atOnce !== expected.reason) complain(`${what} gave ${atOnce} at once, not ${expected.reason}`)
        return checkAsked(entry, "no", before, wasUnderWay)
      case "Asks":
        if (atOnce !== undefined && !isPassedBy) complain(`${what} gave ${atOnce} without asking AWS`)
        return checkAsked(entry, "yes", before, wasUnderWay)
      case "ServesOrAsks":
        return atOnce === undefined
          ? checkAsked(entry, "yes", before, wasUnderWay)
          : checkAsked(entry, "no", before, wasUnderWay)
    }
  })

  const load = Effect.gen(function* () {
    const states = listed.map((entry) => ({ entry, before: aws.begunFor(entry), was: aws.underWay(entry) }))
    for (const entry of listed) model.wasLoaded(entry, now())
    aws.isLoading(true)
    yield* Effect.forkChild(cache.load(listed), { startImmediately: true })
    aws.isLoading(false)
    for (const { before, entry, was } of states) checkAsked(entry, "yes", before, was)
    for (const entry of listed) aws.waitedInVain(entry, limits.loadBudget)
  })

  const refreshDue = Effect.gen(function* () {
    const states = ALL.map((entry) => ({
      entry,
      before: aws.begunFor(entry),
      was: aws.underWay(entry),
      asks: model.expectRefreshDue(entry, now()),
    }))
    yield* cache.refreshDue(ALL)
    yield* settle
    for (const { asks, before, entry, was } of states) checkAsked(entry, asks, before, was)
  })

  const perform = (command: Command): Effect.Effect<unknown> => {
    switch (command._tag) {
      case "Read":
        return call("read", ENTRIES[command.name])
      case "Refresh":
        return call("refresh", ENTRIES[command.name])
      case "Fresh":
        return Effect.sync(() => {
          const entry = ENTRIES[command.name]
          model.wasRead(entry, now())
          const served = cache.fresh(entry)
          if (served !== undefined) checkServed("read", entry, served)
          if ((served !== undefined) !== model.isFresh(entry, now()))
            complain(`${entry.name} is ${served === undefined ? "not fresh" : "fresh"} to the cache only`)
        })
      case "Forget":
        return Effect.suspend(() => {
          model.forget(ENTRIES[command.name], now())
          return cache.forget(ENTRIES[command.name])
        })
      case "Load":
        return load
      case "RefreshDue":
        return refreshDue
      case "Invoke":
        return Effect.suspend(() => cache.setDeadline(invokes.begin(command.ms)))
      case "Leave":
        return Effect.suspend(() =>
          Fiber.interruptAll(
            waiting()
              .slice(0, 1)
              .map(({ fiber }) => fiber),
          ),
        )
      case "Part":
        return Effect.sync(aws.sendPart)
      case "Answer":
        return aws.answer(command.as)
      case "Aws":
        return Effect.sync(() => aws.answerAll(command.is))
      case "Wait":
        return pass(command.ms)
      case "Jump":
        return Effect.sync(() => {
          jumped += command.ms
          invokes.freeze()
        })
    }
  }

  const checkBounds = Effect.map(cache.size, (size) => {
    if (size.entries > limits.maxEntries || size.bytes > limits.maxBytes) complain("a bound does not hold")
    const known = model.size()
    if (size.entries !== known.entries || size.bytes !== known.bytes)
      complain(
        `${size.entries} entries of ${size.bytes} bytes are held, not ${known.entries} of ${known.bytes}`,
      )
  })

  const checkWaiting = Effect.sync(() => {
    for (const { begunAt, entry, kind } of waiting())
      if (invokes.isOverdue(begunAt)) complain(`${kind} of ${entry.name} waits longer than its invoke allows`)
  })

  const step = Effect.fnUntraced(function* (command: Command) {
    history.push(show(command))
    model.beginStep()
    yield* pass(1)
    yield* perform(command)
    yield* settle
    yield* checkBounds
    yield* checkWaiting
  })

  /** AWS is well again: whoever waits gets an answer in time, and soon every entry can be read. */
  const recover = Effect.gen(function* () {
    yield* step({ _tag: "Aws", is: "value" })
    yield* step({ _tag: "Wait", ms: 6 * SECOND })
    // A fetch that was frozen in flight is made anew, so that the last of two budgets is meant.
    yield* step({ _tag: "Wait", ms: 6 * SECOND })
    for (const { entry, kind } of waiting()) complain(`${kind} of ${entry.name} still waits`)
    yield* step({ _tag: "Wait", ms: 80 * SECOND })
    for (const name of Object.keys(ENTRIES) as ReadonlyArray<keyof typeof ENTRIES>) {
      const isRefused = model.expectRead(ENTRIES[name], now() + 1)._tag === "Refuses"
      yield* step({ _tag: "Read", name })
      if (model.value(ENTRIES[name]) === undefined && !isRefused) complain(`${name} is still not served`)
    }
  })

  /** The program ends while AWS hangs and everybody waits. */
  const close = Effect.gen(function* () {
    yield* step({ _tag: "Aws", is: "silent" })
    yield* step({ _tag: "Wait", ms: SECOND })
    yield* step({ _tag: "Load" })
    for (const entry of ALL) yield* call("refresh", entry)
    if (aws.underWayCount() !== ALL.length) complain(`${aws.underWayCount()} calls under way at the end`)
    aws.close()
    yield* Scope.close(scope, Exit.void)
    yield* settle
    if (aws.underWayCount() > 0) complain(`${aws.underWayCount()} calls outlive the cache`)
    if (waiting().length > 0) complain(`${waiting().length} callers outlive the cache`)
  })

  /** Runs the commands until something is wrong, then the recovery and the end; says what was wrong. */
  const run = Effect.fnUntraced(function* (commands: ReadonlyArray<Command>) {
    for (const command of commands) {
      yield* step(command)
      if (violations.length > 0) return violations
    }
    yield* recover
    if (violations.length === 0) yield* close
    return violations
  })

  return {
    run: (commands: ReadonlyArray<Command>) => Effect.provideService(run(commands), Clock.Clock, wallClock),
  }
})
