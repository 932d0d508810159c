/**
 * The source of queries: which calls a fetch makes, and what it makes of their replies. test/integration/sql.test.ts has a real
 * database behind them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import type { AddressOf } from "../../../../src/domain/Address.ts"
import { InvalidRequest, SourceError } from "../../../../src/domain/SourceError.ts"
import { make } from "../../../../src/kinds/sql/fetch/queries.ts"
import { bodyOf } from "../../../support/entries.ts"
import { recordedSource, SILENCE, shown } from "../../../support/recordedCalls.ts"

const PLACE = { resourceArn: "the cluster", secretArn: "the secret" }
const ADDRESS: AddressOf<"sql"> = {
  kind: "sql",
  region: "eu-west-1",
  ...PLACE,
  database: "shop",
  statement: "SELECT :a",
  parameters: [],
}

const COLUMNS = [{ label: "a", typeName: "int4" }]
const ROWS = { columnMetadata: COLUMNS, records: [[{ longValue: 1 }]] }

/** The replies to a transaction whose statement gets `reply`. */
const replying = (reply: unknown) =>
  recordedSource(make, ({ input, operation }) => {
    if (operation === "BeginTransaction") return { transactionId: "t" }
    if (operation === "RollbackTransaction") return { transactionStatus: "Rollback Complete" }
    return input["sql"] === ADDRESS.statement ? reply : { numberOfRecordsUpdated: 0, generatedFields: [] }
  })

const detailOf = ([result]: ReadonlyArray<Result.Result<unknown, { readonly message: string }>>): string =>
  result !== undefined && Result.isFailure(result) ? result.failure.message : ""

