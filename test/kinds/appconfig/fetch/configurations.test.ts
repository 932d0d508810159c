/**
 * The source of configurations on local AWS, through the real SDK: what a value carries, what a question costs, and
 * what becomes of sessions. What is asked is read from AWS's record of calls.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import type { Address } from "../../../../src/domain/Address.ts"
import type { Value } from "../../../../src/domain/Entry.ts"
import type { FaultEffect } from "../../../../local/aws/Faults.ts"
import { Sources } from "../../../../src/sources/Sources.ts"
import { AwsEmulator } from "../../../../local/aws/AwsEmulator.ts"
import { REGION } from "../../../support/aws.ts"
import { bodyOf } from "../../../support/entries.ts"
import { onLocalAws } from "../../../support/localSources.ts"

const FLAGS: Address = {
  kind: "appconfig",
  region: REGION,
  application: "shop",
  environment: "prod",
  profile: "flags",
}
const PLACE = { region: REGION, application: "shop", environment: "prod", profile: "flags" }

const START = "StartConfigurationSession"
const GET = "GetLatestConfiguration"

/** A deployed configuration that may be asked for again after so many seconds, and the source of it. */
const setup = Effect.fnUntraced(function* (pollInterval: number, more: object = {}) {
  const { appConfig, calls, faults } = yield* AwsEmulator
  const sources = yield* Sources
  const deploy = (content: string) =>
    appConfig.deploy({ ...PLACE, content, label: `label of ${content}`, pollInterval, ...more })
  yield* deploy("one")
  const fetch = (held?: Value) => sources.fetch(FLAGS, undefined, held)
  const operations = Effect.map(calls.all, (all) => all.map(({ operation }) => operation))
  const fail = (operation: string, effect: FaultEffect) =>
    faults.inject({ service: "appconfig", operation, times: 1, effect })
  return { appConfig, calls, deploy, fail, faults, fetch, operations }
})

const refused = (type: string, status: number): FaultEffect => ({ kind: "error", type, status })

describe("a configuration", () => {
  it.live.each(["text/pl\u00e4in", "x".repeat(256)])(
    "whose media type is none that a header may hold is bytes to whoever reads it: %s",
    (type) =>
      Effect.gen(function* () {
        const { fetch } = yield* setup(60, { type })
        assert.strictEqual((yield* fetch()).contentType, "application/octet-stream")
      }).pipe(onLocalAws),
  )

  it.live("carries its own media type, its label, and what AWS says beside it", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* setup(60, { type: "application/x-yaml" })
      const value = yield* fetch()
      assert.strictEqual(bodyOf(value), "one")
      assert.deepInclude(value, { contentType: "application/x-yaml", version: "label of one" })
      assert.deepStrictEqual(value.details, {
        ContentType: "application/x-yaml",
        VersionLabel: "label of one",
      })
      assert.deepStrictEqual(
        (yield* calls.all).map(({ names, operation }) => `${operation} ${names.join()}`),
        [`${START} shop/prod/flags`, `${GET} shop/prod/flags`],
      )
    }).pipe(onLocalAws),
  )

  it.live("that is no text comes byte by byte", () =>
    Effect.gen(function* () {
      const { fetch } = yield* setup(60, { binary: "//4A", type: "application/octet-stream" })
      assert.deepStrictEqual(bodyOf(yield* fetch()), new Uint8Array([0xff, 0xfe, 0]))
    }).pipe(onLocalAws),
  )

  it.live("that has not changed is one call without a body, and the value held counts anew", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* setup(0)
      const first = yield* fetch()
      const second = yield* fetch(first)
      const third = yield* fetch(second)
      assert.deepStrictEqual([bodyOf(second), bodyOf(third)], ["one", "one"])
      assert.isAtLeast(third.askedAt ?? 0, first.askedAt ?? Infinity)
      assert.strictEqual(third.version, "label of one")
      assert.deepStrictEqual(yield* operations, [START, GET, GET, GET])
    }).pipe(onLocalAws),
  )

  it.live("that was deployed anew comes within the session", () =>
    Effect.gen(function* () {
      const { deploy, fetch, operations } = yield* setup(0)
      const first = yield* fetch()
      yield* deploy("two")
      const second = yield* fetch(first)
      assert.deepStrictEqual([bodyOf(second), second.version], ["two", "label of two"])
      assert.deepStrictEqual(yield* operations, [START, GET, GET])
    }).pipe(onLocalAws),
  )

  it.live("is asked for in a new session where nothing is held of it", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* setup(60)
      yield* fetch()
      assert.strictEqual(bodyOf(yield* fetch()), "one")
      assert.deepStrictEqual(yield* operations, [START, GET, START, GET])
    }).pipe(onLocalAws),
  )

  it.live("that is empty is an empty value", () =>
    Effect.gen(function* () {
      const { deploy, fetch } = yield* setup(0)
      yield* deploy("")
      assert.strictEqual(bodyOf(yield* fetch()), "")
    }).pipe(onLocalAws),
  )
})

