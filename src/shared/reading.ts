/**
 * Reads of the tier. Reads that start together share a round trip, and the members of a chunk come from its pack.
 *
 * - `glance`: packs only, eventually consistent. The cheapest read, and all that most cold starts need.
 * - `look`: packs and leases, strongly consistent.
 * - `confirm`: the entries' own records, strongly consistent, for an environment that is about to ask AWS. Other functions of
 *   the namespace, which have other packs, write these records too.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import type { ClockState } from "./clocks.ts"
import { type Contents, memberName } from "./contents.ts"
import type { Guard } from "./guard.ts"
import { type Chunk, isPackKey } from "./keys.ts"
import type { Content, Pack } from "./records.ts"
import type { SharedStore, StoredRecord } from "./SharedStore.ts"

export type Depth = "glance" | "look" | "confirm"

/** The content of a record and the state of its lease. `content` has the store's times. */
export interface Found {
  readonly content: Content | undefined
  /** Whether anybody holds its lease. */
  readonly isHeld: boolean
}

interface ReadRequest extends Request.Request<Found> {
  readonly _tag: "ReadRequest"
  readonly key: string
  readonly depth: Depth
}
const ReadRequest = Request.tagged<ReadRequest>("ReadRequest")

const NOTHING: Found = { content: undefined, isHeld: false }

interface ReadingOptions {
  readonly store: SharedStore
  readonly guard: Guard
  readonly contents: Contents
  readonly clocks: ClockState
  readonly chunkOf: (key: string) => Chunk
  /** How long a round trip may take, in milliseconds. */
  readonly bound: Effect.Effect<number>
}

/** The reply of one round trip. */
interface Reply {
  readonly records: ReadonlyMap<string, StoredRecord>
  readonly held: ReadonlySet<string>
}

const unique = (texts: ReadonlyArray<string>): ReadonlyArray<string> => Array.from(new Set(texts))

/** One round trip; also measures the store's clock. None: no answer in time. */
export const makeRoundTrip =
  ({ bound, clocks, guard, store }: Pick<ReadingOptions, "bound" | "clocks" | "guard" | "store">) =>
  (keys: ReadonlyArray<string>, leases: ReadonlyArray<string>): Effect.Effect<Option.Option<Reply>> =>
    Effect.gen(function* () {
      const sentAt = yield* Clock.currentTimeMillis
      const reply = yield* guard.run(store.read({ keys, leases }), yield* bound)
      if (Option.isNone(reply)) return Option.none()
      const { isHeld, now: storeNow, records } = reply.value
      const repliedAt = yield* Clock.currentTimeMillis
      const { clockError } = store
      clocks.observe(storeNow === undefined ? undefined : { sentAt, repliedAt, storeNow, clockError })
      const found = keys.flatMap((key, index) => {
        const record = records[index]
        return record === undefined ? [] : [[key, record] as const]
      })
      return Option.some({
        records: new Map(found),
        held: new Set(leases.filter((_, index) => isHeld[index] === true)),
      })
    })

export const make = Effect.fnUntraced(function* (options: ReadingOptions) {
  const { chunkOf, contents } = options
  const scope = yield* Effect.scope
  const roundTrip = makeRoundTrip(options)

  /** The key of the record that has a content. */
  const placeOf = (key: string, depth: Depth): string =>
    depth === "confirm" ? key : (chunkOf(key).pack ?? key)

  const leasesFor = (keys: ReadonlyArray<string>, depth: Depth): ReadonlyArray<string> =>
    depth === "glance" ? [] : unique(keys.map((key) => chunkOf(key).lease))

  /** The contents of the keys that have any. */
  const open = Effect.fnUntraced(function* (keys: ReadonlyArray<string>, depth: Depth, { records }: Reply) {
    const places = unique(keys.map((key) => placeOf(key, depth)))
    const packs = new Map<string, Pack>()
    const singles = new Map<string, Content>()
    const openPlace = Effect.fnUntraced(function* (place: string) {
      const record = records.get(place)
      if (record === undefined) return
      const isPack = isPackKey(place)
      const pack = isPack ? yield* contents.openPack(record, place) : undefined
      if (pack !== undefined) packs.set(place, pack)
      const single = isPack ? undefined : yield* contents.openRecord(record, place)
      if (single !== undefined) singles.set(place, single)
    })
    yield* Effect.forEach(places, openPlace, { concurrency: "unbounded", discard: true })
    return (key: string): Content | undefined => {
      const place = placeOf(key, depth)
      return singles.get(place) ?? packs.get(place)?.get(memberName(key))?.content
    }
  })

  const readAll = Effect.fnUntraced(function* (
    depth: Depth,
    requests: ReadonlyArray<Request.Entry<ReadRequest>>,
  ) {
    const complete = (found: (key: string) => Found) =>
      requests.forEach((one) => one.completeUnsafe(Exit.succeed(found(one.request.key))))
    const keys = unique(requests.map(({ request }) => request.key))
    const reply = yield* roundTrip(unique(keys.map((key) => placeOf(key, depth))), leasesFor(keys, depth))
    if (Option.isNone(reply)) return complete(() => NOTHING)
    const contentOf = yield* open(keys, depth, reply.value)
    const elsewhere = keys.filter((key) => contentOf(key)?._tag === "Elsewhere")
    const second =
      elsewhere.length === 0 ? Option.none() : yield* roundTrip(elsewhere, leasesFor(elsewhere, depth))
    const ownOf = Option.isNone(second) ? contentOf : yield* open(elsewhere, "confirm", second.value)
    const { held } = reply.value
    return complete((key) => {
      const content = contentOf(key)
      return {
        content: content?._tag === "Elsewhere" ? ownOf(key) : content,
        isHeld: held.has(chunkOf(key).lease),
      }
    })
  })

  const resolver = RequestResolver.makeGrouped<ReadRequest, Depth>({
    key: ({ request }) => request.depth,
    // A batch outlives the caller that starts it, but not the tier.
    resolver: (requests, depth) => Effect.flatMap(Effect.forkIn(readAll(depth, requests), scope), Fiber.join),
  })

  return {
    read: (key: string, depth: Depth): Effect.Effect<Found> =>
      Effect.request(ReadRequest({ key, depth }), resolver),
  }
})