describe("a query", () => {
  it.effect("is a transaction that is made read-only first, and ended", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* replying(ROWS)
      const parameters = [
        { name: "a", type: "string", value: "x" },
        { name: "b", type: "null", value: "" },
        { name: "c", type: "long", value: "-5" },
        { name: "d", type: "double", value: "1.5" },
        { name: "e", type: "boolean", value: "true" },
        { name: "f", type: "blob", value: "AP8=" },
        { name: "g", type: "decimal", value: "19.90" },
      ] as const
      const [fetched] = yield* fetch({ ...ADDRESS, parameters })
      assert.isTrue(fetched !== undefined && Result.isSuccess(fetched))
      if (fetched === undefined || Result.isFailure(fetched)) return
      assert.strictEqual(bodyOf(fetched.success), '[{"a":1}]')
      assert.strictEqual(fetched.success.contentType, "application/json")
      const statement = { ...PLACE, database: "shop", transactionId: "t", includeResultMetadata: true }
      assert.deepStrictEqual(
        calls.map(({ input, operation }) => ({ operation, input })),
        [
          { operation: "BeginTransaction", input: { ...PLACE, database: "shop" } },
          { operation: "ExecuteStatement", input: { ...statement, sql: "SET TRANSACTION READ ONLY" } },
          {
            operation: "ExecuteStatement",
            input: {
              ...statement,
              sql: "SELECT :a",
              parameters: [
                { name: "a", value: { stringValue: "x" } },
                { name: "b", value: { isNull: true } },
                { name: "c", value: { longValue: -5 } },
                { name: "d", value: { doubleValue: 1.5 } },
                { name: "e", value: { booleanValue: true } },
                { name: "f", value: { blobValue: Buffer.from([0, 255]) } },
                { name: "g", value: { stringValue: "19.90" }, typeHint: "DECIMAL" },
              ],
            },
          },
          { operation: "RollbackTransaction", input: { ...PLACE, transactionId: "t" } },
        ],
      )
    }),
  )

  it.effect("that the database refuses ends its transaction too", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* replying(
        new SourceError({ reason: new InvalidRequest({ detail: "the database says no" }) }),
      )
      yield* fetch(ADDRESS)
      assert.deepStrictEqual(
        calls.map(({ operation }) => operation),
        ["BeginTransaction", "ExecuteStatement", "ExecuteStatement", "RollbackTransaction"],
      )
    }),
  )

  it.effect("that is given up while it runs ends its transaction", () =>
    Effect.gen(function* () {
      const { calls, fetch } = yield* replying(SILENCE)
      const fetching = yield* Effect.forkChild(fetch(ADDRESS), { startImmediately: true })
      assert.lengthOf(calls, 3)
      yield* Fiber.interrupt(fetching)
      assert.strictEqual(calls.at(-1)?.operation, "RollbackTransaction")
    }),
  )

  it.live("is served although the end of its transaction gets no reply", () =>
    Effect.gen(function* () {
      const { fetch } = yield* recordedSource(make, ({ input, operation }) => {
        if (operation === "BeginTransaction") return { transactionId: "t" }
        if (operation === "RollbackTransaction") return SILENCE
        return input["sql"] === ADDRESS.statement ? ROWS : {}
      })
      assert.deepStrictEqual(shown(yield* fetch(ADDRESS)), ['[{"a":1}]'])
    }),
  )

  it.effect.each<readonly [string, unknown, string]>([
    ["no reply at all", undefined, "Unavailable"],
    ["null", null, "Unavailable"],
    ["an empty reply", {}, "Unavailable"],
    ["rows without columns", { records: [[{ longValue: 1 }]] }, "Unavailable"],
    ["columns without rows", { columnMetadata: COLUMNS }, "Unavailable"],
    ["a row that is too short", { ...ROWS, records: [[{ longValue: 1 }], []] }, "Unavailable"],
    ["a row that is too long", { ...ROWS, records: [[{ longValue: 1 }, { isNull: true }]] }, "Unavailable"],
    ["rows that are no list", { ...ROWS, records: { 0: [] } }, "Unavailable"],
    ["a value without a type", { ...ROWS, records: [[{}]] }, "Unavailable"],
    ["a value of two types", { ...ROWS, records: [[{ longValue: 1, stringValue: "1" }]] }, "Unavailable"],
    ["a value of an unknown type", { ...ROWS, records: [[{ structValue: {} }]] }, "Unavailable"],
    ["a long that is a text", { ...ROWS, records: [[{ longValue: "1" }]] }, "Unavailable"],
    ["a long with a fraction", { ...ROWS, records: [[{ longValue: 1.5 }]] }, "Unavailable"],
    ["a blob that is no base64", { ...ROWS, records: [[{ blobValue: "%" }]] }, "Unavailable"],
    ["an array of nothing", { ...ROWS, records: [[{ arrayValue: {} }]] }, "Unavailable"],
    ["a column without a form", { ...ROWS, columnMetadata: ["a"] }, "Unavailable"],
    ["no rows, because it is no query", { numberOfRecordsUpdated: 0, generatedFields: [] }, "InvalidRequest"],
  ])("whose reply is %s is no value", ([, reply, reason]) =>
    Effect.gen(function* () {
      const { fetch } = yield* replying(reply)
      assert.deepStrictEqual(shown(yield* fetch(ADDRESS)), [reason])
    }),
  )

  it.effect("takes null for a member that is left out", () =>
    Effect.gen(function* () {
      const record = [{ isNull: false, longValue: 1, stringValue: null }]
      const { fetch } = yield* replying({ ...ROWS, records: [record] })
      assert.deepStrictEqual(shown(yield* fetch(ADDRESS)), ['[{"a":1}]'])
    }),
  )

  it.effect("without rows is an empty list", () =>
    Effect.gen(function* () {
      const { fetch } = yield* replying({ columnMetadata: COLUMNS, records: [] })
      assert.deepStrictEqual(shown(yield* fetch(ADDRESS)), ["[]"])
    }),
  )

  it.effect("with two columns of one name says which", () =>
    Effect.gen(function* () {
      const columnMetadata = [{ label: "id" }, { label: "a" }, { name: "id" }]
      const { fetch } = yield* replying({ columnMetadata, records: [] })
      const results = yield* fetch(ADDRESS)
      assert.deepStrictEqual(shown(results), ["InvalidRequest"])
      assert.strictEqual(
        detailOf(results),
        'the result has two columns called "id"; give one of them another name with AS',
      )
    }),
  )

  it.effect("with more rows than max_rows is too large, with as many it is not", () =>
    Effect.gen(function* () {
      const { fetch } = yield* replying({ ...ROWS, records: [[{ longValue: 1 }], [{ longValue: 2 }]] })
      assert.deepStrictEqual(shown(yield* fetch({ ...ADDRESS, maxRows: 2 })), ['[{"a":1},{"a":2}]'])
      const results = yield* fetch({ ...ADDRESS, maxRows: 1 })
      assert.deepStrictEqual(shown(results), ["TooLarge"])
      assert.strictEqual(
        detailOf(results),
        "the result has 2 rows; max_rows allows 1: add a LIMIT to the statement, or raise max_rows",
      )
    }),
  )

  it.effect("has a circuit for each cluster, and a batch of its own", () =>
    Effect.gen(function* () {
      const { source } = yield* replying(ROWS)
      const other = { ...ADDRESS, resourceArn: "another" }
      assert.notStrictEqual(source.circuitOf?.(ADDRESS), source.circuitOf?.(other))
      assert.strictEqual(source.batchSize, 1)
    }),
  )
})
