/**
 * Every decision about a slot at its borders, to the millisecond: a table, where Slot.test.ts has what holds for all
 * slots and policies.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  afterError,
  afterValue,
  decide,
  decideOn,
  type Decision,
  type Demand,
  EMPTY,
  freshnessOf,
  type Held,
  isDue,
  isJustFetched,
  nextTryAt,
  type Slot,
  wasFrozen,
} from "../../src/cache/Slot.ts"
import type { Policy } from "../../src/domain/Entry.ts"
import { AccessDenied, InvalidRequest, type SourceError, TooLarge } from "../../src/domain/SourceError.ts"
import { failure, notFound, text, unavailable } from "../support/entries.ts"

/** Fresh until 1100, stale until 1120, for errors until 1150; denied for 30, absent for 5. */
const POLICY: Policy = {
  ttl: 100,
  staleWhileRevalidate: 20,
  staleIfError: 50,
  staleIfDenied: 30,
  negativeTtl: 5,
}
const AT = 1_000
const { held } = afterValue(text("v"), AT, POLICY, 0)
const HELD: Slot = { held }

const denied = failure(new AccessDenied({ detail: "denied" }))
const invalid = failure(new InvalidRequest({ detail: "invalid" }))
const tooLarge = failure(new TooLarge({ detail: "too large" }))

/** Fails at a moment with the longest pause, 100 ms the first time. */
const failed = (slot: Slot, error: SourceError, now: number) => afterError(slot, error, now, 1)

const serve = (now: number): Decision => ({ _tag: "Serve", held, age: now - AT })
const refresh = (now: number): Decision => ({ _tag: "ServeAndRefresh", held, age: now - AT })
const meanwhile = (now: number, isDenied = false): Decision => ({
  _tag: "ServeWhileFailing",
  held,
  age: now - AT,
  isDenied,
})
const fetch = (because: "miss" | "stale" | "request"): Decision => ({ _tag: "Fetch", because })
const refuse = (error: SourceError): Decision => ({ _tag: "Refuse", error })

describe("a read", () => {
  it.each<readonly [string, Slot, number, Decision]>([
    ["of nothing", EMPTY, AT, fetch("miss")],
    ["of what is fresh", HELD, AT, serve(AT)],
    ["of what is fresh to the last", HELD, 1_100, serve(1_100)],
    ["of what is stale", HELD, 1_101, refresh(1_101)],
    ["of what is stale to the last", HELD, 1_120, refresh(1_120)],
    ["of what is expired", HELD, 1_121, fetch("stale")],
    ["of what is dead", HELD, 1_151, fetch("stale")],
    ["of what comes from the future", HELD, 999, fetch("stale")],
    ["of what is stale in the moment AWS fails", failed(HELD, unavailable, 1_105), 1_105, meanwhile(1_105)],
    ["of what is stale while AWS fails", failed(HELD, unavailable, 1_105), 1_120, meanwhile(1_120)],
    ["of what is expired while AWS fails", failed(HELD, unavailable, 1_105), 1_150, meanwhile(1_150)],
    ["of what died while AWS failed", failed(HELD, unavailable, 1_105), 1_151, fetch("stale")],
    [
      "before the failure, as the clock was set back",
      failed(HELD, unavailable, 1_110),
      1_105,
      refresh(1_105),
    ],
    ["of what is denied", failed(HELD, denied, 1_105), 1_106, meanwhile(1_106, true)],
    ["of what is denied to the last", failed(HELD, denied, 1_105), 1_135, meanwhile(1_135, true)],
    ["of what has been denied for too long", failed(HELD, denied, 1_105), 1_136, fetch("stale")],
    ["of what is absent", failed(HELD, notFound, AT), 1_005, refuse(notFound)],
    ["of what was absent", failed(HELD, notFound, AT), 1_006, fetch("miss")],
    ["of what was absent in the future", failed(HELD, notFound, AT), 999, fetch("miss")],
    ["of nothing that is denied", failed(EMPTY, denied, AT), 1_005, refuse(denied)],
    ["of nothing that was denied", failed(EMPTY, denied, AT), 1_006, fetch("miss")],
    ["of nothing that AWS refuses", failed(EMPTY, invalid, AT), 1_005, refuse(invalid)],
    ["of nothing that AWS refused", failed(EMPTY, invalid, AT), 1_006, fetch("miss")],
    ["of nothing that is too large", failed(EMPTY, tooLarge, AT), 1_005, refuse(tooLarge)],
    ["of nothing that was too large", failed(EMPTY, tooLarge, AT), 1_006, fetch("miss")],
    ["of nothing that cannot be had", failed(EMPTY, unavailable, AT), AT, fetch("miss")],
    ["of what AWS refuses from now on", failed(HELD, invalid, 1_050), 1_050, refuse(invalid)],
  ])("%s", (_, slot, now, decision) => {
    assert.deepStrictEqual(decide(slot, now, POLICY), decision)
  })

  it("of what is dead is no less dead because the clock went behind a denial", () => {
    const slot: Slot = { held, deniedSince: 2_000 }
    assert.strictEqual(freshnessOf(held, slot, 1_151, POLICY), "dead")
    assert.strictEqual(freshnessOf(held, slot, 1_050, POLICY), "expired")
    assert.strictEqual(freshnessOf(held, HELD, 1_050, POLICY), "fresh")
  })
})

