// The function of the soak test. Each invoke reads listed, unlisted and invalid names, deletes entries and forces fetches, on
// kept and on new connections.
//
// During some invokes the extension is stopped while calls to AWS are in flight.
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type http from "node:http"
import { ask } from "../../test/support/extensionHttp.ts"
import { TARGETS } from "./world.ts"

/** The results of all requests so far. */
export interface Tally {
  requests: number
  freezesInFlight: number
  /** Responses by status. 0 is a broken connection. */
  readonly statuses: Map<number, number>
  /** Reads of values that were in memory but not served. */
  readonly unserved: Array<string>
}

export const makeTally = (): Tally => ({
  requests: 0,
  freezesInFlight: 0,
  statuses: new Map(),
  unserved: [],
})

const REQUESTS_PER_INVOKE = 25
const CONCURRENT = 6

/** How often the extension is stopped in the middle of an invoke, and for how long. */
const FREEZE_SHARE = 0.15
const FREEZE_MILLIS = 250

interface Request {
  readonly target: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the status must be 200. */
  readonly mustBeServed?: true
}

const NO_CACHE = { "cache-control": "no-cache" }

/** The mix of requests, in percent. */
const MIX: ReadonlyArray<readonly [share: number, request: (pick: Pick) => Request]> = [
  [65, (pick) => ({ target: pick(TARGETS.steady), mustBeServed: true })],
  [5, (pick) => ({ target: pick(TARGETS.steady), headers: NO_CACHE, mustBeServed: true })],
  [8, (pick) => ({ target: pick(TARGETS.changing) })],
  [4, (pick) => ({ target: pick(TARGETS.changing), method: "DELETE" })],
  [3, (pick) => ({ target: pick(TARGETS.changing), headers: NO_CACHE })],
  [7, (pick) => ({ target: pick(TARGETS.onDemand) })],
  [6, (pick) => ({ target: pick(TARGETS.bad) })],
  [2, (pick) => ({ target: pick(TARGETS.steady), method: "POST" })],
]

type Pick = <A>(from: ReadonlyArray<A>) => A

const pickBy =
  (share: number): Pick =>
  (from) =>
    // The lists are not empty, and the random number is below 1.
    from[Math.floor(share * from.length)] as (typeof from)[number]

const requestAt = (percent: number, pick: Pick): Request => {
  let below = 0
  for (const [share, request] of MIX) {
    below += share
    if (percent < below) return request(pick)
  }
  return { target: "/health" }
}

const send = Effect.fnUntraced(function* (port: number, kept: http.Agent, tally: Tally) {
  const request = requestAt(100 * (yield* Random.next), pickBy(yield* Random.next))
  const isKept = yield* Random.nextBoolean
  const { headers = {}, method = "GET", target } = request
  const status = yield* ask(port, target, { method, headers, ...(isKept ? { agent: kept } : {}) }).pipe(
    Effect.match({ onSuccess: (answer) => answer.status, onFailure: () => 0 }),
  )
  tally.requests += 1
  tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1)
  if (request.mustBeServed && status !== 200) tally.unserved.push(`${status} for ${target}`)
})

/** Stops the extension while requests are under way. */
const freezeInFlight = Effect.fnUntraced(function* (freezer: Freezer, tally: Tally) {
  if ((yield* Random.next) >= FREEZE_SHARE) return
  tally.freezesInFlight += 1
  yield* freezer.pause
  yield* Effect.sleep(FREEZE_MILLIS)
  yield* freezer.resume
})

interface Freezer {
  readonly pause: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
}

/** Sends the requests of one invoke. */
export const traffic = (
  port: number,
  kept: http.Agent,
  freezer: Freezer,
  tally: Tally,
): Effect.Effect<void> =>
  Effect.all(
    [
      Effect.forEach(Array.from({ length: REQUESTS_PER_INVOKE }), () => send(port, kept, tally), {
        concurrency: CONCURRENT,
        discard: true,
      }),
      freezeInFlight(freezer, tally),
    ],
    { concurrency: "unbounded", discard: true },
  )
