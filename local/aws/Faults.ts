/**
 * Fault injection: rules that say which calls fail, and how.
 *
 * Tests inject rules directly, other processes over HTTP (control.ts). `AwsEmulator` looks up the fault of each recorded
 * call; answer.ts applies it. The rule that was injected first wins.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Call } from "./Calls.ts"
import { SERVICES } from "./protocol.ts"

const isDuration = (input: string | number): boolean =>
  Option.isSome(Duration.fromInput(input as Duration.Input))

/** Milliseconds, or text such as "250 millis" and "2 seconds". */
const DurationInput = Schema.Union([Schema.Number, Schema.String]).check(
  Schema.makeFilter((input) => isDuration(input) || 'a number of milliseconds or text such as "2 seconds"'),
)

/**
 * How a call fails.
 * - `throttle`: the service's own throttling error.
 * - `error`: a refusal of any type and status.
 * - `page`: an HTML page with this status, as a proxy or a firewall sends it.
 * - `delay`: the normal answer, later.
 * - `resetBefore`: the connection is reset (RST) instead of an answer.
 * - `resetMid`: the connection is reset after half of the body.
 * - `truncate`: half of the body is sent although Content-Length promises all of it, then the connection closes (FIN).
 * - `wrongJson`: 200 with a body that is not JSON.
 * - `emptyBody`: 200 with no body.
 * - `body`: 200 with this body.
 * - `rearrange`: the normal answer with its parameters, secrets or items in another order (default: shuffled), without
 *   the members in `without`, or with the selectors of parameters in their names.
 * - `hang`: no answer, until the caller or the emulator closes the connection.
 * - `unprocessed`: BatchGetItem reads its first `processed` keys (default 0) and returns the others as UnprocessedKeys.
 */
export const FaultEffect = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("throttle") }),
  Schema.Struct({
    kind: Schema.Literal("error"),
    status: Schema.Number,
    type: Schema.String,
    message: Schema.optionalKey(Schema.String),
  }),
  Schema.Struct({ kind: Schema.Literal("page"), status: Schema.Number }),
  Schema.Struct({ kind: Schema.Literal("delay"), duration: DurationInput }),
  Schema.Struct({ kind: Schema.Literal("resetBefore") }),
  Schema.Struct({ kind: Schema.Literal("resetMid") }),
  Schema.Struct({ kind: Schema.Literal("truncate") }),
  Schema.Struct({ kind: Schema.Literal("wrongJson") }),
  Schema.Struct({ kind: Schema.Literal("emptyBody") }),
  Schema.Struct({ kind: Schema.Literal("body"), body: Schema.String }),
  Schema.Struct({
    kind: Schema.Literal("rearrange"),
    order: Schema.optionalKey(Schema.Literals(["shuffled", "reversed"])),
    without: Schema.optionalKey(Schema.Array(Schema.String)),
    selectorInName: Schema.optionalKey(Schema.Boolean),
  }),
  Schema.Struct({ kind: Schema.Literal("hang") }),
  Schema.Struct({ kind: Schema.Literal("unprocessed"), processed: Schema.optionalKey(Schema.Number) }),
])
export type FaultEffect = typeof FaultEffect.Type

/** Which calls fail, and how. An absent condition matches every call. */
export const FaultRule = Schema.Struct({
  service: Schema.optionalKey(Schema.Literals(SERVICES)),
  operation: Schema.optionalKey(Schema.String),
  /** Matches a call for at least one of these names (see `Call.names`). */
  match: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Matches a call with the credentials of this role (see `Call.role`). */
  role: Schema.optionalKey(Schema.String),
  /** Number of matching calls to let through first. Default 0. */
  after: Schema.optionalKey(Schema.Number),
  /** Number of calls to fail after that. Default: all. */
  times: Schema.optionalKey(Schema.Number),
  effect: FaultEffect,
})
export type FaultRule = typeof FaultRule.Type

interface FaultHandle {
  readonly id: string
  /** How many calls the rule has failed so far. */
  readonly hits: Effect.Effect<number>
  readonly remove: Effect.Effect<void>
}

export interface Faults {
  readonly inject: (rule: FaultRule) => Effect.Effect<FaultHandle>
  /** Removes one rule; false if there is none with this id. */
  readonly remove: (id: string) => Effect.Effect<boolean>
  readonly clear: Effect.Effect<void>
  readonly list: Effect.Effect<
    ReadonlyArray<{ readonly id: string; readonly hits: number; readonly rule: FaultRule }>
  >
}

/** Whether a rule matches a call, regardless of its counts. */
export const matches = (rule: FaultRule, call: Call): boolean =>
  (rule.service === undefined || rule.service === call.service) &&
  (rule.operation === undefined || rule.operation === call.operation) &&
  (rule.role === undefined || rule.role === call.role) &&
  (rule.match === undefined || rule.match.some((name) => call.names.includes(name)))

interface ActiveRule {
  readonly id: string
  readonly rule: FaultRule
  /** Matching calls so far, failed or let through. */
  matched: number
  hits: number
}

/** An empty list of rules, and the function that picks the fault of a call. */
export const makeFaults = (): {
  readonly faults: Faults
  /** The fault of a call, if any. Counts it as a hit. */
  readonly take: (call: Call) => FaultEffect | undefined
} => {
  const active = new Map<string, ActiveRule>()
  let nextId = 1

  const take = (call: Call): FaultEffect | undefined => {
    for (const entry of active.values()) {
      const { rule } = entry
      if (!matches(rule, call)) continue
      entry.matched += 1
      if (entry.matched <= (rule.after ?? 0) || entry.hits >= (rule.times ?? Infinity)) continue
      entry.hits += 1
      return rule.effect
    }
    return undefined
  }

  const remove = (id: string) => Effect.sync(() => active.delete(id))

  const inject = (rule: FaultRule) =>
    Effect.sync((): FaultHandle => {
      const entry: ActiveRule = { id: `fault-${nextId++}`, rule, matched: 0, hits: 0 }
      active.set(entry.id, entry)
      return {
        id: entry.id,
        hits: Effect.sync(() => entry.hits),
        remove: Effect.asVoid(remove(entry.id)),
      }
    })

  return {
    take,
    faults: {
      inject,
      remove,
      clear: Effect.sync(() => active.clear()),
      list: Effect.sync(() => [...active.values()].map(({ id, hits, rule }) => ({ id, hits, rule }))),
    },
  }
}
