/**
 * The source of parameters over clients that record what they are asked: the calls, their grouping, and what becomes of
 * each reply.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { AddressOf } from "../../../../src/domain/Address.ts"
import type { ParameterAddress } from "../../../../src/kinds/parameters/address.ts"
import { AccessDenied, NotFound } from "../../../../src/domain/SourceError.ts"
import { make } from "../../../../src/kinds/parameters/fetch/parameters.ts"
import { failure } from "../../../support/entries.ts"
import { recordedSource, type Reply, shown } from "../../../support/recordedCalls.ts"

const REGION = "us-west-2"
const ROLE = "arn:aws:iam::123456789012:role/reader"

const at = (name: string, more: Partial<ParameterAddress> = {}): ParameterAddress => ({
  kind: "parameters",
  region: REGION,
  name,
  ...more,
})

const over = (reply: Reply) => recordedSource(make, reply)

/** A parameter as AWS sends it. */
const sent = (Name: string, more: object = {}) => ({ Name, Value: `value of ${Name}`, Version: 3, ...more })

describe("one parameter", () => {
  it.effect("is asked for by GetParameter, in its region, as its role, with decryption", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(() => ({ Parameter: sent("A") }))
      assert.deepStrictEqual(shown(yield* fetch(at("A", { roleArn: ROLE }))), ["value of A"])
      assert.deepStrictEqual(calls, [
        {
          service: "SSM",
          operation: "GetParameter",
          access: { region: REGION, roleArn: ROLE },
          input: { Name: "A", WithDecryption: true },
        },
      ])
    }),
  )

  it.effect("is asked for without decryption where that is said", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(() => ({ Parameter: sent("A") }))
      yield* fetch(at("A", { withDecryption: false }))
      assert.deepStrictEqual(calls[0]?.input, { Name: "A", WithDecryption: false })
    }),
  )

  it.effect("is text, with its version and what AWS says beside it, and without its value there", () =>
    Effect.gen(function* () {
      const parts = {
        ARN: "arn:aws:ssm:us-west-2:123456789012:parameter/A",
        Type: "String",
        Selector: ":3",
        SourceResult: null,
        DataType: "text",
        LastModifiedDate: 1_700_000_000.25,
        Tier: "Standard",
      }
      const { fetch } = yield* over(() => ({ Parameter: sent("A", parts) }))
      const [result] = yield* fetch(at("A:3"))
      const value = result && Result.getOrUndefined(result)
      assert.strictEqual(value?.contentType, "text/plain; charset=utf-8")
      assert.strictEqual(value?.version, "3")
      assert.deepStrictEqual(value?.details, {
        ARN: parts.ARN,
        Name: "A",
        Type: "String",
        Version: 3,
        Selector: ":3",
        LastModifiedDate: "2023-11-14T22:13:20.250Z",
        DataType: "text",
      })
    }),
  )

  it.effect("may be an empty text, and have no version", () =>
    Effect.gen(function* () {
      const { fetch } = yield* over(() => ({ Parameter: { Name: "A", Value: "", Version: null } }))
      const [result] = yield* fetch(at("A"))
      assert.deepStrictEqual(shown(result === undefined ? [] : [result]), [""])
      assert.notProperty(result && Result.getOrUndefined(result), "version")
    }),
  )

  it.effect("is not served where the reply is about another one or another version", () =>
    Effect.gen(function* () {
      for (const [name, parameter] of [
        ["A", sent("B")],
        ["A", sent("A", { Selector: ":1" })],
        ["A:1", sent("A")],
        ["A:old", sent("A", { Selector: ":new" })],
      ] as const) {
        const { fetch } = yield* over(() => ({ Parameter: parameter }))
        assert.deepStrictEqual(shown(yield* fetch(at(name))), ["Unavailable"], name)
      }
    }),
  )

  it.effect("is not served where the reply has no parameter, or one of another form", () =>
    Effect.gen(function* () {
      for (const Parameter of [
        undefined,
        null,
        {},
        [],
        "x",
        { Value: 3 },
        sent("A", { Version: "3" }),
        sent("A", { Name: 3 }),
      ]) {
        const { fetch } = yield* over(() => ({ Parameter }))
        assert.deepStrictEqual(shown(yield* fetch(at("A"))), ["Unavailable"])
      }
    }),
  )
})

