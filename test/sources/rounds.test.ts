/**
 * Fetches of several calls, in every source: each call is an attempt of its own, what came is told at once, and what is
 * left is asked for without it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ParameterAddress } from "../../src/kinds/parameters/address.ts"
import type { SecretAddress } from "../../src/kinds/secrets/address.ts"
import { type SourceError, Throttled, TimedOut } from "../../src/domain/SourceError.ts"
import * as AppConfig from "../../src/kinds/appconfig/fetch/configurations.ts"
import * as Parameters from "../../src/kinds/parameters/fetch/parameters.ts"
import * as Secrets from "../../src/kinds/secrets/fetch/secrets.ts"
import type { Attempt, Rounds } from "../../src/kinds/Source.ts"
import { failure } from "../support/entries.ts"
import { recordedSource, type Reply, shown } from "../support/recordedCalls.ts"

const REGION = "us-west-2"
const secretAt = (secretId: string): SecretAddress => ({
  kind: "secrets",
  region: REGION,
  secretId,
  versionStage: "AWSCURRENT",
})
const parameterAt = (name: string): ParameterAddress => ({ kind: "parameters", region: REGION, name })

const secretOf = (Name: string) => ({
  Name,
  ARN: `arn:aws:secretsmanager:us-west-2:123456789012:secret:${Name}-AbCdEf`,
  VersionId: "v1",
  VersionStages: ["AWSCURRENT"],
  SecretString: `secret ${Name}`,
})

const parameterOf = (Name: string) => ({ Name, Value: `value ${Name}`, Version: 1 })

const throttled = failure(new Throttled({ detail: "slow down" }))

/** Counts the attempts, and notes when each address was told. */
const watching = () => {
  let attempts = 0
  let moves = 0
  const told: Array<number> = []
  const attempt: Attempt = (call) => Effect.suspend(() => ((attempts += 1), call))
  const rounds: Rounds = {
    settle: (index) => told.push(index),
    moved: () => (moves += 1),
    isWanted: () => true,
  }
  return { attempt, rounds, told, attempts: () => attempts, moves: () => moves }
}

describe("a batch of secrets", () => {
  /** Pages of two secrets; the token is the number of the next. */
  const paged =
    (ids: ReadonlyArray<string>, failAt?: number): Reply =>
    ({ input, operation }) => {
      if (operation === "GetSecretValue") return secretOf(String(input["SecretId"]))
      const page = Number(input["NextToken"] ?? 0)
      if (page === failAt) return throttled
      const end = page * 2 + 2
      return {
        SecretValues: ids.slice(page * 2, end).map(secretOf),
        ...(end < ids.length ? { NextToken: String(page + 1) } : {}),
      }
    }

  const IDS = ["a", "b", "c", "d", "e"] as const
  const [first, ...others] = IDS.map(secretAt)

  it.effect("is read page by page, each an attempt of its own", () =>
    Effect.gen(function* () {
      const { calls, source } = yield* recordedSource(Secrets.make, paged(IDS))
      const watch = watching()
      if (first === undefined) return assert.fail()
      const results = yield* source.fetch([first, ...others], watch.attempt, [], watch.rounds)
      assert.deepStrictEqual(
        shown(results),
        IDS.map((id) => `secret ${id}`),
      )
      assert.deepStrictEqual(
        calls.map(({ input, operation }) => [operation, input["NextToken"]]),
        [undefined, "1", "2"].map((token) => ["BatchGetSecretValue", token]),
      )
      assert.strictEqual(watch.attempts(), 3)
      assert.strictEqual(watch.moves(), 2)
    }),
  )

  it.effect("keeps the pages that came before one that failed, and asks alone for the others", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* recordedSource(Secrets.make, paged(IDS, 1))
      if (first === undefined) return assert.fail()
      assert.deepStrictEqual(
        shown(yield* fetch(first, ...others)),
        IDS.map((id) => `secret ${id}`),
      )
      assert.deepStrictEqual(
        calls.slice(2).map(({ input }) => input["SecretId"]),
        ["c", "d", "e"],
      )
    }),
  )

  it.effect("ends where AWS sends the same token again", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* recordedSource(Secrets.make, ({ input, operation }) =>
        operation === "GetSecretValue"
          ? secretOf(String(input["SecretId"]))
          : { SecretValues: [secretOf("a")], NextToken: "again" },
      )
      if (first === undefined) return assert.fail()
      assert.deepStrictEqual(shown(yield* fetch(first, secretAt("b"))), ["secret a", "secret b"])
      assert.strictEqual(calls.length, 3)
    }),
  )
})

describe("a name that a batch leaves open", () => {
  it.effect("is asked for alone, in an attempt of its own, while the others are told already", () =>
    Effect.gen(function* () {
      const lost: SourceError = failure(new TimedOut({ detail: "no answer" }))
      let told: ReadonlyArray<number> = []
      const watch = watching()
      const { source } = yield* recordedSource(Parameters.make, ({ operation }) => {
        if (operation === "GetParameters") return { Parameters: [parameterOf("A"), parameterOf("C")] }
        told = [...watch.told]
        return lost
      })
      const addresses = [parameterAt("A"), parameterAt("B"), parameterAt("C")] as const
      const results = yield* source.fetch(addresses, watch.attempt, [], watch.rounds)
      assert.deepStrictEqual(shown(results), ["value A", "TimedOut", "value C"])
      assert.include(told, 0)
      assert.strictEqual(watch.attempts(), 2)
    }),
  )
})

describe("a configuration without a session", () => {
  it.effect("is asked for in an attempt of its own, after that which begins the session", () =>
    Effect.gen(function* () {
      const { calls, source } = yield* recordedSource(AppConfig.make, ({ operation }) =>
        operation === "StartConfigurationSession"
          ? { InitialConfigurationToken: "t1" }
          : {
              Configuration: new TextEncoder().encode("on"),
              NextPollConfigurationToken: "t2",
              NextPollIntervalInSeconds: 15,
            },
      )
      const watch = watching()
      const address = {
        kind: "appconfig",
        region: REGION,
        application: "a",
        environment: "e",
        profile: "p",
      } as const
      const results = yield* source.fetch([address], watch.attempt, [], watch.rounds)
      assert.deepStrictEqual(shown(results), ["on"])
      assert.strictEqual(watch.attempts(), 2)
      assert.strictEqual(calls.length, 2)
    }),
  )
})
