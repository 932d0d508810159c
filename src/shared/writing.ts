/**
 * Writes to the tier: each entry's own record, and the packs of their chunks.
 *
 * A pack is read, merged and written again. Its version is the time of that read, and the store keeps the later version. So
 * a write that began before a DELETE cannot bring back what the DELETE has dropped.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import { type ClockState, toStore } from "./clocks.ts"
import { type Contents, memberName } from "./contents.ts"
import { count, type Guard } from "./guard.ts"
import type { Chunk } from "./keys.ts"
import { makeRoundTrip } from "./reading.ts"
import type { Dated, Pack } from "./records.ts"
import type { RecordToWrite, SharedStore } from "./SharedStore.ts"

interface WriteRequest extends Request.Request<void> {
  readonly _tag: "WriteRequest"
  readonly key: string
  readonly dated: Dated
}
const WriteRequest = Request.tagged<WriteRequest>("WriteRequest")

interface WritingOptions {
  readonly store: SharedStore
  readonly guard: Guard
  readonly contents: Contents
  readonly clocks: ClockState
  readonly chunkOf: (key: string) => Chunk
  /** How long a round trip may take, in milliseconds. No read waits for it. */
  readonly bound: number
  /** Called with the key of an entry whose value is too large to be shared. */
  readonly onTooLarge: (key: string) => void
}

type Written = readonly [key: string, dated: Dated]

/** The latest answer of each member, without expired ones. */
const merged = (before: Pack, written: ReadonlyArray<Written>, storeNow: number): Pack => {
  const members = new Map(Array.from(before).filter(([, { expiresAt }]) => expiresAt > storeNow))
  for (const [key, dated] of written) {
    const name = memberName(key)
    const known = members.get(name)
    if (known === undefined || known.content.askedAt < dated.content.askedAt) members.set(name, dated)
  }
  return members
}

export const make = Effect.fnUntraced(function* (options: WritingOptions) {
  const { bound, chunkOf, clocks, contents, guard, onTooLarge, store } = options
  const scope = yield* Effect.scope
  const roundTrip = makeRoundTrip({ store, guard, clocks, bound: Effect.succeed(bound) })

  const writeRecords = (records: ReadonlyArray<RecordToWrite>) => {
    const [first, ...rest] = records
    return first === undefined
      ? Effect.void
      : Effect.flatMap(guard.run(store.write([first, ...rest]), bound), (reply) =>
          Option.isSome(reply) ? count("write") : Effect.void,
        )
  }

  const writePacks = Effect.fnUntraced(function* (written: ReadonlyArray<Written>) {
    const byPack = Map.groupBy(written, ([key]) => chunkOf(key).pack)
    const packs = Array.from(byPack.keys()).filter((pack) => pack !== undefined)
    if (packs.length === 0) return
    const leases = written.map(([key]) => chunkOf(key).lease)
    const readAt = toStore(clocks.current(), yield* Clock.currentTimeMillis)
    // With their leases, because only reads with leases are strongly consistent.
    const reply = yield* roundTrip(packs, Array.from(new Set(leases)))
    if (Option.isNone(reply)) return
    const records = yield* Effect.forEach(packs, (key) =>
      Effect.gen(function* () {
        const stored = reply.value.records.get(key)
        const before = stored && (yield* contents.openPack(stored, key))
        const members = merged(before ?? new Map(), byPack.get(key) ?? [], readAt)
        const isForgetting = (byPack.get(key) ?? []).some(([, { content }]) => content._tag === "Forgotten")
        // A DELETE is later than any write that began before it.
        const latest = Math.max(readAt, (stored?.askedAt ?? 0) + 1) + (isForgetting ? 1 : 0)
        return yield* contents.pack(key, members, latest)
      }),
    )
    yield* writeRecords(records.filter((record) => record !== undefined))
  })

  const writeAll = Effect.fnUntraced(function* (requests: ReadonlyArray<WriteRequest>) {
    const records = yield* Effect.forEach(requests, ({ dated, key }) => contents.record(key, dated))
    const written = requests.map((request, index): Written => {
      const dated = records[index]?.dated ?? request.dated
      if (dated.content._tag === "TooLarge") onTooLarge(request.key)
      return [request.key, dated]
    })
    const own = records.flatMap(({ record }) => record ?? [])
    yield* Effect.all([writeRecords(own), writePacks(written)], { concurrency: "unbounded", discard: true })
  })

  const resolver = RequestResolver.make<WriteRequest>((entries) =>
    writeAll(entries.map(({ request }) => request)).pipe(
      Effect.ensuring(Effect.sync(() => entries.forEach((entry) => entry.completeUnsafe(Exit.void)))),
      Effect.forkIn(scope),
      Effect.flatMap(Fiber.join),
    ),
  )

  return {
    write: (key: string, dated: Dated): Effect.Effect<void> =>
      Effect.request(WriteRequest({ key, dated }), resolver),
  }
})