describe("a read that demands", () => {
  const INTERVAL = 10

  it.each<readonly [string, Demand, Slot, number, Decision]>([
    ["nothing", {}, HELD, 1_050, serve(1_050)],
    ["nothing, of nothing", {}, EMPTY, AT, fetch("miss")],
    ["youth, of nothing", { maxAge: 5 }, EMPTY, AT, fetch("miss")],
    ["youth, of what is just here", { maxAge: 1 }, HELD, AT, serve(AT)],
    ["youth, of what is too old", { maxAge: 50 }, HELD, 1_050, fetch("request")],
    ["youth, of what is young enough", { maxAge: 51 }, HELD, 1_050, serve(1_050)],
    ["youth, of what is stale anyhow", { maxAge: 50 }, HELD, 1_121, fetch("stale")],
    ["what is new, of what was asked for just now", { maxAge: 0 }, HELD, 1_009, serve(1_009)],
    ["what is new, an interval later", { maxAge: 0 }, HELD, 1_010, fetch("request")],
    ["what is new, from the future", { maxAge: 5 }, HELD, 999, fetch("stale")],
    ["freshness, of what stays fresh so long", { minFresh: 50 }, HELD, 1_050, serve(1_050)],
    ["freshness, of what does not", { minFresh: 51 }, HELD, 1_050, fetch("request")],
    ["freshness, of what is absent", { minFresh: 51 }, failed(EMPTY, notFound, AT), 1_004, refuse(notFound)],
    ["freshness, of what is denied", { minFresh: 51 }, failed(EMPTY, denied, AT), 1_004, refuse(denied)],
    ["youth, of what was denied just now", { maxAge: 2 }, failed(EMPTY, denied, AT), 1_003, refuse(denied)],
    ["youth, of what failed just now", { maxAge: 2 }, failed(EMPTY, unavailable, AT), 1_003, fetch("miss")],
    ["no more than what is stale, of what is fresh", { maxStale: 5 }, HELD, 1_050, serve(1_050)],
    ["no more than what is stale, of what is so", { maxStale: 5 }, HELD, 1_105, refresh(1_105)],
    ["no more than what is stale by policy", { maxStale: 5 }, HELD, 1_120, refresh(1_120)],
    ["no more than what is stale, beyond the policy", { maxStale: 30 }, HELD, 1_130, refresh(1_130)],
    ["no more than what is stale, by a millisecond too long", { maxStale: 30 }, HELD, 1_131, fetch("stale")],
    ["no more than what is stale, of what is dead", { maxStale: 1_000 }, HELD, 1_151, fetch("stale")],
    ["no more than what is stale, of the future", { maxStale: 1_000 }, HELD, 999, fetch("stale")],
    ["no more than what is stale, of nothing", { maxStale: 1_000 }, EMPTY, AT, fetch("miss")],
    [
      "what is new, while AWS fails",
      { maxAge: 0 },
      failed(HELD, unavailable, 1_105),
      1_106,
      meanwhile(1_106),
    ],
    [
      "what is new, an interval after a failure",
      { maxAge: 0 },
      failed(HELD, unavailable, 1_105),
      1_115,
      fetch("request"),
    ],
  ])("%s", (_, demand, slot, now, decision) => {
    assert.deepStrictEqual(decideOn(demand, slot, now, POLICY, INTERVAL), decision)
  })

  it("what is new gets what was asked for in this interval, even with a ttl of 0", () => {
    const policy = { ...POLICY, ttl: 0, staleWhileRevalidate: 0 }
    assert.deepStrictEqual(decideOn({ maxAge: 0 }, HELD, 1_003, policy, INTERVAL), serve(1_003))
    assert.deepStrictEqual(decideOn({}, HELD, 1_003, policy, INTERVAL), fetch("stale"))
    assert.deepStrictEqual(decideOn({ maxStale: 0 }, HELD, AT, policy, INTERVAL), refresh(AT))
  })

  it("youth gets what is as old as the last denial lets it be, not what is dead by it", () => {
    const slot: Slot = {
      held,
      deniedSince: 1_010,
      failing: { error: denied, failures: 1, since: 1_050, retryAt: 1_050 },
    }
    assert.deepStrictEqual(decideOn({ maxAge: 60 }, slot, 1_055, POLICY, INTERVAL), refuse(denied))
  })
})

