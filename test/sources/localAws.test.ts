/**
 * The sources on local AWS, through the real SDK: what a value carries beside its text, whole paths, decryption, and
 * other roles. What is asked is read from AWS's record of calls.
 */
import { DeleteSecretCommand } from "@aws-sdk/client-secrets-manager"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric, Result } from "effect"
import type { Address } from "../../src/domain/Address.ts"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { seedFrom, type Seed } from "../../local/aws/seed.ts"
import * as Metrics from "../../src/observability/Metrics.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { clientsFor, REGION, sdk } from "../support/aws.ts"
import { bodyOf } from "../support/entries.ts"
import { onLocalAws } from "../support/localSources.ts"

const READER = "arn:aws:iam::123456789012:role/reader"
const WRITER = "arn:aws:iam::123456789012:role/team/writer"

/** A seeded AWS and the sources on it. */
const setup = Effect.fnUntraced(function* (seed: Seed) {
  const aws = yield* AwsEmulator
  yield* Effect.orDie(seedFrom(aws.endpoint, { region: REGION, ...seed }))
  yield* aws.calls.clear
  const sources = yield* Sources
  const fetch = (address: Address) => sources.fetch(address)
  /** The error of a fetch that must fail. */
  const reasonOf = (address: Address) =>
    Effect.map(Effect.result(fetch(address)), (result) =>
      Result.isFailure(result) ? result.failure.reason : undefined,
    )
  const operations = Effect.map(aws.calls.all, (calls) => calls.map(({ operation }) => operation))
  return { ...aws, fetch, reasonOf, operations }
})

const parameter = (name: string, more: object = {}): Address => ({
  kind: "parameters",
  region: REGION,
  name,
  ...more,
})
const secret = (secretId: string, more: object = { versionStage: "AWSCURRENT" }): Address => ({
  kind: "secrets",
  region: REGION,
  secretId,
  ...more,
})

/** More parameters than two pages hold. */
const TREE = Array.from({ length: 25 }, (_, index) => ({ name: `/app/prod/p${index}`, value: `v${index}` }))

describe("a missing parameter", () => {
  it.live("is called by its name, alone and in a batch", () =>
    Effect.gen(function* () {
      const { reasonOf } = yield* setup({ parameters: [{ name: "A", value: "a" }] })
      const words = (name: string) => ({
        _tag: "NotFound" as const,
        detail: `ParameterNotFound: Parameter Store has no parameter ${name} in ${REGION}`,
      })
      assert.deepInclude(yield* reasonOf(parameter("B")), words("B"))
      const both = [reasonOf(parameter("B")), reasonOf(parameter("/c/d"))]
      const [first, second] = yield* Effect.all(both, { concurrency: "unbounded" })
      assert.deepInclude(first, words("B"))
      assert.deepInclude(second, words("/c/d"))
    }).pipe(onLocalAws),
  )

  it.live("keeps AWS's words where there are some", () =>
    Effect.gen(function* () {
      const { reasonOf } = yield* setup({ parameters: [{ name: "A", value: "a" }] })
      const reason = yield* reasonOf(parameter("A:9"))
      assert.match(String(reason?.detail), /^ParameterVersionNotFound: .*version/i)
      const reference = yield* reasonOf(parameter("/aws/reference/secretsmanager/none"))
      assert.include(String(reference?.detail), "referencing Secrets Manager")
    }).pipe(onLocalAws),
  )
})

describe("a secret that is marked for deletion", () => {
  it.live("is absent, alone and in a batch, and costs the others nothing", () =>
    Effect.gen(function* () {
      const { fetch, reasonOf, endpoint } = yield* setup({
        secrets: [
          { name: "s", value: "hush" },
          { name: "going", value: "gone" },
        ],
      })
      const { secrets } = yield* clientsFor(endpoint)
      yield* sdk(() => secrets.send(new DeleteSecretCommand({ SecretId: "going" })))
      assert.deepInclude(yield* reasonOf(secret("going")), { _tag: "NotFound" })
      const [value, reason] = yield* Effect.all([fetch(secret("s")), reasonOf(secret("going"))], {
        concurrency: "unbounded",
      })
      assert.strictEqual(bodyOf(value), "hush")
      assert.deepInclude(reason, { _tag: "NotFound" })
      assert.include(String(reason?.detail), "marked for deletion")
    }).pipe(Effect.scoped, onLocalAws),
  )
})

