/**
 * Plays a fault of the shared tier on a built artifact: what a new environment reads, what a read past the ttl gives, what
 * /ready says, and when the tier is used again. `tierReport.ts` writes the cells down.
 */
import { Clock, Effect, Schedule } from "effect"
import { readAll } from "../../local/fleet/Storm.ts"
import type { Artifact } from "./extension.ts"
import { ask } from "./extensionHttp.ts"
import type { TierFault } from "./tierFaults.ts"
import {
  type DynamoEngine,
  LASTING,
  makeTierWorld,
  READ_BUDGET,
  type RedisEngine,
  SHORT,
  valueOf,
} from "./tierWorld.ts"

/** What a request for several values gave. */
export interface Seen {
  /** Milliseconds. */
  readonly took: number
  /** To Parameter Store. */
  readonly calls: number
}

export interface TierCell {
  readonly engine: DynamoEngine["_tag"] | RedisEngine["_tag"]
  readonly title: string
  /** By a new environment, of values that are fresh in the tier. Undefined: the fault begins in a freeze. */
  readonly first: Seen | undefined
  /** By an old environment, of values whose ttl has passed. */
  readonly expired: Seen
  /** What /ready says of the tier. */
  readonly said: string
  /** Milliseconds from the end of the fault until an operation was answered. */
  readonly recovery: number
  /** The promises that were not kept. */
  readonly broken: ReadonlyArray<string>
}

/** For a machine that does other things too. */
const SLACK = 1_000
const MAX_RECOVERY = 20_000
const POLL = Schedule.spaced("50 millis")
const RECORDS = LASTING.length + SHORT.length

interface Ready {
  readonly shared: { readonly state: string; readonly reason?: { readonly type: string } }
  readonly entries: ReadonlyArray<{ readonly name: string; readonly state: string }>
}

const timed = <A>(effect: Effect.Effect<A>) =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeNanos
    const result = yield* effect
    return { result, took: Number((yield* Clock.currentTimeNanos) - startedAt) / 1e6 }
  })

/** One row on one artifact. */
export const playTierFault = <E extends DynamoEngine | RedisEngine>(
  tag: E["_tag"],
  artifact: Artifact,
  fault: TierFault<E>,
) =>
  Effect.gen(function* () {
    const world = yield* makeTierWorld<E>(tag, artifact, { differ: fault.differ === true })
    const { calls, engine, linesOf, port, signal, start } = world
    const broken: Array<string> = []
    const ready = (number: number) =>
      Effect.map(Effect.orDie(ask(port(number), "/ready")), ({ text }) => JSON.parse(text) as Ready)

    /** Reads, and says whether it was as promised. */
    const read = (number: number, names: ReadonlyArray<string>) =>
      Effect.gen(function* () {
        const before = yield* calls
        const { result, took } = yield* timed(Effect.orDie(readAll(port(number), names)))
        for (const [name, { status }] of Object.entries(result.errors as Record<string, { status: number }>))
          broken.push(`${name} was answered with ${status}`)
        for (const name of names)
          if (result.values[name] !== valueOf(name)) broken.push(`${name} had another value`)
        if (took > READ_BUDGET + SLACK) broken.push(`the read took ${took} ms`)
        return { took, calls: (yield* calls) - before }
      })

    const untilExpired = Effect.repeat(ready(0), {
      schedule: POLL,
      until: ({ entries }) =>
        SHORT.every((name) => entries.some((entry) => entry.name === name && entry.state === "expired")),
    })

    yield* start(0)
    yield* read(0, [...LASTING, ...SHORT])
    // One record for each entry, and at least one pack.
    yield* Effect.repeat(engine.count, { schedule: POLL, until: (count) => count > RECORDS }).pipe(
      Effect.timeout("1 minute"),
    )
    yield* untilExpired
    if (fault.isFrozen === true) yield* signal(0, "SIGSTOP")
    yield* fault.begin(engine)
    if (fault.isFrozen === true) yield* signal(0, "SIGCONT")
    const expired = yield* read(0, SHORT)
    if (fault.isFrozen !== true) yield* start(1)
    const first = fault.isFrozen === true ? undefined : yield* read(1, LASTING)
    const seenBy = fault.isFrozen === true ? 0 : 1
    const { shared } = yield* ready(seenBy)
    if (fault.state !== undefined && shared.state !== fault.state)
      broken.push(`/ready says ${shared.state} instead of ${fault.state}`)
    if (fault.isHarmless === true && first !== undefined && first.calls > 0)
      broken.push(`a new environment made ${first.calls} calls`)
    const warnings = linesOf(seenBy).filter((line) => line.includes("The shared tier does not answer"))
    if (warnings.length > 1) broken.push(`the log has ${warnings.length} warnings`)
    if (fault.state === "failing" && warnings.length === 0) broken.push("the log has no warning")
    yield* fault.end(engine)
    const recovered = timed(
      Effect.repeat(Effect.andThen(read(seenBy, SHORT), ready(seenBy)), {
        schedule: POLL,
        until: ({ shared: { state } }) => state === "answering",
      }).pipe(Effect.timeoutOption(MAX_RECOVERY + SLACK)),
    )
    const { result, took: recovery } = yield* recovered
    if (result._tag === "None") broken.push(`the tier was not used again within ${MAX_RECOVERY} ms`)
    const said = shared.reason === undefined ? shared.state : `${shared.state} (${shared.reason.type})`
    const cell: TierCell = { engine: tag, title: fault.title, first, expired, said, recovery, broken }
    return cell
  }).pipe(Effect.scoped)
