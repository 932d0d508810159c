/**
 * The source of secrets over clients that record what they are asked: the calls, their grouping, and what becomes of each
 * reply.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { SecretAddress } from "../../../../src/kinds/secrets/address.ts"
import { AccessDenied, NotFound } from "../../../../src/domain/SourceError.ts"
import { make } from "../../../../src/kinds/secrets/fetch/secrets.ts"
import { failure } from "../../../support/entries.ts"
import { recordedSource, type Reply, shown } from "../../../support/recordedCalls.ts"

const REGION = "us-west-2"
const ROLE = "arn:aws:iam::123456789012:role/reader"
const CURRENT = "AWSCURRENT"

const at = (secretId: string, more: Partial<SecretAddress> = {}): SecretAddress => ({
  kind: "secrets",
  region: REGION,
  secretId,
  versionStage: CURRENT,
  ...more,
})

/** One version of a secret, which is not current. */
const version = (secretId: string, versionId: string): SecretAddress => ({
  kind: "secrets",
  region: REGION,
  secretId,
  versionId,
})

const over = (reply: Reply) => recordedSource(make, reply)

const arnOf = (name: string, suffix = "AbCdEf") =>
  `arn:aws:secretsmanager:us-west-2:123456789012:secret:${name}-${suffix}`
const partialOf = (name: string) => arnOf(name).slice(0, -7)

/** A secret as AWS sends it. */
const sent = (Name: string, more: object = {}) => ({
  Name,
  ARN: arnOf(Name),
  SecretString: `value of ${Name}`,
  VersionId: `version of ${Name}`,
  VersionStages: [CURRENT],
  CreatedDate: 1_700_000_000.25,
  ...more,
})

describe("one secret", () => {
  it.effect("is asked for by GetSecretValue, in its region, as its role, at its stage", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(() => sent("s"))
      assert.deepStrictEqual(shown(yield* fetch(at("s", { roleArn: ROLE }))), ["value of s"])
      assert.deepStrictEqual(calls, [
        {
          service: "SECRETS_MANAGER",
          operation: "GetSecretValue",
          access: { region: REGION, roleArn: ROLE },
          input: { SecretId: "s", VersionId: undefined, VersionStage: CURRENT },
        },
      ])
    }),
  )

  it.effect("is text with its version and what AWS says beside it, and without its value there", () =>
    Effect.gen(function* () {
      const { fetch } = yield* over(() => sent("s"))
      const [result] = yield* fetch(at("s"))
      const value = result && Result.getOrUndefined(result)
      assert.strictEqual(value?.contentType, "text/plain; charset=utf-8")
      assert.strictEqual(value?.version, "version of s")
      assert.deepStrictEqual(value?.details, {
        ARN: arnOf("s"),
        Name: "s",
        VersionId: "version of s",
        VersionStages: [CURRENT],
        CreatedDate: "2023-11-14T22:13:20.250Z",
      })
    }),
  )

  it.effect("is bytes where it has no text, and an empty text is a text", () =>
    Effect.gen(function* () {
      const { fetch } = yield* over(() => sent("s", { SecretString: null, SecretBinary: "AP8=" }))
      const [result] = yield* fetch(at("s"))
      const value = result && Result.getOrUndefined(result)
      assert.strictEqual(value?.contentType, "application/octet-stream")
      assert.deepStrictEqual(result === undefined ? [] : shown([result]), [new Uint8Array([0, 255])])

      const empty = yield* over(() => ({ SecretString: "" }))
      assert.deepStrictEqual(shown(yield* empty.fetch(at("s"))), [""])
    }),
  )

  it.effect("is not served where the reply is of another form", () =>
    Effect.gen(function* () {
      for (const wrong of [
        { SecretString: null },
        { SecretString: 3 },
        { SecretString: undefined, SecretBinary: "?" },
        { VersionStages: CURRENT },
        { VersionId: 3 },
        { ARN: [] },
        { CreatedDate: "yesterday" },
      ]) {
        const { fetch } = yield* over(() => sent("s", wrong))
        assert.deepStrictEqual(shown(yield* fetch(at("s"))), ["Unavailable"])
      }
    }),
  )

  it.effect("is not served where the reply is about another one, another version or another stage", () =>
    Effect.gen(function* () {
      for (const [address, reply] of [
        [at("s"), sent("t")],
        [at(arnOf("s")), sent("s", { ARN: arnOf("s", "GhIjKl") })],
        [at(partialOf("s")), sent("t")],
        [at("s"), sent("s", { VersionStages: ["AWSPREVIOUS"] })],
        [at("s", { versionStage: "AWSPREVIOUS" }), sent("s")],
        [at("s", { versionId: "other" }), sent("s")],
      ] as const) {
        const { fetch } = yield* over(() => reply)
        assert.deepStrictEqual(shown(yield* fetch(address)), ["Unavailable"])
      }
    }),
  )

  it.effect("is served where the reply leaves out what it is about", () =>
    Effect.gen(function* () {
      const { fetch } = yield* over(() => ({ SecretString: "hush" }))
      const addresses = [
        at("s"),
        at(arnOf("s")),
        at(partialOf("s")),
        version("s", "v"),
        at("s", { versionStage: "X" }),
      ]
      for (const address of addresses) assert.deepStrictEqual(shown(yield* fetch(address)), ["hush"])
      const partial = yield* over(() => sent("s"))
      assert.deepStrictEqual(shown(yield* partial.fetch(at(partialOf("s")))), ["value of s"])
    }),
  )
})

