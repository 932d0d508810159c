/**
 * What the RDS Data API does with statements and transactions on PostgreSQL, told in SDK calls.
 *
 * Source: docs.aws.amazon.com/rdsdataservice/latest/APIReference, and the pages on the Data API in the user guide of Aurora. Run
 * by conformance.test.ts on pglite, and by test/slow/dataApiOnPostgres.test.ts on a PostgreSQL server.
 */
import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  RollbackTransactionCommand,
} from "@aws-sdk/client-rds-data"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { type Aws, conformance } from "./Target.ts"

type Input = Partial<ExecuteStatementCommandInput> & { readonly sql: string }

const command = (aws: Aws, input: Input) => new ExecuteStatementCommand({ ...aws.database, ...input })
const run = (aws: Aws, sql: string, more: Partial<Input> = {}) =>
  sdk(() => aws.rdsData.send(command(aws, { sql, ...more })))
const refused = (aws: Aws, sql: string, more: Partial<Input> = {}) =>
  refusalOf(() => aws.rdsData.send(command(aws, { sql, ...more })))

const begin = (aws: Aws) =>
  Effect.map(
    sdk(() => aws.rdsData.send(new BeginTransactionCommand(aws.database))),
    ({ transactionId = "" }) => transactionId,
  )
const placeOf = ({ database: { resourceArn, secretArn } }: Aws) => ({ resourceArn, secretArn })

/** A table of its own with one row. */
const makeTable = Effect.fnUntraced(function* (aws: Aws) {
  const table = aws.unique("t").replaceAll("-", "_")
  yield* run(aws, `CREATE TABLE ${table} (id int)`)
  yield* run(aws, `INSERT INTO ${table} VALUES (1)`)
  return table
})

const READ_ONLY = "SET TRANSACTION READ ONLY"
const WRITES_REFUSED = /read-only transaction.*SQLState: 25006/s

/** A transaction that is read-only. */
const beginReadOnly = Effect.fnUntraced(function* (aws: Aws) {
  const transactionId = yield* begin(aws)
  yield* run(aws, READ_ONLY, { transactionId })
  return transactionId
})

/** What a statement gives in the first row. */
const rowOf = (aws: Aws, sql: string, more: Partial<Input> = {}) =>
  Effect.map(run(aws, sql, more), ({ records }) => records?.[0])

