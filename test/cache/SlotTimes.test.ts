/**
 * When a slot is refreshed, tried again and forgotten, to the millisecond, and what a failure makes of it.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  afterError,
  afterValue,
  EMPTY,
  isDue,
  isJustFetched,
  nextTryAt,
  wasFrozen,
  type Held,
  type Slot,
} from "../../src/cache/Slot.ts"
import type { Policy } from "../../src/domain/Entry.ts"
import type { SourceError } from "../../src/domain/SourceError.ts"
import { notFound, text, unavailable } from "../support/entries.ts"
import { AT, denied, failed, HELD, held, invalid, POLICY } from "../support/slots.ts"

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
      "follows the refresh of the shortest window",
      { held: stale, failing: { error: unavailable, failures: 1, since: AT, retryAt: 1_001 } },
      1_050,
      { staleWhileRevalidate: 1 },
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
    const failing = { error: denied, failures: 1, since: 1_060, retryAt: 1_091 }
    assert.strictEqual(nextTryAt({ held, deniedSince: 1_060, failing }, 1_070, policy), 1_561)
  })
})