describe("a fetched value", () => {
  it.live("carries what AWS says of a parameter beside its value", () =>
    Effect.gen(function* () {
      const { fetch } = yield* setup({ parameters: [{ name: "A", value: "hush", labels: ["prod"] }] })
      const { details = {} } = yield* fetch(parameter("A:prod"))
      assert.deepInclude(details, {
        Name: "A",
        Type: "String",
        Version: 1,
        Selector: ":prod",
        ARN: `arn:aws:ssm:${REGION}:123456789012:parameter/A`,
        DataType: "text",
      })
      assert.match(String(details["LastModifiedDate"]), /^\d{4}-\d\d-\d\dT.*Z$/)
      assert.notInclude(JSON.stringify(details), "hush")
    }).pipe(onLocalAws),
  )

  it.live("carries what AWS says of a secret beside its value, alone and in a batch", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* setup({
        secrets: [
          { name: "s", value: "hush" },
          { name: "t", value: "hush" },
        ],
      })
      const alone = yield* fetch(secret("s"))
      const [batched] = yield* Effect.all([fetch(secret("s")), fetch(secret("t"))], {
        concurrency: "unbounded",
      })
      assert.deepStrictEqual(yield* operations, ["GetSecretValue", "BatchGetSecretValue"])
      for (const { details = {}, version } of [alone, batched]) {
        assert.hasAllKeys(details, ["ARN", "Name", "VersionId", "VersionStages", "CreatedDate"])
        assert.deepInclude(details, { Name: "s", VersionId: version, VersionStages: ["AWSCURRENT"] })
        assert.notInclude(JSON.stringify(details), "hush")
      }
      // A version is found by its id, without a stage.
      assert.strictEqual(bodyOf(yield* fetch(secret("s", { versionId: alone.version }))), "hush")
    }).pipe(onLocalAws),
  )

  it.live("is read without decryption where that is asked for, not in one call with others", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* setup({
        parameters: [{ name: "A", value: "hush", type: "SecureString" }],
      })
      const [clear, sealed] = yield* Effect.all(
        [fetch(parameter("A")), fetch(parameter("A", { withDecryption: false }))],
        { concurrency: "unbounded" },
      )
      assert.strictEqual(bodyOf(clear), "hush")
      assert.notInclude(String(bodyOf(sealed)), "hush")
      assert.deepStrictEqual(yield* operations, ["GetParameter", "GetParameter"])
    }).pipe(onLocalAws),
  )
})

describe("a path of Parameter Store", () => {
  const address: Address = { kind: "parameters", region: REGION, path: "/app/prod/" }

  it.live("is everything below it, ten parameters a call", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* setup({
        parameters: [
          ...TREE,
          { name: "/app/prod/deep/er", value: "hush", type: "SecureString" },
          { name: "/app/production", value: "beside" },
        ],
      })
      assert.deepStrictEqual(JSON.parse(String(bodyOf(yield* fetch(address)))), {
        ...Object.fromEntries(TREE.map(({ name, value }) => [name, value])),
        "/app/prod/deep/er": "hush",
      })
      assert.deepStrictEqual(
        yield* operations,
        Array.from({ length: 3 }, () => "GetParametersByPath"),
      )
    }).pipe(onLocalAws),
  )

  it.live("costs one call more for each page that AWS throttles", () =>
    Effect.gen(function* () {
      const { faults, fetch, operations } = yield* setup({ parameters: TREE })
      yield* faults.inject({ after: 1, times: 2, effect: { kind: "throttle" } })
      const value = yield* fetch(address)
      assert.lengthOf(Object.keys(JSON.parse(String(bodyOf(value))) as object), TREE.length)
      assert.lengthOf(yield* operations, 5)
    }).pipe(onLocalAws),
  )

  it.live("is one answer to all who ask for it at the same moment", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* setup({ parameters: TREE.slice(0, 2) })
      const values = yield* Effect.all([fetch(address), fetch(address)], { concurrency: "unbounded" })
      const expected = '{"/app/prod/p0":"v0","/app/prod/p1":"v1"}'
      assert.deepStrictEqual(values.map(bodyOf), [expected, expected])
      assert.deepStrictEqual(yield* operations, ["GetParametersByPath"])
    }).pipe(onLocalAws),
  )

  it.live("is not read together with a name", () =>
    Effect.gen(function* () {
      const { fetch, operations } = yield* setup({ parameters: TREE })
      yield* Effect.all([fetch(address), fetch(parameter("/app/prod/p0"))], { concurrency: "unbounded" })
      assert.includeMembers([...(yield* operations)], ["GetParameter", "GetParametersByPath"])
    }).pipe(onLocalAws),
  )
})