describe("a refresh behind the scenes", () => {
  const due = (slot: Slot, now: number, change: Partial<Policy> = {}) =>
    isDue(slot, now, { ...POLICY, ...change })

  it("is due from its moment on until the value may no longer be served stale", () => {
    assert.deepStrictEqual(
      [1_099, 1_100, 1_120, 1_121].map((now) => due(HELD, now)),
      [false, true, true, false],
    )
    assert.isTrue(due({ held: { ...held, refreshAt: 1_090 } }, 1_090))
  })

  it("is not due where nothing is held, or may not be served stale, or AWS fails or denies it", () => {
    assert.isFalse(due(EMPTY, 1_110))
    assert.isFalse(due(HELD, 1_100, { staleWhileRevalidate: 0 }))
    assert.isTrue(due(HELD, 1_101, { staleWhileRevalidate: 1 }))
    assert.isFalse(due(failed(HELD, unavailable, 1_105), 1_106))
    assert.isFalse(due({ held, deniedSince: 1_060 }, 1_110))
    assert.isTrue(due({ held, deniedSince: 1_090 }, 1_110))
  })

  it.each([
    [0, 1_100],
    [0.5, 1_095],
    [1, 1_090],
  ])("is due in the last tenth of the ttl: with the chance %d at %i", (jitter, refreshAt) => {
    assert.deepStrictEqual(afterValue(text("v"), AT, POLICY, jitter).held.refreshAt, refreshAt)
  })

  it.each([0, -100])("is due at once with a ttl of %i", (ttl) => {
    assert.strictEqual(afterValue(text("v"), AT, { ...POLICY, ttl }, 0.5).held.refreshAt, AT)
  })
})

describe("a forced fetch", () => {
  it.each<readonly [string, Slot]>([
    ["brought a value", HELD],
    ["found nothing", failed(EMPTY, notFound, AT)],
    ["failed", failed(EMPTY, unavailable, AT)],
  ])("is one too many within the interval after one that %s", (_, slot) => {
    assert.deepStrictEqual(
      [999, AT, 1_009, 1_010].map((now) => isJustFetched(slot, now, 10)),
      [false, true, true, false],
    )
    assert.isFalse(isJustFetched(EMPTY, AT, 10))
  })
})

describe("a fetch that took longer than its budget", () => {
  it("was frozen if it took more than a second more", () => {
    assert.isFalse(wasFrozen(3_000, 2_000))
    assert.isTrue(wasFrozen(3_001, 2_000))
    assert.isFalse(wasFrozen(5, 2_000))
  })
})

