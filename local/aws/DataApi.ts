/**
 * The RDS Data API in front of PostgreSQL (`Postgres.ts`): ExecuteStatement and the operations of transactions.
 *
 * A database has one connection, which transactions of several callers share. So a transaction is the list of its statements
 * so far: each call runs them again and then its own, and rolls everything back; CommitTransaction runs them for good. So nobody
 * waits for a transaction that a caller has abandoned. Clusters exist once a database is created in them (`POST /_databases`).
 * https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/Welcome.html
 */
import { randomUUID } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { type ColumnType, columnType, exactJson, fieldOf, positional, SqlParameter } from "./dataApiValues.ts"
import type { Engine, OpenEngine, ServerMessage, Statement } from "./Postgres.ts"
import { type AwsError, awsError, type Operation, operation } from "./protocol.ts"

/** A database to create. */
export const Database = Schema.Struct({
  /** The id of the cluster, as at the end of its ARN. */
  cluster: Schema.String,
  name: Schema.String,
  /** A script that fills it. */
  sql: Schema.optionalKey(Schema.String),
  region: Schema.optionalKey(Schema.String),
})
export type Database = typeof Database.Type

/** The database cannot be created; `message` says why. */
export class DatabaseRefused extends Schema.TaggedError<DatabaseRefused>()("DatabaseRefused", {
  message: Schema.String,
}) {}

/** What tests control. */
export interface DataApi {
  /** Creates a database and runs its script. One of the same name is replaced. */
  readonly create: (database: Database) => Effect.Effect<void, DatabaseRefused>
}

const DEFAULT_REGION = "us-east-1"
/** The longest reply. */
const MAX_RESULT = 1024 * 1024
/** How long a transaction lives without calls. */
const IDLE = Duration.toMillis("3 minutes")

const Place = { resourceArn: Schema.String, secretArn: Schema.String }
const BeginTransaction = Schema.Struct({ ...Place, database: Schema.optionalKey(Schema.String) })
const EndTransaction = Schema.Struct({ ...Place, transactionId: Schema.String })
const ExecuteStatement = Schema.Struct({
  ...Place,
  sql: Schema.String,
  database: Schema.optionalKey(Schema.String),
  parameters: Schema.optionalKey(Schema.Array(SqlParameter)),
  transactionId: Schema.optionalKey(Schema.String),
  includeResultMetadata: Schema.optionalKey(Schema.Boolean),
})

const CLUSTER = /^arn:aws[a-z-]*:rds:([a-z0-9-]+):\d{12}:cluster:([A-Za-z][A-Za-z0-9-]*)$/u
const SECRET = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+$/u

const BEGIN: Statement = { sql: "BEGIN", parameters: [] }
const COMMIT: Statement = { sql: "COMMIT", parameters: [] }
const ROLLBACK: Statement = { sql: "ROLLBACK", parameters: [] }
const TYPES: Statement = { sql: "SELECT oid, typname FROM pg_type", parameters: [] }

interface OpenDatabase {
  readonly engine: Engine
  /** The names of the types, by their ids. */
  readonly typeNames: ReadonlyMap<string, string>
}

interface Transaction {
  readonly key: string
  readonly statements: ReadonlyArray<Statement>
  /** Epoch milliseconds of the last call. */
  readonly usedAt: number
}

const keyOf = (region: string, cluster: string, name: string): string => `${region} ${cluster} ${name}`

const badRequest = (message: string): AwsError => awsError("BadRequestException", message)

/** The database's error, as the Data API passes it on. */
const refusal = (messages: ReadonlyArray<ServerMessage>): AwsError | undefined => {
  const error = messages.find(({ name }) => name === "error")
  return error && awsError("DatabaseErrorException", `ERROR: ${error.message}; SQLState: ${error.code}`)
}

interface Described {
  readonly name: string
  readonly dataTypeID: number
}

const rowsIn = (messages: ReadonlyArray<ServerMessage>) =>
  messages.flatMap(({ fields, name }) => (name === "dataRow" ? [fields as ReadonlyArray<string | null>] : []))

/** The number of rows that a statement changed, at the end of its tag. */
const changedRows = (messages: ReadonlyArray<ServerMessage>): number => {
  const tag = messages.find(({ name }) => name === "commandComplete")?.text ?? ""
  return /^(?:INSERT|UPDATE|DELETE|MERGE) /u.test(tag) ? Number(tag.split(" ").at(-1)) : 0
}

const columnOf = ({ name }: Described, type: ColumnType) => ({ label: name, name, ...type })

/** The reply to a statement, or why there is none. */
const resultOf = (
  messages: ReadonlyArray<ServerMessage>,
  typeNames: OpenDatabase["typeNames"],
  withMetadata: boolean,
): Result.Result<object, AwsError> => {
  const refused = refusal(messages)
  if (refused !== undefined) return Result.fail(refused)
  const described = messages.find(({ name }) => name === "rowDescription")?.fields as
    | ReadonlyArray<Described>
    | undefined
  if (described === undefined)
    return Result.succeed({ generatedFields: [], numberOfRecordsUpdated: changedRows(messages) })
  const types = described.map(({ dataTypeID }) => columnType(typeNames.get(String(dataTypeID)) ?? "text"))
  const records = rowsIn(messages).map((row) =>
    row.map((text, index) => fieldOf(text, types[index]?.typeName ?? "text")),
  )
  if (records.some((record) => record.includes(undefined)))
    return Result.fail(awsError("UnsupportedResultException", "The result contains a multidimensional array"))
  const metadata = described.map((column, index) => columnOf(column, types[index] ?? columnType("text")))
  const result = {
    ...(withMetadata ? { columnMetadata: metadata } : {}),
    numberOfRecordsUpdated: changedRows(messages),
    records,
  }
  return exactJson(result).length > MAX_RESULT
    ? Result.fail(badRequest("Database returned more than the allowed response size limit"))
    : Result.succeed(result)
}

