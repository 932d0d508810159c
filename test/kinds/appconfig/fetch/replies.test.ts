/**
 * The source of configurations over clients that record what they are asked: what each question says, and what becomes
 * of each reply.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import type { ConfigurationAddress } from "../../../../src/kinds/appconfig/address.ts"
import type { Value } from "../../../../src/domain/Entry.ts"
import {
  AccessDenied,
  BadSignature,
  ConnectionLost,
  ExpiredCredentials,
  InvalidRequest,
  Throttled,
} from "../../../../src/domain/SourceError.ts"
import { make } from "../../../../src/kinds/appconfig/fetch/configurations.ts"
import { UNOBSERVED } from "../../../../src/kinds/Source.ts"
import { bodyOf, failure } from "../../../support/entries.ts"
import { once, recordedSource, type Reply, shown } from "../../../support/recordedCalls.ts"

const ROLE = "arn:aws:iam::123456789012:role/reader"

const ADDRESS: ConfigurationAddress = {
  kind: "appconfig",
  region: "us-west-2",
  application: "shop",
  environment: "prod",
  profile: "flags",
}

const START = "StartConfigurationSession"
const GET = "GetLatestConfiguration"

const bytes = (text: string) => new TextEncoder().encode(text)

/** An answer with a configuration; `null` is what the SDK has for a body without one. */
const answer = (token: string, text: string | null, more: object = {}) => ({
  NextPollConfigurationToken: token,
  NextPollIntervalInSeconds: 15,
  ContentType: "application/json",
  Configuration: text === null ? null : bytes(text),
  ...more,
})

/** A source that answers its questions one by one; sessions begin with the tokens `t0`, `t1`, ... */
const over = (...answers: ReadonlyArray<unknown>) =>
  Effect.gen(function* () {
    let sessions = 0
    let polls = 0
    const reply: Reply = ({ operation }) =>
      operation === START ? { InitialConfigurationToken: `t${sessions++}` } : answers[polls++]
    const { calls, source } = yield* recordedSource(make, reply)
    const fetch = (held?: Value) =>
      Effect.map(source.fetch([ADDRESS], once, [held], UNOBSERVED), ([result]) =>
        Result.getOrThrow(result ?? Result.fail(new Error("no result"))),
      )
    const asked = () =>
      calls.map(({ input, operation }) =>
        operation === GET ? String(input["ConfigurationToken"]) : operation,
      )
    return { asked, calls, fetch, source }
  })

describe("a configuration", () => {
  it.effect("is asked for in a session of its three names, which may be asked each 15 s", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* recordedSource(make, ({ operation }) =>
        operation === START ? { InitialConfigurationToken: "t" } : answer("n", "one"),
      )
      assert.deepStrictEqual(shown(yield* fetch({ ...ADDRESS, roleArn: ROLE })), ["one"])
      assert.deepStrictEqual(calls, [
        {
          service: "APPCONFIGDATA",
          operation: START,
          access: { region: "us-west-2", roleArn: ROLE },
          input: {
            ApplicationIdentifier: "shop",
            EnvironmentIdentifier: "prod",
            ConfigurationProfileIdentifier: "flags",
            RequiredMinimumPollIntervalInSeconds: 15,
          },
        },
        {
          service: "APPCONFIGDATA",
          operation: GET,
          access: { region: "us-west-2", roleArn: ROLE },
          input: { ConfigurationToken: "t" },
        },
      ])
    }),
  )

  it.effect("has the media type and the label that AppConfig sends, or bytes' type and none", () =>
    Effect.gen(function* () {
      const { fetch } = yield* over(answer("n", "one", { VersionLabel: "v7" }))
      const value = yield* fetch()
      assert.deepInclude(value, { contentType: "application/json", version: "v7", askedAt: 0 })
      assert.deepStrictEqual(value.details, { ContentType: "application/json", VersionLabel: "v7" })

      const bare = yield* over({ NextPollConfigurationToken: "n", Configuration: new Uint8Array([255]) })
      const other = yield* bare.fetch()
      assert.strictEqual(other.contentType, "application/octet-stream")
      assert.deepStrictEqual(bodyOf(other), new Uint8Array([255]))
      assert.notProperty(other, "version")
      assert.deepStrictEqual(other.details, {})
    }),
  )

  it.effect("is asked for again with the new token once the interval is over, from the answer on", () =>
    Effect.gen(function* () {
      const { asked, fetch } = yield* over(
        answer("n1", "one", { NextPollIntervalInSeconds: 60 }),
        answer("n2", null),
        answer("n3", "two"),
      )
      const first = yield* fetch()
      yield* TestClock.adjust("59999 millis")
      assert.strictEqual(yield* fetch(first), first)
      yield* TestClock.adjust("1 millis")
      const second = yield* fetch(first)
      assert.deepStrictEqual([bodyOf(second), second.askedAt], ["one", 60_000])
      yield* TestClock.adjust("14999 millis")
      assert.strictEqual(yield* fetch(second), second)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(bodyOf(yield* fetch(second)), "two")
      assert.deepStrictEqual(asked(), [START, "t0", "n1", "n2"])
    }),
  )

  it.effect("may be asked for again after 15 s where AppConfig does not say when", () =>
    Effect.gen(function* () {
      const { asked, fetch } = yield* over(
        answer("n1", "one", { NextPollIntervalInSeconds: null }),
        answer("n2", "two"),
      )
      const first = yield* fetch()
      yield* TestClock.adjust("14999 millis")
      assert.strictEqual(yield* fetch(first), first)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(bodyOf(yield* fetch(first)), "two")
      assert.deepStrictEqual(asked(), [START, "t0", "n1"])
    }),
  )

  it.effect("shares its group with those of its region and role", () =>
    Effect.gen(function* () {
      const { source } = yield* over()
      const groups = [ADDRESS, { ...ADDRESS, region: "eu-west-1" }, { ...ADDRESS, roleArn: ROLE }].map(
        source.groupOf,
      )
      assert.lengthOf([...new Set(groups)], 3)
      assert.strictEqual(source.groupOf({ ...ADDRESS, profile: "words" }), groups[0])
      assert.strictEqual(source.batchSize, 1)
      assert.strictEqual(source.kind, "appconfig")
    }),
  )
})