describe("several parameters", () => {
  it.effect("are one call of GetParameters, each name once", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(() => ({
        Parameters: [sent("B"), sent("A")],
        InvalidParameters: [],
      }))
      assert.deepStrictEqual(shown(yield* fetch(at("A", { roleArn: ROLE }), at("B"), at("A"))), [
        "value of A",
        "value of B",
        "value of A",
      ])
      assert.deepStrictEqual(calls, [
        {
          service: "SSM",
          operation: "GetParameters",
          access: { region: REGION, roleArn: ROLE },
          input: { Names: ["A", "B"], WithDecryption: true },
        },
      ])
    }),
  )

  it.effect("are asked for without decryption where that is said", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(() => ({ Parameters: [sent("B"), sent("A")] }))
      yield* fetch(at("A", { withDecryption: false }), at("B", { withDecryption: false }))
      assert.deepStrictEqual(calls[0]?.input, { Names: ["A", "B"], WithDecryption: false })
    }),
  )

  it.effect("that AWS calls invalid are not found, by exactly this name", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(({ operation }) =>
        operation === "GetParameters"
          ? { Parameters: [sent("A")], InvalidParameters: ["B", "C:1"] }
          : { Parameter: sent("C") },
      )
      const results = yield* fetch(at("A"), at("B"), at("C"))
      assert.deepStrictEqual(shown(results), ["value of A", "NotFound", "value of C"])
      assert.deepStrictEqual(
        calls.map(({ input, operation }) => [operation, input["Name"]]),
        [
          ["GetParameters", undefined],
          ["GetParameter", "C"],
        ],
      )
      const [, second] = results
      assert.include(second !== undefined && Result.isFailure(second) ? second.failure.message : "", "B")
    }),
  )

  it.effect("may all be invalid, also where the reply leaves out the list of the others", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(() => ({ InvalidParameters: ["B", "A"] }))
      assert.deepStrictEqual(shown(yield* fetch(at("A"), at("B"))), ["NotFound", "NotFound"])
      assert.lengthOf(calls, 1)
    }),
  )

  it.effect("of which a reply leaves one open are asked for alone, and fail alone", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(({ input, operation }) => {
        if (operation === "GetParameters") return { Parameters: [sent("A"), sent("B")] }
        return input["Name"] === "A:old"
          ? { Parameter: sent("A", { Value: "old", Version: 1 }) }
          : failure(new AccessDenied({ detail: "denied" }))
      })
      assert.deepStrictEqual(shown(yield* fetch(at("A"), at("A:old"), at("B"))), [
        "AccessDenied",
        "old",
        "value of B",
      ])
      assert.deepStrictEqual(
        calls.map(({ input }) => input["Name"] ?? "several"),
        ["several", "A", "A:old"],
      )
    }),
  )

  it.effect("are no answer where the reply has no list of them, or one of another form", () =>
    Effect.gen(function* () {
      for (const reply of [
        {},
        { InvalidParameters: null },
        { Parameters: null, InvalidParameters: ["A", "B"] },
        { Parameters: null },
        { Parameters: {} },
        { Parameters: [sent("A"), null] },
        { Parameters: [sent("A"), { Name: "B" }] },
        { Parameters: [], InvalidParameters: "A" },
        { Parameters: [], InvalidParameters: [3] },
      ]) {
        const { calls, fetch } = yield* over(() => reply)
        assert.deepStrictEqual(shown(yield* fetch(at("A"), at("B"))), ["Unavailable", "Unavailable"])
        assert.lengthOf(calls, 1)
      }
    }),
  )

  it.effect("fail as one where the call does", () =>
    Effect.gen(function* () {
      const { fetch } = yield* over(() => failure(new NotFound({ detail: "gone" })))
      assert.deepStrictEqual(shown(yield* fetch(at("A"), at("B"))), ["NotFound", "NotFound"])
    }),
  )
})

describe("a path", () => {
  const path = { kind: "parameters", region: REGION, path: "/app/" } as const

  it.effect("is asked for with everything below it, and is one answer for all who ask", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* over(() => ({ Parameters: [sent("/app/a")] }))
      const expected = '{"/app/a":"value of /app/a"}'
      assert.deepStrictEqual(shown(yield* fetch(path, path)), [expected, expected])
      assert.deepStrictEqual(
        calls.map(({ input, operation }) => [operation, input]),
        [
          [
            "GetParametersByPath",
            { Path: "/app/", Recursive: true, WithDecryption: true, NextToken: undefined },
          ],
        ],
      )
    }),
  )

  it.effect("is no answer where a page is of another form", () =>
    Effect.gen(function* () {
      for (const page of [
        {},
        { Parameters: null },
        { Parameters: [null] },
        { Parameters: [{ Value: "without a name" }] },
        { Parameters: [{ Name: "/app/a" }] },
        { Parameters: [], NextToken: 3 },
      ]) {
        const { fetch } = yield* over(() => page)
        assert.deepStrictEqual(shown(yield* fetch(path)), ["Unavailable"])
      }
    }),
  )
})

describe("the groups of parameters", () => {
  it.effect("share region, role and decryption; a path is a group of its own", () =>
    Effect.gen(function* () {
      const { source } = yield* over(() => ({}))
      const apart: ReadonlyArray<AddressOf<"parameters">> = [
        at("A"),
        at("A", { region: "eu-west-1" }),
        at("A", { roleArn: ROLE }),
        at("A", { roleArn: `${ROLE}2` }),
        at("A", { withDecryption: false }),
        { kind: "parameters", region: REGION, path: "/app" },
        { kind: "parameters", region: REGION, path: "/web" },
        { kind: "parameters", region: REGION, path: "/app", roleArn: ROLE },
      ]
      assert.lengthOf([...new Set(apart.map(source.groupOf))], apart.length)
      assert.strictEqual(source.groupOf(at("A")), source.groupOf(at("B", { withDecryption: true })))
      assert.strictEqual(source.batchSize, 10)
      assert.strictEqual(source.kind, "parameters")
    }),
  )
})