describe("several current secrets", () => {
  it.effect("are one call of BatchGetSecretValue, each id once, whatever order the reply has", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(() => ({ SecretValues: [sent("t"), sent("s")], Errors: [] }))
      const results = yield* fetch(at("s", { roleArn: ROLE }), at("t"), at("s"))
      assert.deepStrictEqual(shown(results), ["value of s", "value of t", "value of s"])
      assert.deepStrictEqual(calls, [
        {
          service: "SECRETS_MANAGER",
          operation: "BatchGetSecretValue",
          access: { region: REGION, roleArn: ROLE },
          input: { SecretIdList: ["s", "t"] },
        },
      ])
    }),
  )

  it.effect("may be asked for by name, whole ARN and partial ARN in one call", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(() => ({ SecretValues: [sent("u"), sent("t"), sent("s")] }))
      const results = yield* fetch(at("s"), at(arnOf("t")), at(partialOf("u")), at(partialOf("s")))
      assert.deepStrictEqual(shown(results), ["value of s", "value of t", "value of u", "value of s"])
      assert.lengthOf(calls, 1)
    }),
  )

  it.effect("that are refused fail alone, as AWS says why", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(() => ({
        SecretValues: [sent("s")],
        Errors: [
          { SecretId: "t", ErrorCode: "ResourceNotFoundException", Message: "can't find it" },
          { SecretId: "u", ErrorCode: "AccessDeniedException" },
        ],
      }))
      assert.deepStrictEqual(shown(yield* fetch(at("s"), at("t"), at("u"))), [
        "value of s",
        "NotFound",
        "AccessDenied",
      ])
      assert.lengthOf(calls, 1)
    }),
  )

  it.effect("may all be refused, also where the reply leaves out the list of the others", () =>
    Effect.gen(function* () {
      const Errors = ["s", "t"].map((SecretId) => ({ SecretId, ErrorCode: "ResourceNotFoundException" }))
      const { calls, fetch } = yield* over(() => ({ Errors }))
      assert.deepStrictEqual(shown(yield* fetch(at("s"), at("t"))), ["NotFound", "NotFound"])
      assert.lengthOf(calls, 1)
    }),
  )

  it.effect("of which a reply leaves some open are asked for alone, and fail alone", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(({ input, operation }) => {
        if (operation === "BatchGetSecretValue") {
          return {
            SecretValues: [sent("s"), sent("t", { VersionStages: ["AWSPREVIOUS"] }), sent("v")],
            Errors: [{ SecretId: "v", ErrorCode: "InternalServiceError" }],
          }
        }
        return input["SecretId"] === "u"
          ? failure(new AccessDenied({ detail: "no" }))
          : sent(String(input["SecretId"]))
      })
      assert.deepStrictEqual(shown(yield* fetch(at("s"), at("t"), at("u"), at("v"))), [
        "value of s",
        "value of t",
        "AccessDenied",
        "value of v",
      ])
      assert.deepStrictEqual(
        calls.slice(1).map(({ input }) => input),
        ["t", "u", "v"].map((SecretId) => ({ SecretId, VersionId: undefined, VersionStage: CURRENT })),
      )
    }),
  )

  it.effect("are no answer where the reply is of another form", () =>
    Effect.gen(function* () {
      for (const reply of [
        {},
        { SecretValues: null },
        { SecretValues: null, Errors: [] },
        { Errors: null },
        { SecretValues: [sent("s"), null] },
        { SecretValues: [sent("s", { SecretString: 3 })] },
        { SecretValues: [], Errors: 3 },
        { SecretValues: [], Errors: [{ SecretId: "s" }] },
        { SecretValues: [], Errors: [{ SecretId: 3, ErrorCode: "x" }] },
      ]) {
        const { calls, fetch } = yield* over(() => reply)
        assert.deepStrictEqual(shown(yield* fetch(at("s"), at("t"))), ["Unavailable", "Unavailable"])
        assert.lengthOf(calls, 1)
      }
    }),
  )
})

describe("several secrets of other versions", () => {
  it.effect("are asked for one by one, each by its own version, and fail alone", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(({ input }) =>
        input["SecretId"] === "t"
          ? failure(new NotFound({ detail: "gone" }))
          : sent("s", { VersionStages: ["AWSPREVIOUS"], VersionId: input["VersionId"] ?? "v0" }),
      )
      const results = yield* fetch(
        at("s", { versionStage: "AWSPREVIOUS" }),
        version("t", "v1"),
        version("s", "v2"),
      )
      assert.deepStrictEqual(shown(results), ["value of s", "NotFound", "value of s"])
      assert.deepStrictEqual(
        calls.map(({ input, operation }) => [operation, input]),
        [
          ["GetSecretValue", { SecretId: "s", VersionId: undefined, VersionStage: "AWSPREVIOUS" }],
          ["GetSecretValue", { SecretId: "t", VersionId: "v1", VersionStage: undefined }],
          ["GetSecretValue", { SecretId: "s", VersionId: "v2", VersionStage: undefined }],
        ],
      )
    }),
  )
})

describe("the groups of secrets", () => {
  it.effect("share region and role, and whether they are current", () =>
    Effect.gen(function* () {
      const { source } = yield* over(() => ({}))
      const apart = [
        at("s"),
        at("s", { region: "eu-west-1" }),
        at("s", { roleArn: ROLE }),
        at("s", { roleArn: `${ROLE}2` }),
        at("s", { versionStage: "AWSPREVIOUS" }),
        at("s", { versionStage: "AWSPREVIOUS", roleArn: ROLE }),
      ]
      assert.lengthOf([...new Set(apart.map(source.groupOf))], apart.length)
      assert.strictEqual(source.groupOf(at("s")), source.groupOf(at("t")))
      assert.notStrictEqual(source.groupOf(at("s")), source.groupOf(at("s", { versionId: "v" })))
      assert.strictEqual(source.batchSize, 20)
      assert.strictEqual(source.kind, "secrets")
    }),
  )
})