describe("a reply of another form", () => {
  it.effect("begins no session", () =>
    Effect.gen(function* () {
      for (const reply of [
        undefined,
        null,
        {},
        [],
        "t",
        { InitialConfigurationToken: "" },
        { InitialConfigurationToken: 3 },
      ]) {
        const { calls, fetch } = yield* recordedSource(make, () => reply)
        assert.deepStrictEqual(shown(yield* fetch(ADDRESS)), ["Unavailable"])
        assert.lengthOf(calls, 1)
      }
    }),
  )

  it.effect("brings no configuration", () =>
    Effect.gen(function* () {
      for (const wrong of [
        { NextPollConfigurationToken: undefined },
        { NextPollConfigurationToken: "" },
        { NextPollConfigurationToken: 3 },
        { NextPollIntervalInSeconds: Number.NaN },
        { NextPollIntervalInSeconds: -1 },
        { NextPollIntervalInSeconds: 86_401 },
        { NextPollIntervalInSeconds: "15" },
        { ContentType: 3 },
        { VersionLabel: {} },
        { Configuration: "text" },
      ]) {
        const { fetch } = yield* over(answer("n", "one", wrong))
        assert.strictEqual((yield* Effect.flip(fetch())).reason._tag, "Unavailable")
      }
    }),
  )
})

describe("a session", () => {
  it.effect.each([
    ["is throttled", failure(new Throttled({ detail: "slow" }))],
    ["is denied", failure(new AccessDenied({ detail: "no" }))],
    ["is signed badly", failure(new BadSignature({ detail: "old" }))],
    ["has expired credentials", failure(new ExpiredCredentials({ detail: "over" }))],
  ] as const)("keeps its token where the question %s", ([, error]) =>
    Effect.gen(function* () {
      const { asked, fetch } = yield* over(answer("n1", "one"), error, answer("n2", "two"))
      const first = yield* fetch()
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(yield* Effect.flip(fetch(first)), error)
      assert.strictEqual(bodyOf(yield* fetch(first)), "two")
      assert.deepStrictEqual(asked(), [START, "t0", "n1", "n1"])
    }),
  )

  it.effect("is begun anew where the answer was lost or of another form", () =>
    Effect.gen(function* () {
      for (const lost of [failure(new ConnectionLost({ detail: "reset" })), {}, answer("", "x")]) {
        const { asked, fetch } = yield* over(answer("n1", "one"), lost, answer("n2", "two"))
        const first = yield* fetch()
        yield* TestClock.adjust("15 seconds")
        yield* Effect.flip(fetch(first))
        assert.strictEqual(bodyOf(yield* fetch(first)), "two")
        assert.deepStrictEqual(asked(), [START, "t0", "n1", START, "t1"])
      }
    }),
  )

  it.effect("is begun anew at once where its token is refused", () =>
    Effect.gen(function* () {
      const refused = failure(new InvalidRequest({ detail: "BadRequestException" }))
      const { asked, fetch } = yield* over(answer("n1", "one"), refused, answer("n2", "two"))
      const first = yield* fetch()
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(bodyOf(yield* fetch(first)), "two")
      assert.deepStrictEqual(asked(), [START, "t0", "n1", START, "t1"])
    }),
  )

  it.effect("goes on for who was given the value and for who still holds the one before", () =>
    Effect.gen(function* () {
      const { asked, fetch } = yield* over(answer("n1", "one"), answer("n2", null), answer("n3", "two"))
      const first = yield* fetch()
      yield* TestClock.adjust("15 seconds")
      yield* fetch(first)
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(bodyOf(yield* fetch(first)), "two")
      assert.deepStrictEqual(asked(), [START, "t0", "n1", "n2"])
    }),
  )
})