describe("the poll interval", () => {
  it.live("is kept: the value held is given instead, with the time at which AWS was asked", () =>
    Effect.gen(function* () {
      const { deploy, fetch, operations } = yield* setup(60)
      const first = yield* fetch()
      yield* deploy("two")
      const others = yield* Effect.all(
        Array.from({ length: 50 }, () => fetch(first)),
        { concurrency: "unbounded" },
      )
      assert.isTrue(others.every((value) => value === first))
      assert.deepStrictEqual(yield* operations, [START, GET])
    }).pipe(onLocalAws),
  )

  it.live("is kept also where the answer was not, as it said that nothing has changed", () =>
    Effect.gen(function* () {
      const { appConfig, fetch, operations } = yield* setup(60)
      const first = yield* fetch()
      yield* appConfig.elapse("60 seconds")
      yield* TestClock.adjust("60 seconds")
      yield* fetch(first)
      assert.strictEqual(yield* fetch(first), first)
      assert.deepStrictEqual(yield* operations, [START, GET, GET])
    }).pipe(onLocalAws, Effect.provide(TestClock.layer())),
  )

  it.live("ends on the wall clock, however long the freeze in it was", () =>
    Effect.gen(function* () {
      const { appConfig, deploy, fetch, operations } = yield* setup(60)
      yield* TestClock.adjust("1 hour")
      const first = yield* fetch()
      yield* deploy("two")
      yield* appConfig.elapse("60 seconds")
      yield* TestClock.adjust("59999 millis")
      assert.strictEqual(bodyOf(yield* fetch(first)), "one")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(bodyOf(yield* fetch(first)), "two")
      assert.deepStrictEqual(yield* operations, [START, GET, GET])
    }).pipe(onLocalAws, Effect.provide(TestClock.layer())),
  )

  it.live("of a clock that was set back is not waited for; AWS's refusal begins a new session", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* setup(60)
      yield* TestClock.setTime(3_600_000)
      const first = yield* fetch()
      yield* TestClock.setTime(0)
      assert.strictEqual(bodyOf(yield* fetch(first)), "one")
      assert.deepStrictEqual(yield* operations, [START, GET, GET, START, GET])
    }).pipe(onLocalAws, Effect.provide(TestClock.layer())),
  )
})

describe("a session", () => {
  it.live("whose token has expired is begun anew, once, at once", () =>
    Effect.gen(function* () {
      const { appConfig, deploy, fetch, operations } = yield* setup(0)
      const first = yield* fetch()
      yield* deploy("two")
      yield* appConfig.elapse("25 hours")
      assert.strictEqual(bodyOf(yield* fetch(first)), "two")
      assert.deepStrictEqual(yield* operations, [START, GET, GET, START, GET])
    }).pipe(onLocalAws),
  )

  it.live("whose new token is refused too is a failure", () =>
    Effect.gen(function* () {
      const { faults, fetch, operations } = yield* setup(0)
      const first = yield* fetch()
      yield* faults.inject({ operation: GET, effect: refused("BadRequestException", 400) })
      const result = yield* Effect.result(fetch(first))
      assert.strictEqual(Result.isFailure(result) ? result.failure.reason._tag : "", "InvalidRequest")
      assert.deepStrictEqual(yield* operations, [START, GET, GET, START, GET])
    }).pipe(onLocalAws),
  )

  it.live.each([
    ["a lost connection", { kind: "resetBefore" }],
    ["an answer cut in two", { kind: "resetMid" }],
    ["no answer in time", { kind: "hang" }],
    ["a broken answer", { kind: "emptyBody" }],
    ["a server's failure", refused("InternalServerException", 500)],
  ] as const)("is begun anew after %s, as the token may be spent", ([, effect]) =>
    Effect.gen(function* () {
      const { deploy, fail, fetch, operations } = yield* setup(0)
      const first = yield* fetch()
      yield* deploy("two")
      yield* fail(GET, effect)
      assert.strictEqual(bodyOf(yield* fetch(first)), "two")
      assert.deepStrictEqual(yield* operations, [START, GET, GET, START, GET])
    }).pipe(onLocalAws),
  )

  it.live("goes on with its token after AWS has throttled it", () =>
    Effect.gen(function* () {
      const { fail, fetch, operations } = yield* setup(0)
      const first = yield* fetch()
      yield* fail(GET, { kind: "throttle" })
      assert.strictEqual(bodyOf(yield* fetch(first)), "one")
      assert.deepStrictEqual(yield* operations, [START, GET, GET, GET])
    }).pipe(onLocalAws),
  )
})

describe("a failure", () => {
  it.live.each([
    ["ResourceNotFoundException", 404, "NotFound"],
    ["AccessDeniedException", 403, "AccessDenied"],
    ["BadRequestException", 400, "InvalidRequest"],
    ["ThrottlingException", 429, "Throttled"],
    ["InternalServerException", 500, "Unavailable"],
  ] as const)("%s is known for what it is", ([type, status, tag]) =>
    Effect.gen(function* () {
      const { faults, fetch } = yield* setup(60)
      yield* faults.inject({ operation: START, effect: refused(type, status) })
      const result = yield* Effect.result(fetch())
      assert.strictEqual(Result.isFailure(result) ? result.failure.reason._tag : "", tag)
    }).pipe(onLocalAws),
  )
})