describe("another role", () => {
  const seed: Seed = { parameters: [{ name: "A", value: "a" }], secrets: [{ name: "s", value: "s" }] }

  it.live("is assumed once for all services, under the function's name and with its credentials", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* setup(seed)
      yield* Effect.all(
        [fetch(parameter("A", { roleArn: READER })), fetch(secret("s", { roleArn: READER }))],
        { concurrency: "unbounded" },
      )
      const [assume, ...reads] = yield* calls.all
      assert.deepInclude(assume, {
        operation: "AssumeRole",
        names: [READER],
        region: REGION,
        accessKeyId: "AKIAFUNCTION",
      })
      assert.deepStrictEqual(
        reads.map(({ role }) => role),
        [READER, READER],
      )
    }).pipe(onLocalAws),
  )

  it.live("reads apart from other roles and from the function's own", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* setup(seed)
      const roles = [undefined, READER, WRITER]
      yield* Effect.forEach(
        roles,
        (roleArn) => fetch(parameter("A", roleArn === undefined ? {} : { roleArn })),
        { concurrency: "unbounded" },
      )
      const reads = (yield* calls.all).filter(({ operation }) => operation === "GetParameter")
      assert.sameMembers(
        reads.map(({ role }) => role),
        roles,
      )
    }).pipe(onLocalAws),
  )

  it.live("that may not be assumed is an access denied, and costs the others nothing", () =>
    Effect.gen(function* () {
      const { calls, faults, fetch, reasonOf } = yield* setup(seed)
      yield* faults.inject({
        service: "sts",
        match: [READER],
        effect: {
          kind: "error",
          status: 403,
          type: "AccessDenied",
          message: "not authorized: sts:AssumeRole",
        },
      })
      const reason = yield* reasonOf(parameter("A", { roleArn: READER }))
      assert.deepInclude(reason, {
        _tag: "AccessDenied",
        detail: "AccessDenied: not authorized: sts:AssumeRole",
      })
      assert.strictEqual(bodyOf(yield* fetch(parameter("A", { roleArn: WRITER }))), "a")
      const asked = (yield* calls.all).map(({ operation }) => operation)
      assert.deepStrictEqual(asked, ["AssumeRole", "AssumeRole", "GetParameter"])

      const counted = yield* Metric.value(
        Metric.withAttributes(Metrics.awsCalls, {
          service: "STS",
          operation: "AssumeRole",
          outcome: "AccessDenied",
        }),
      )
      assert.strictEqual(counted.count, 1)
    }).pipe(onLocalAws, Effect.provideService(Metric.MetricRegistry, new Map())),
  )

  it.live("is assumed again after a throttled call", () =>
    Effect.gen(function* () {
      const { faults, fetch } = yield* setup(seed)
      yield* faults.inject({ service: "sts", times: 2, effect: { kind: "throttle" } })
      assert.strictEqual(bodyOf(yield* fetch(parameter("A", { roleArn: READER }))), "a")
    }).pipe(onLocalAws),
  )

  it.live("is assumed anew when AWS says that its credentials are over", () =>
    Effect.gen(function* () {
      const { faults, fetch, operations } = yield* setup(seed)
      yield* fetch(parameter("A", { roleArn: READER }))
      yield* faults.inject({
        service: "ssm",
        times: 1,
        effect: { kind: "error", status: 400, type: "ExpiredTokenException" },
      })
      assert.strictEqual(bodyOf(yield* fetch(parameter("A", { roleArn: READER }))), "a")
      assert.deepStrictEqual(yield* operations, [
        "AssumeRole",
        "GetParameter",
        "GetParameter",
        "AssumeRole",
        "GetParameter",
      ])
    }).pipe(onLocalAws),
  )

  it.live("waits for an STS that hangs no longer than for any other call", () =>
    Effect.gen(function* () {
      const { faults, fetch } = yield* setup(seed)
      yield* faults.inject({ service: "sts", times: 1, effect: { kind: "hang" } })
      assert.strictEqual(bodyOf(yield* fetch(parameter("A", { roleArn: READER }))), "a")
    }).pipe(onLocalAws),
  )
})
