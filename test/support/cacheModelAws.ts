/**
 * The simulated AWS of the model-based tests. It replies to each call as it was told before, or is silent until it is
 * told. It passes every reply that the cache may use on to the reference model.
 *
 * It also checks the calls: one at a time per key, and none cancelled too early.
 */
import { Deferred, Effect, Exit, Layer, Option, Redacted } from "effect"
import { FETCH_LIMIT } from "../../src/domain/defaults.ts"
import type { Limits } from "../../src/config/limits.ts"
import type { Address } from "../../src/domain/Address.ts"
import type { Entry, EntryKey, Value } from "../../src/domain/Entry.ts"
import {
  AccessDenied,
  BadSignature,
  ConnectionLost,
  ExpiredCredentials,
  InvalidRequest,
  NotFound,
  RefusedCredentials,
  TimedOut,
  Throttled,
  Unavailable,
  type SourceError,
} from "../../src/domain/SourceError.ts"
import type { Effort } from "../../src/sources/retry.ts"
import type { Served } from "../../src/cache/Served.ts"
import { Sources } from "../../src/sources/Sources.ts"
import type { Model, Result } from "./cacheModel.ts"
import { type Answer, ENTRIES } from "./cacheModelCommands.ts"
import { failure, text } from "./entries.ts"

const LONG = 1_200
const HUGE = 4_000
const ALL: ReadonlyArray<Entry> = Object.values(ENTRIES)

const REASONS = {
  AccessDenied,
  BadSignature,
  ConnectionLost,
  ExpiredCredentials,
  InvalidRequest,
  NotFound,
  RefusedCredentials,
  TimedOut,
  Throttled,
  Unavailable,
}

interface Call {
  readonly entry: Entry
  /** On the wall clock. */
  readonly askedAt: number
  /** On the clock of the timers. */
  readonly begunAt: number
  readonly budget: number
  readonly answer: Deferred.Deferred<Answer>
  /** Tells the cache that a part has come. */
  readonly note: () => void
  parts: number
  /** When something came last: on the wall clock, and on that of the timers. */
  heardAt: number
  heardElapsed: number
  /** The longest time on the wall clock in which nothing came. */
  longestSilence: number
  /** From when on, on the clock of the timers, somebody has waited for it in vain; Infinity: nobody has. */
  overdueAt: number
}

interface AwsOptions {
  readonly model: Model
  readonly limits: Limits
  readonly complain: (words: string) => void
  /** The wall clock. */
  readonly now: () => number
  /** The clock of the timers: it stands still while the environment is frozen. */
  readonly elapsed: () => number
}

const resultOf = (exit: Exit.Exit<Value, SourceError>): Result => {
  if (Exit.isSuccess(exit)) return { _tag: "Value", body: String(Redacted.value(exit.value.body)) }
  const error = Exit.findErrorOption(exit)
  // The cache gives up on a call by interrupting it.
  return { _tag: "Error", reason: Option.isSome(error) ? error.value.reason._tag : "TimedOut" }
}

/** What one caller got, in the words of the model; none if it left. */
export const outcomeOf = (exit: Exit.Exit<Served, SourceError>): string | undefined => {
  if (Exit.isSuccess(exit)) return exit.value.outcome
  const error = Exit.findErrorOption(exit)
  return Option.isSome(error) ? error.value.reason._tag : undefined
}