/** The Data API without databases. */
export const makeDataApi = (open: OpenEngine, scope: Scope.Scope) => {
  const databases = new Map<string, OpenDatabase>()
  const transactions = new Map<string, Transaction>()

  const hasCluster = (region: string, cluster: string): boolean =>
    Array.from(databases.keys()).some((key) => key.startsWith(keyOf(region, cluster, "")))

  /** The key of the database of a call. */
  const find = (
    { database = "postgres", resourceArn, secretArn }: typeof BeginTransaction.Type,
    region: string,
  ): string | AwsError => {
    const [, arnRegion, cluster = ""] = CLUSTER.exec(resourceArn) ?? []
    if (arnRegion === undefined) return badRequest("resourceArn is not the ARN of a cluster")
    if (!SECRET.test(secretArn)) return badRequest("secretArn is not the ARN of a secret")
    if (arnRegion !== region || !hasCluster(region, cluster))
      return awsError("DatabaseNotFoundException", `There is no cluster ${cluster} in ${region}`, 404)
    const key = keyOf(region, cluster, database)
    return databases.has(key)
      ? key
      : awsError("DatabaseErrorException", `FATAL: database "${database}" does not exist; SQLState: 3D000`)
  }

  const take = Effect.fnUntraced(function* (transactionId: string) {
    const transaction = transactions.get(transactionId)
    const now = yield* Clock.currentTimeMillis
    if (transaction !== undefined && now - transaction.usedAt < IDLE) return { ...transaction, usedAt: now }
    transactions.delete(transactionId)
    return yield* awsError("TransactionNotFoundException", `Transaction ${transactionId} is not found`, 404)
  })

  const run = (key: string, statements: ReadonlyArray<Statement>) =>
    Effect.promise(() => databases.get(key)?.engine.run(statements) ?? Promise.resolve([]))

  const begin = operation(
    BeginTransaction,
    Effect.fnUntraced(function* (input, { region }) {
      const key = find(input, region)
      if (typeof key !== "string") return yield* key
      const transactionId = Buffer.from(randomUUID()).toString("base64")
      transactions.set(transactionId, { key, statements: [], usedAt: yield* Clock.currentTimeMillis })
      return { transactionId }
    }),
  )

  const execute = operation(
    ExecuteStatement,
    Effect.fnUntraced(function* (input, { region }) {
      const { includeResultMetadata = false, parameters = [], sql, transactionId } = input
      const transaction = transactionId === undefined ? undefined : yield* take(transactionId)
      const key = transaction?.key ?? find(input, region)
      if (typeof key !== "string") return yield* key
      const { missing, ...statement } = positional(sql, parameters)
      if (missing !== undefined) return yield* badRequest(`Cannot find parameter: ${missing}`)
      const typeNames = databases.get(key)?.typeNames ?? new Map<string, string>()
      if (transactionId === undefined || transaction === undefined) {
        const [messages = []] = yield* run(key, [statement])
        return yield* Effect.fromResult(resultOf(messages, typeNames, includeResultMetadata))
      }
      const statements = [...transaction.statements, statement]
      transactions.set(transactionId, { ...transaction, statements })
      const replies = yield* run(key, [BEGIN, ...statements, ROLLBACK])
      return yield* Effect.fromResult(resultOf(replies.at(-2) ?? [], typeNames, includeResultMetadata))
    }),
  )

  const commit = operation(
    EndTransaction,
    Effect.fnUntraced(function* ({ transactionId }) {
      const { key, statements } = yield* take(transactionId)
      transactions.delete(transactionId)
      yield* run(key, [BEGIN, ...statements, COMMIT])
      return { transactionStatus: "Transaction Committed" }
    }),
  )

  const rollback = operation(
    EndTransaction,
    Effect.fnUntraced(function* ({ transactionId }) {
      yield* take(transactionId)
      transactions.delete(transactionId)
      return { transactionStatus: "Rollback Complete" }
    }),
  )

  const refused = (cause: unknown): DatabaseRefused =>
    new DatabaseRefused({ message: cause instanceof Error ? cause.message : String(cause) })

  const control: DataApi = {
    create: ({ cluster, name, region = DEFAULT_REGION, sql = "" }) =>
      Effect.gen(function* () {
        const engine = yield* Effect.provideService(open, Scope.Scope, scope)
        yield* Effect.tryPromise(() => engine.runScript(sql))
        const [types = []] = yield* Effect.promise(() => engine.run([TYPES]))
        const typeNames = new Map(rowsIn(types).map(([oid, typname]) => [String(oid), String(typname)]))
        databases.set(keyOf(region, cluster, name), { engine, typeNames })
      }).pipe(Effect.mapError((error) => refused(error._tag === "UnknownError" ? error.cause : error))),
  }

  return {
    control,
    operations: new Map<string, Operation>([
      ["BeginTransaction", begin],
      ["ExecuteStatement", execute],
      ["CommitTransaction", commit],
      ["RollbackTransaction", rollback],
    ]),
    /** The cluster of a call, and its statement. */
    namesIn: ({ resourceArn, sql }: Record<string, unknown>): ReadonlyArray<string> => [
      String(resourceArn).split(":").at(-1) ?? "",
      ...(sql === undefined ? [] : [String(sql)]),
    ],
  }
}
