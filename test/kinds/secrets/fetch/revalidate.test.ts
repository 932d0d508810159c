/**
 * Secrets with `revalidate: describe`: which calls a value past its ttl costs, and what is served after each answer of
 * DescribeSecret.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import * as TestClock from "effect/testing/TestClock"
import type { Value } from "../../../../src/domain/Entry.ts"
import { AccessDenied, InvalidRequest, NotFound, Throttled } from "../../../../src/domain/SourceError.ts"
import type { SecretAddress } from "../../../../src/kinds/secrets/address.ts"
import { make } from "../../../../src/kinds/secrets/fetch/secrets.ts"
import { type Fetched, UNOBSERVED } from "../../../../src/kinds/Source.ts"
import { failure } from "../../../support/entries.ts"
import { once, recordedSource, type Reply, shown } from "../../../support/recordedCalls.ts"

const CURRENT = "AWSCURRENT"

const at = (secretId: string, more: Partial<SecretAddress> = {}): SecretAddress => ({
  kind: "secrets",
  region: "us-west-2",
  secretId,
  versionStage: CURRENT,
  revalidate: "describe",
  ...more,
})

/** The address of a secret that is fetched. */
const plain = (secretId: string): SecretAddress => {
  const { revalidate: _, ...address } = at(secretId)
  return address
}

/** A value in memory, as the source gave it. */
const held = (version: string | undefined = "v1"): Value => ({
  body: Redacted.make("old"),
  contentType: "text/plain; charset=utf-8",
  ...(version === undefined ? {} : { version }),
  details: { Name: "s", VersionId: version, VersionStages: ["AWSCURRENT"] },
})

const arnOf = (name: string) => `arn:aws:secretsmanager:us-west-2:123456789012:secret:${name}-AbCdEf`

/** What DescribeSecret says. */
const described = (stages: Readonly<Record<string, ReadonlyArray<string>>>, more: object = {}) => ({
  Name: "s",
  ARN: arnOf("s"),
  VersionIdsToStages: stages,
  ...more,
})

const sent = (Name: string, VersionId = "v2") => ({ Name, ARN: arnOf(Name), SecretString: "new", VersionId })

/** The source over these answers, with a fetch that has values in memory. */
const over = Effect.fnUntraced(function* (
  describe: Reply,
  get: Reply = ({ input }) => sent(String(input["SecretId"])),
) {
  const { calls, source } = yield* recordedSource(make, (call, count) => {
    if (call.operation === "DescribeSecret") return describe(call, count)
    if (call.operation === "GetSecretValue") return get(call, count)
    return { SecretValues: (call.input["SecretIdList"] as ReadonlyArray<string>).map((id) => sent(id)) }
  })
  const fetch = Effect.fnUntraced(function* (
    ...wanted: readonly [
      readonly [SecretAddress, Value | undefined],
      ...ReadonlyArray<readonly [SecretAddress, Value | undefined]>,
    ]
  ) {
    const told = new Map<number, Fetched>()
    const rounds = {
      ...UNOBSERVED,
      settle: (index: number, fetched: Fetched) => void told.set(index, fetched),
    }
    const [[first], ...rest] = wanted
    const addresses = [first, ...rest.map(([address]) => address)] as const
    const results = yield* source
      .fetch(
        addresses,
        once,
        wanted.map(([, value]) => value),
        rounds,
      )
      .pipe(Effect.catch((error) => Effect.succeed(wanted.map((): Fetched => Result.fail(error)))))
    return wanted.flatMap((_, index) => told.get(index) ?? results[index] ?? [])
  })
  const operations = () => calls.splice(0).map(({ operation }) => operation)
  return { fetch, operations }
})