export const makeAws = ({ complain, elapsed, limits, model, now }: AwsOptions) => {
  let standing: Answer | "silent" = "silent"
  let isClosed = false
  let budget = limits.readBudget
  let bodies = 0
  const calls: Array<Call> = []
  const begun = new Map<EntryKey, number>()
  /** Calls that were frozen in flight: the next call of the key redoes them, with the same budget. */
  const frozen = new Map<EntryKey, Call>()

  const begunFor = ({ key }: Entry) => begun.get(key) ?? 0
  const underWay = (entry: Entry) => calls.some((call) => call.entry === entry)

  const answerAs = (entry: Entry, answer: Answer): Effect.Effect<Value, SourceError> => {
    bodies += 1
    const body = `${entry.name} #${bodies} `
    switch (answer) {
      case "value":
        return Effect.succeed(text(body))
      case "long value":
        return Effect.succeed(text(body.padEnd(LONG, "x")))
      case "huge value":
        return Effect.succeed(text(body.padEnd(HUGE, "x")))
      default:
        return Effect.fail(failure(new REASONS[answer]({ detail: `the detail of ${answer}` })))
    }
  }

  const begin = (entry: Entry, note: () => void): Call => {
    if (underWay(entry)) complain(`a second fetch of ${entry.name} under way`)
    const call: Call = {
      entry,
      askedAt: now(),
      begunAt: elapsed(),
      budget: frozen.get(entry.key)?.budget ?? budget,
      answer: Deferred.makeUnsafe(),
      note,
      parts: 0,
      heardAt: now(),
      heardElapsed: elapsed(),
      longestSilence: 0,
      overdueAt: frozen.get(entry.key)?.overdueAt ?? Infinity,
    }
    frozen.delete(entry.key)
    begun.set(entry.key, begunFor(entry) + 1)
    calls.push(call)
    return call
  }

  const waitedInVain = (entry: Entry, milliseconds = 0): void => {
    for (const call of calls.filter((call) => call.entry === entry))
      call.overdueAt = Math.min(call.overdueAt, elapsed() + milliseconds)
  }

  const hear = (call: Call): void => {
    call.longestSilence = Math.max(call.longestSilence, now() - call.heardAt)
    call.heardAt = now()
    call.heardElapsed = elapsed()
    call.parts += 1
    call.note()
  }

  /** Whether the answer counts: as it is, as an old value until it is asked for anew, or not at all. */
  const judge = (call: Call, result: Result): "taken" | "kept" | "spoilt" => {
    const { askedAt, budget, entry, parts } = call
    const hasFrozen = (silence: number) => model.wasFrozen(silence, budget)
    const isWhole = result._tag === "Value" && parts > 0
    if (hasFrozen(now() - call.heardAt) && !isWhole) return "spoilt"
    if (result._tag === "Error" || !hasFrozen(Math.max(call.longestSilence, now() - call.heardAt)))
      return "taken"
    const age = now() - askedAt
    return age > entry.policy.ttl && hasFrozen(age) && !model.isTooLarge(entry, result) ? "kept" : "taken"
  }

  const end = (call: Call, exit: Exit.Exit<Value, SourceError>): void => {
    calls.splice(calls.indexOf(call), 1)
    if (isClosed) return
    const isSilent = elapsed() - call.heardElapsed >= call.budget || elapsed() - call.begunAt >= FETCH_LIMIT
    if (Exit.hasInterrupts(exit) && !isSilent)
      complain(`the fetch of ${call.entry.name} was cancelled before its budget was used up`)
    const result = resultOf(exit)
    const verdict = judge(call, result)
    if (verdict !== "spoilt") model.answered(call.entry, call.askedAt, now(), result)
    if (verdict !== "taken") frozen.set(call.entry.key, call)
  }

  const fetch = Effect.fnUntraced(function* (address: Address, effort?: Effort) {
    const entry = ALL.find((candidate) => candidate.address === address)
    if (entry === undefined) return yield* Effect.die("an address of no entry")
    const call = begin(entry, effort?.progress?.note ?? (() => {}))
    const answer = standing === "silent" ? Deferred.await(call.answer) : Effect.as(Effect.yieldNow, standing)
    return yield* answer.pipe(
      Effect.flatMap((how) => answerAs(entry, how)),
      Effect.onExit((exit) => Effect.sync(() => end(call, exit))),
    )
  })

  return {
    layer: Layer.succeed(Sources, { prepare: () => Effect.void, importFor: () => Effect.void, fetch }),
    begunFor,
    underWay,
    underWayCount: () => calls.length,
    /** Fetches that begin meanwhile have the budget of the load, all others that of a read. */
    isLoading: (isLoading: boolean): void => {
      budget = isLoading ? limits.loadBudget : limits.readBudget
    },
    /** Answers the call that has waited longest. */
    answer: (how: Answer): Effect.Effect<void> =>
      Effect.suspend(() => {
        const [first] = calls
        return first === undefined ? Effect.void : Effect.asVoid(Deferred.succeed(first.answer, how))
      }),
    /** Sends a part to the call that has waited longest. */
    sendPart: (): void => calls.slice(0, 1).forEach(hear),
    /** Somebody will have waited, or has waited, for the call of this entry in vain: in so many milliseconds. */
    waitedInVain,
    isOverdue: (entry: Entry): boolean =>
      calls.some((call) => call.entry === entry && elapsed() >= call.overdueAt),
    /** How calls are answered from now on. */
    answerAll: (how: Answer | "silent"): void => {
      standing = how
    },
    /** From now on calls may be cancelled. */
    close: (): void => {
      isClosed = true
    },
  }
}