export const queryCases = [
  conformance(
    "each type of PostgreSQL has its type in the Data API",
    Effect.fnUntraced(function* (aws) {
      const types = [
        ["42::int", { longValue: 42 }],
        ["1.5::float8", { doubleValue: 1.5 }],
        ["19.90::numeric", { stringValue: "19.90" }],
        ["true", { booleanValue: true }],
        ["NULL::int", { isNull: true }],
        ["'a'::text", { stringValue: "a" }],
        ["'\\x00ff'::bytea", { blobValue: new Uint8Array([0, 255]) }],
        ["'2026-01-31 23:59:59'::timestamp", { stringValue: "2026-01-31 23:59:59" }],
        ["'2026-01-31'::date", { stringValue: "2026-01-31" }],
        ["'{\"a\": 1}'::jsonb", { stringValue: '{"a": 1}' }],
        ["'{1,NULL}'::int[]", { arrayValue: { longValues: [1, null] } }],
        ['\'{a,"b,\\"c"}\'::text[]', { arrayValue: { stringValues: ["a", 'b,"c'] } }],
        ["'{t,f}'::bool[]", { arrayValue: { booleanValues: [true, false] } }],
        ["'{1.50}'::numeric[]", { arrayValue: { stringValues: ["1.50"] } }],
        ["'{}'::int[]", { arrayValue: { longValues: [] } }],
      ] as const
      const row = yield* rowOf(aws, `SELECT ${types.map(([sql], index) => `${sql} AS c${index}`).join(", ")}`)
      assert.deepStrictEqual(JSON.stringify(row), JSON.stringify(types.map(([, value]) => value)))
    }),
  ),
  conformance(
    "columns come with their labels and types if they are asked for, and not otherwise",
    Effect.fnUntraced(function* (aws) {
      const sql = "SELECT 1::bigint AS id, 1.5::numeric AS total, 'a'::text AS id"
      const { columnMetadata = [] } = yield* run(aws, sql, { includeResultMetadata: true })
      assert.deepStrictEqual(
        columnMetadata.map(({ label, typeName }) => [label, typeName]),
        [
          ["id", "int8"],
          ["total", "numeric"],
          ["id", "text"],
        ],
      )
      assert.isUndefined((yield* run(aws, sql)).columnMetadata)
    }),
  ),
  conformance(
    "parameters are named, also within casts, and not within strings",
    Effect.fnUntraced(function* (aws) {
      const row = yield* rowOf(aws, "SELECT :a || :a::text, ':a', :b + 1, :c::text", {
        parameters: [
          { name: "a", value: { stringValue: "x" } },
          { name: "b", value: { longValue: 41 } },
          { name: "c", value: { isNull: true } },
        ],
      })
      assert.deepStrictEqual(row, [
        { stringValue: "xx" },
        { stringValue: ":a" },
        { longValue: 42 },
        { isNull: true },
      ])
    }),
  ),
  conformance(
    "a type hint makes a text what it says",
    Effect.fnUntraced(function* (aws) {
      const hints = [
        ["2026-01-31", "DATE", "2026-02-01"],
        ["19.90", "DECIMAL", "20.90"],
      ] as const
      for (const [stringValue, typeHint, expected] of hints) {
        const parameters = [{ name: "a", value: { stringValue }, typeHint }]
        assert.deepStrictEqual(yield* rowOf(aws, "SELECT :a + 1", { parameters }), [
          { stringValue: expected },
        ])
      }
    }),
  ),
  conformance(
    "a parameter without a value is refused: BadRequestException",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* refused(aws, "SELECT :a")).name, "BadRequestException")
    }),
  ),
  conformance(
    "several statements in one text are refused: DatabaseErrorException",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* refused(aws, "SELECT 1; SELECT 2")).name, "DatabaseErrorException")
    }),
  ),
  conformance(
    "an error of the database is passed on with its SQLSTATE: DatabaseErrorException",
    Effect.fnUntraced(function* (aws) {
      const { message, name, status } = yield* refused(aws, "SELECT * FROM nothing_of_that_name")
      assert.deepStrictEqual([name, status], ["DatabaseErrorException", 400])
      assert.match(message, /relation "nothing_of_that_name" does not exist.*SQLState: 42P01/s)
    }),
  ),
  conformance(
    "what a read-only transaction writes is refused by the database, whatever the statement looks like",
    Effect.fnUntraced(function* (aws) {
      const table = yield* makeTable(aws)
      yield* run(
        aws,
        `CREATE FUNCTION write_${table}() RETURNS int LANGUAGE sql AS 'INSERT INTO ${table} VALUES (3) RETURNING id'`,
      )
      const statements = [
        `INSERT INTO ${table} VALUES (2)`,
        `WITH new AS (INSERT INTO ${table} VALUES (2) RETURNING id) SELECT * FROM new`,
        `SELECT write_${table}()`,
        `UPDATE ${table} SET id = 5`,
        `DELETE FROM ${table}`,
        `CREATE TABLE new_${table} (id int)`,
        `DROP TABLE ${table}`,
        `TRUNCATE ${table}`,
      ]
      for (const sql of statements) {
        const transactionId = yield* beginReadOnly(aws)
        assert.match((yield* refused(aws, sql, { transactionId })).message, WRITES_REFUSED, sql)
      }
      assert.deepStrictEqual(yield* rowOf(aws, `SELECT sum(id)::int FROM ${table}`), [{ longValue: 1 }])
    }),
  ),
  conformance(
    "a read-only transaction stays one once it has read",
    Effect.fnUntraced(function* (aws) {
      const transactionId = yield* beginReadOnly(aws)
      const sql = "SELECT set_config('transaction_read_only', 'off', true)"
      const { message } = yield* refused(aws, sql, { transactionId })
      assert.match(message, /SQLState: 25001/)
    }),
  ),
  conformance(
    "an error aborts a transaction: nothing more can be read in it",
    Effect.fnUntraced(function* (aws) {
      const transactionId = yield* begin(aws)
      yield* refused(aws, "SELECT 1 / 0", { transactionId })
      assert.match((yield* refused(aws, "SELECT 1", { transactionId })).message, /SQLState: 25P02/)
    }),
  ),
  conformance(
    "what a transaction writes is seen in it, by others after the commit, and never after a rollback",
    Effect.fnUntraced(function* (aws) {
      const table = yield* makeTable(aws)
      const count = (transactionId?: string) =>
        rowOf(aws, `SELECT count(*) FROM ${table}`, transactionId === undefined ? {} : { transactionId })
      const insert = Effect.fnUntraced(function* () {
        const transactionId = yield* begin(aws)
        yield* run(aws, `INSERT INTO ${table} VALUES (2)`, { transactionId })
        assert.deepStrictEqual(yield* count(transactionId), [{ longValue: 2 }])
        assert.deepStrictEqual(yield* count(), [{ longValue: 1 }])
        return transactionId
      })
      const first = { ...placeOf(aws), transactionId: yield* insert() }
      yield* sdk(() => aws.rdsData.send(new RollbackTransactionCommand(first)))
      assert.deepStrictEqual(yield* count(), [{ longValue: 1 }])
      const second = { ...placeOf(aws), transactionId: yield* insert() }
      yield* sdk(() => aws.rdsData.send(new CommitTransactionCommand(second)))
      assert.deepStrictEqual(yield* count(), [{ longValue: 2 }])
      const again = yield* refusalOf(() => aws.rdsData.send(new RollbackTransactionCommand(second)))
      assert.deepStrictEqual([again.name, again.status], ["TransactionNotFoundException", 404])
    }),
  ),
  conformance(
    "a statement that gives no rows has no records",
    Effect.fnUntraced(function* (aws) {
      const { numberOfRecordsUpdated, records } = yield* run(
        aws,
        `CREATE TABLE ${aws.unique("t").replaceAll("-", "_")} (id int)`,
      )
      assert.deepStrictEqual([numberOfRecordsUpdated, records], [0, undefined])
    }),
  ),
  conformance(
    "a result of more than 1 MiB is refused: BadRequestException",
    Effect.fnUntraced(function* (aws) {
      const { message, name } = yield* refused(aws, "SELECT repeat('x', 1000) FROM generate_series(1, 1100)")
      assert.deepStrictEqual(
        [name, message],
        ["BadRequestException", "Database returned more than the allowed response size limit"],
      )
    }),
  ),
  conformance(
    "an array of several dimensions is refused: UnsupportedResultException",
    Effect.fnUntraced(function* (aws) {
      const { name } = yield* refused(aws, "SELECT '{{1},{2}}'::int[]")
      assert.strictEqual(name, "UnsupportedResultException")
    }),
  ),
  conformance(
    "a cluster that does not exist is DatabaseNotFoundException",
    Effect.fnUntraced(function* (aws) {
      const resourceArn = aws.database.resourceArn.replace(/[^:]+$/, "no-such-cluster")
      const { name, status } = yield* refused(aws, "SELECT 1", { resourceArn })
      assert.deepStrictEqual([name, status], ["DatabaseNotFoundException", 404])
    }),
  ),
  conformance(
    "a database that does not exist is an error of the database",
    Effect.fnUntraced(function* (aws) {
      const { message, name } = yield* refused(aws, "SELECT 1", { database: "nothing" })
      assert.strictEqual(name, "DatabaseErrorException")
      assert.include(message, "3D000")
    }),
  ),
]