describe("a secret with revalidate: describe", () => {
  it.effect("is renewed without its value while its version has the stage", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* over(() =>
        described({ v1: [CURRENT, "mine"], v0: ["AWSPREVIOUS"] }),
      )
      const [result] = yield* fetch([at("s"), { ...held(), askedAt: 7 }])
      assert.deepStrictEqual(operations(), ["DescribeSecret"])
      assert.deepStrictEqual(result === undefined ? [] : shown([result]), ["old"])
      const value = result?._tag === "Success" ? result.success : undefined
      assert.isUndefined(value?.askedAt)
      assert.deepStrictEqual(value?.details?.["VersionStages"], [CURRENT, "mine"])
    }),
  )

  it.effect("is fetched at once when another version has the stage", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* over(() => described({ v2: [CURRENT], v1: ["AWSPREVIOUS"] }))
      assert.deepStrictEqual(shown(yield* fetch([at("s"), held()])), ["new"])
      assert.deepStrictEqual(operations(), ["DescribeSecret", "GetSecretValue"])
    }),
  )

  it.effect("is checked at its own stage", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* over(() => described({ v2: [CURRENT], v1: ["AWSPREVIOUS"] }))
      assert.deepStrictEqual(shown(yield* fetch([at("s", { versionStage: "AWSPREVIOUS" }), held()])), ["old"])
      assert.deepStrictEqual(operations(), ["DescribeSecret"])
    }),
  )

  it.effect("is fetched if nothing is in memory, or no version of it is known", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* over(() => described({ v1: [CURRENT] }))
      yield* fetch([at("s"), undefined])
      yield* fetch([at("s"), { ...held(), version: undefined as never }])
      assert.deepStrictEqual(operations(), ["GetSecretValue", "GetSecretValue"])
    }),
  )

  it.effect.each<readonly [string, unknown]>([
    ["that is to be deleted", described({ v1: [CURRENT] }, { DeletedDate: 1_700_000_000 })],
    ["whose stages are missing", { Name: "s" }],
    ["whose stages are null", described({}, { VersionIdsToStages: null })],
    ["whose description is of another secret", described({ v1: [CURRENT] }, { Name: "t", ARN: arnOf("t") })],
    ["that does not exist", failure(new NotFound({ detail: "no such secret" }))],
    ["whose description is refused", failure(new InvalidRequest({ detail: "no" }))],
    ["that may not be described", failure(new AccessDenied({ detail: "no" }))],
  ])("%s is left to GetSecretValue", ([, description]) =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* over(
        () => description,
        () => failure(new NotFound({ detail: "no such secret" })),
      )
      assert.deepStrictEqual(shown(yield* fetch([at("s"), held()])), ["NotFound"])
      assert.deepStrictEqual(operations(), ["DescribeSecret", "GetSecretValue"])
    }),
  )

  it.effect("fails as its check does, so that the old value is served by its policy", () =>
    Effect.gen(function* () {
      const throttled = yield* over(() => failure(new Throttled({ detail: "slow down" })))
      assert.deepStrictEqual(shown(yield* throttled.fetch([at("s"), held()])), ["Throttled"])
      assert.deepStrictEqual(throttled.operations(), ["DescribeSecret"])
      const malformed = yield* over(() => described({ v1: CURRENT as never }))
      assert.deepStrictEqual(shown(yield* malformed.fetch([at("s"), held()])), ["Unavailable"])
    }),
  )

  it.effect("that may not be described is not described again for five minutes", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* over(() => failure(new AccessDenied({ detail: "no" })))
      const read = fetch([at("s"), held()])
      yield* read
      yield* TestClock.adjust("4 minutes")
      yield* read
      assert.deepStrictEqual(operations(), ["DescribeSecret", "GetSecretValue", "GetSecretValue"])
      yield* TestClock.adjust("1 minute")
      yield* read
      assert.deepStrictEqual(operations(), ["DescribeSecret", "GetSecretValue"])
    }),
  )

  it.effect("is checked by itself in a batch: those that have changed share a call", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* over(({ input }) => {
        const id = String(input["SecretId"])
        return described({ [id === "same" ? "v1" : "v2"]: [CURRENT] }, { Name: id, ARN: arnOf(id) })
      })
      const results = yield* fetch(
        [at("a"), held()],
        [at("same"), held()],
        [at("b"), held()],
        [at("new"), undefined],
      )
      assert.deepStrictEqual(shown(results), ["new", "old", "new", "new"])
      assert.deepStrictEqual(operations(), [
        ...Array<string>(3).fill("DescribeSecret"),
        "BatchGetSecretValue",
      ])
    }),
  )

  it.effect("never makes one wait that is fetched without a check", () =>
    Effect.gen(function* () {
      const { source } = yield* recordedSource(make, () => ({}))
      assert.notStrictEqual(source.groupOf(at("s")), source.groupOf(plain("s")))
      assert.strictEqual(source.groupOf(at("s")), source.groupOf(at("t")))
    }),
  )

  it.effect("has made progress once its check has left it open, so its fetch has its own time", () =>
    Effect.gen(function* () {
      const { source } = yield* recordedSource(make, ({ operation }) =>
        operation === "DescribeSecret" ? described({ v2: [CURRENT] }) : sent("s"),
      )
      let moves = 0
      const rounds = { ...UNOBSERVED, moved: () => void (moves += 1) }
      yield* source.fetch([at("s")], once, [held()], rounds)
      assert.strictEqual(moves, 1)
    }),
  )

  it.effect("of one version id never changes, and is fetched", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* over(
        () => described({ v1: [CURRENT] }),
        () => sent("s", "v1"),
      )
      yield* fetch([at("s", { versionId: "v1" }), held()])
      assert.deepStrictEqual(operations(), ["GetSecretValue"])
    }),
  )
})
