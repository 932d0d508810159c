/**
 * Every decision about a read at its borders, to the millisecond: a table, where Slot.test.ts has what holds for all slots
 * and policies.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  decide,
  decideOn,
  EMPTY,
  freshnessOf,
  type Decision,
  type Demand,
  type Slot,
} from "../../src/cache/Slot.ts"
import { notFound, unavailable } from "../support/entries.ts"
import {
  AT,
  denied,
  failed,
  fetch,
  HELD,
  held,
  invalid,
  meanwhile,
  POLICY,
  refresh,
  refuse,
  serve,
  tooLarge,
} from "../support/slots.ts"

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

describe("a demand where nothing was asked for just now", () => {
  const deadByDenial: Slot = {
    held,
    deniedSince: 1_010,
    failing: { error: denied, failures: 1, since: 1_050, retryAt: 1_050 },
  }
  const ahead: Slot = { held, failing: { error: unavailable, failures: 1, since: 940, retryAt: 1_040 } }

  it.each<readonly [string, Demand, Slot, number, Decision]>([
    ["is met by what was fetched in this millisecond", { maxAge: 1 }, HELD, AT, serve(AT)],
    [
      "is met by a denial that is young enough",
      { maxAge: 4 },
      failed(EMPTY, denied, AT),
      1_003,
      refuse(denied),
    ],
    ["is not met by an older denial", { maxAge: 2 }, failed(EMPTY, denied, AT), 1_003, fetch("request")],
    [
      "of freshness is met by an absence",
      { minFresh: 1_000 },
      failed(EMPTY, notFound, AT),
      1_003,
      refuse(notFound),
    ],
    [
      "counts from the denial where that ended the value",
      { maxAge: 10 },
      deadByDenial,
      1_055,
      refuse(denied),
    ],
    ["of nothing is met although the clock was set back", {}, ahead, 950, meanwhile(950)],
    ["of youth is not met by what comes from the future", { maxAge: 5 }, ahead, 950, fetch("request")],
  ])("%s", (_, demand, slot, now, decision) => {
    assert.deepStrictEqual(decideOn(demand, slot, now, POLICY, 0), decision)
  })
})
