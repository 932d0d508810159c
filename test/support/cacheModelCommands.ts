/**
 * The commands of the model-based tests as tagged data. A run is a random sequence of them; counterexamples shrink to
 * short ones.
 *
 * Every command takes one millisecond, and durations are multiples of half a second. So no two reads have the same time,
 * and "least recently read" is unambiguous.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { Entry } from "../../src/domain/Entry.ts"
import { HOUR, MINUTE, parameter, SECOND } from "./entries.ts"

/** Entries whose policies differ in what the cache must do with an old value. */
export const ENTRIES = {
  refreshed: parameter("refreshed", { ttl: MINUTE, staleWhileRevalidate: 30 * SECOND }),
  plain: parameter("plain", { ttl: MINUTE, staleIfError: 5 * MINUTE, staleIfDenied: MINUTE }),
  short: parameter("short", { ttl: 5 * SECOND, staleIfError: 0, staleIfDenied: 0, negativeTtl: MINUTE }),
  uncached: parameter("uncached", {
    ttl: 0,
    staleIfError: 20 * SECOND,
    staleIfDenied: 6 * SECOND,
    negativeTtl: 0,
  }),
} as const satisfies Readonly<Record<string, Entry>>

/** A reply of AWS: a short value, a long one, one larger than the cache's limit, or the reason of an error. */
const Answer = Schema.Literals([
  "value",
  "long value",
  "huge value",
  "NotFound",
  "AccessDenied",
  "Throttled",
  "Unavailable",
  "TimedOut",
  "ExpiredCredentials",
  "RefusedCredentials",
  "BadSignature",
  "ConnectionLost",
  "InvalidRequest",
])
export type Answer = typeof Answer.Type

const NAME = { name: Schema.Literals(["refreshed", "plain", "short", "uncached"]) }

const WAITS = [
  500,
  SECOND,
  3 * SECOND,
  6 * SECOND,
  30 * SECOND,
  54 * SECOND,
  MINUTE,
  80 * SECOND,
  5 * MINUTE,
] as const
const STEPS = [5 * SECOND, MINUTE, 2 * HOUR, -SECOND, -MINUTE, -2 * HOUR] as const

export const Command = Schema.Union([
  Schema.TaggedStruct("Read", NAME),
  Schema.TaggedStruct("Fresh", NAME),
  /** A read with `Cache-Control: no-cache`. */
  Schema.TaggedStruct("Refresh", NAME),
  /** DELETE. */
  Schema.TaggedStruct("Forget", NAME),
  Schema.TaggedStruct("Load", {}),
  /** What an INVOKE does. */
  Schema.TaggedStruct("RefreshDue", {}),
  /** INVOKE comes, and says that Lambda ends the function in so long. */
  Schema.TaggedStruct("Invoke", { ms: Schema.Literals([300, SECOND, 3 * SECOND, 10 * SECOND]) }),
  /** The caller that has waited longest goes away. */
  Schema.TaggedStruct("Leave", {}),
  /** AWS answers the call that has waited longest. */
  Schema.TaggedStruct("Answer", { as: Answer }),
  /** AWS sends a part of its answer to the call that has waited longest: a page of a path, a round of a batch. */
  Schema.TaggedStruct("Part", {}),
  /** From now on AWS answers every call so, at once; or not until it is told. */
  Schema.TaggedStruct("Aws", { is: Schema.Union([Schema.Literal("silent"), Answer]) }),
  /** Time passes: timers fire. */
  Schema.TaggedStruct("Wait", { ms: Schema.Literals(WAITS) }),
  /** The wall clock jumps and no timer fires: a freeze and its thaw, or a clock that was set. */
  Schema.TaggedStruct("Jump", { ms: Schema.Literals(STEPS) }),
])
export type Command = typeof Command.Type

/** A sequence that grows with the size of the run. */
export const commands = Arbitrary.array(Arbitrary.schema(Command))

/** A command as a counterexample shows it: `Wait 500`, `Read plain`. */
export const show = ({ _tag, ...fields }: Command): string =>
  [_tag, ...Object.values(fields).map(String)].join(" ")