describe("a fetch that failed", () => {
  const pausesWith = (jitter: number) => {
    const slots: Array<Slot> = [EMPTY]
    for (let time = 0; time < 9; time += 1)
      slots.push(afterError(slots.at(-1) ?? EMPTY, unavailable, AT, jitter))
    return slots.slice(1).map(({ failing }) => (failing?.retryAt ?? 0) - AT)
  }

  it("is followed by a pause that doubles from 100 ms to 5 s, shortened by chance to no less than half", () => {
    assert.deepStrictEqual(pausesWith(1), [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
    assert.deepStrictEqual(pausesWith(0), [50, 100, 200, 400, 800, 1_600, 2_500, 2_500, 2_500])
    assert.deepStrictEqual(pausesWith(0.5).slice(0, 2), [75, 150])
  })

  it("counts, and knows its last error and moment", () => {
    const twice = failed(failed(HELD, unavailable, 1_105), denied, 1_110)
    assert.deepStrictEqual(twice.failing, { error: denied, failures: 2, since: 1_110, retryAt: 1_310 })
    const far: Slot = { failing: { error: denied, failures: 1_000, since: 0, retryAt: 0 } }
    assert.strictEqual(failed(far, denied, AT).failing?.retryAt, AT + 5_000)
  })

  const kept = ({ deniedSince, held }: Slot) => ({
    ...(held === undefined ? {} : { held: true }),
    ...(deniedSince === undefined ? {} : { deniedSince }),
  })
  const denying = (deniedSince: number): Slot => ({ held, deniedSince })

  it.each<readonly [string, Slot, SourceError, object]>([
    ["keeps the value where AWS cannot be asked", HELD, unavailable, { held: true }],
    ["keeps the value where it is denied, and since when", HELD, denied, { held: true, deniedSince: 1_105 }],
    ["keeps the moment of the first denial", denying(1_050), denied, { held: true, deniedSince: 1_050 }],
    [
      "takes a denial of the future for one of now",
      denying(2_000),
      denied,
      { held: true, deniedSince: 1_105 },
    ],
    [
      "does not forget a denial by another failure",
      denying(1_050),
      unavailable,
      { held: true, deniedSince: 1_050 },
    ],
    ["ends the value where AWS refuses the request", HELD, invalid, {}],
    ["ends the value where there is none any more", HELD, notFound, {}],
    ["has nothing to keep where nothing was", EMPTY, denied, {}],
  ])("%s", (_, slot, error, expected) => {
    const after = failed(slot, error, 1_105)
    assert.deepStrictEqual(kept(after), expected)
    assert.hasAllKeys(after, [...Object.keys(expected), error === notFound ? "absent" : "failing"])
  })
})

describe("the next try", () => {
  const stale: Held = { ...held, refreshAt: 1_095 }

  it.each<readonly [string, Slot, number, Partial<Policy>, number | undefined]>([
    ["is nothing to speak of after a value", HELD, 1_130, {}, undefined],
    ["is nothing to speak of where nothing was asked for", EMPTY, AT, {}, undefined],
    ["follows an absence", failed(EMPTY, notFound, AT), 1_003, {}, 1_006],
    ["is now when an absence is over", failed(EMPTY, notFound, AT), 1_006, {}, 1_006],
    ["follows a denial", failed(EMPTY, denied, AT), 1_003, {}, 1_006],
    ["is now where nothing is held and AWS fails", failed(EMPTY, unavailable, AT), 1_001, {}, 1_001],
    [
      "is now where a value is expired and no pause is",
      { ...failed(HELD, unavailable, 1_000) },
      1_130,
      {},
      1_130,
    ],
    ["is now where a value is stale and no pause is", failed(HELD, unavailable, 1_000), 1_101, {}, 1_101],
    ["follows the pause where a value is stale", failed(HELD, unavailable, 1_030), 1_110, {}, 1_130],
    ["follows the moment of the refresh", failed({ held: stale }, unavailable, AT), 1_094, {}, 1_100],
    [
      "follows the moment of the refresh, no pause being",
      { held: stale, failing: { error: unavailable, failures: 1, since: AT, retryAt: 1_001 } },
      1_050,
      {},
      1_095,
    ],
    [
      "follows the ttl where nothing is refreshed",
      { held, failing: { error: unavailable, failures: 1, since: AT, retryAt: 1_001 } },
      1_050,
      { staleWhileRevalidate: 0 },
      1_101,
    ],
    ["is at the value's end where the pause is longer", failed(HELD, unavailable, 1_105), 1_110, {}, 1_151],
    ["is at the end of a denied value", failed(HELD, denied, 1_060), 1_070, {}, 1_091],
  ])("%s", (_, slot, now, change, expected) => {
    assert.strictEqual(nextTryAt(slot, now, { ...POLICY, ...change }), expected)
  })

  it("comes after what AWS said last is forgotten, where the value ends before", () => {
    const policy = { ...POLICY, negativeTtl: 500 }
    assert.strictEqual(nextTryAt(failed(HELD, denied, 1_060), 1_070, policy), 1_561)
    assert.strictEqual(nextTryAt(failed(HELD, unavailable, 1_105), 1_110, policy), 1_151)
    assert.strictEqual(nextTryAt(failed(HELD, invalid, 1_060), 1_070, policy), 1_561)
  })
})
