/**
 * Fetches results of SQL statements from the RDS Data API.
 *
 * Each fetch is a transaction of its own: BeginTransaction, `SET TRANSACTION READ ONLY`, the statement, RollbackTransaction.
 * So the database refuses whatever writes, also in a function or a WITH. Each call is an attempt with its own time-out.
 * https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/Welcome.html
 */
import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  type RDSDataClient,
  RollbackTransactionCommand,
  type SqlParameter,
} from "@aws-sdk/client-rds-data"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { AwsClients } from "../../../aws/AwsClients.ts"
import { unavailable } from "../../../aws/awsErrors.ts"
import { makeClient, type ServiceProtocol } from "../../../aws/client.ts"
import { restJsonProtocol } from "../../../aws/restJsonProtocol.ts"
import type { SendOptions } from "../../../aws/send.ts"
import { accessText } from "../../../domain/Address.ts"
import type { Value } from "../../../domain/Entry.ts"
import { InvalidRequest, SourceError, TooLarge } from "../../../domain/SourceError.ts"
import type { Attempt, Source } from "../../Source.ts"
import type { ParameterType, QueryAddress, QueryParameter } from "../address.ts"
import { PATHS, RDS_DATA } from "../service.ts"
import { databaseError } from "./databaseErrors.ts"
import { checked, type ReplyOf, type SHAPES } from "./replies.ts"
import { columnName, rowsJson } from "./rowsJson.ts"

export const PROTOCOL: ServiceProtocol = { make: () => restJsonProtocol(PATHS) }

const READ_ONLY = "SET TRANSACTION READ ONLY"

/**
 * How long a value waits for the rollback, so that a freeze rarely leaves the transaction open. The rollback goes on after that;
 * the Data API ends a transaction without calls after three minutes.
 */
const ROLLBACK_WAIT = Duration.millis(200)
const ROLLBACK_TIMEOUT = Duration.seconds(1)

/** The types for which the Data API has a hint in place of a type of its own. */
const HINTS = {
  decimal: "DECIMAL",
  date: "DATE",
  time: "TIME",
  timestamp: "TIMESTAMP",
  uuid: "UUID",
  json: "JSON",
} as const satisfies Partial<Record<ParameterType, SqlParameter["typeHint"]>>

const toSqlParameter = ({ name, type, value }: QueryParameter): SqlParameter => {
  switch (type) {
    case "null":
      return { name, value: { isNull: true } }
    case "boolean":
      return { name, value: { booleanValue: value === "true" } }
    case "long":
      return { name, value: { longValue: Number(value) } }
    case "double":
      return { name, value: { doubleValue: Number(value) } }
    case "blob":
      return { name, value: { blobValue: Buffer.from(value, "base64") } }
    case "string":
      return { name, value: { stringValue: value } }
    default:
      return { name, value: { stringValue: value }, typeHint: HINTS[type] }
  }
}

const invalid = (detail: string): SourceError => new SourceError({ reason: new InvalidRequest({ detail }) })

const tooManyRows = (rows: number, maxRows: number): SourceError => {
  const detail = `the result has ${rows} rows; max_rows allows ${maxRows}: add a LIMIT to the statement, or raise max_rows`
  return new SourceError({ reason: new TooLarge({ detail }) })
}

/** Why an object cannot have the columns as its members. */
const columnsFault = (names: ReadonlyArray<string>): string | undefined => {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice === undefined
    ? undefined
    : `the result has two columns called ${JSON.stringify(twice)}; give one of them another name with AS`
}

/** The value in a reply, or why there is none. */
const valueIn = (
  { columnMetadata, numberOfRecordsUpdated, records }: ReplyOf<"ExecuteStatement">,
  maxRows: number | undefined,
): Result.Result<string, SourceError> => {
  const columns = columnMetadata ?? []
  if (records == null || (columns.length === 0 && records.length > 0))
    return Result.fail(
      numberOfRecordsUpdated == null
        ? unavailable("the reply to ExecuteStatement has no rows")
        : invalid("the statement gives no rows, so there is nothing to keep"),
    )
  if (records.some((row) => row.length !== columns.length))
    return Result.fail(unavailable("the reply to ExecuteStatement has rows that do not fit its columns"))
  const fault = columnsFault(columns.map(columnName))
  if (fault !== undefined) return Result.fail(invalid(fault))
  if (maxRows !== undefined && records.length > maxRows)
    return Result.fail(tooManyRows(records.length, maxRows))
  return Result.succeed(rowsJson(columns, records))
}

export const make: Effect.Effect<Source<"sql">, never, AwsClients | Scope.Scope> = Effect.gen(function* () {
  const clients = yield* AwsClients
  const scope = yield* Effect.scope
  const caller = yield* clients.caller(RDS_DATA, (options) =>
    makeClient<RDSDataClient>(RDS_DATA, PROTOCOL, options),
  )

  const call = <O extends keyof typeof SHAPES>(
    address: QueryAddress,
    operation: O,
    request: (client: RDSDataClient, options: SendOptions) => Promise<unknown>,
  ) =>
    caller(address, operation, (client, options) =>
      request(client, options).then(checked(operation), (cause: unknown) => {
        throw databaseError(cause) ?? cause
      }),
    )

  const placeOf = ({ resourceArn, secretArn }: QueryAddress) => ({ resourceArn, secretArn })

  const databaseOf = ({ database }: QueryAddress) => (database === undefined ? {} : { database })

  const begin = (address: QueryAddress) =>
    call(address, "BeginTransaction", (client, options) =>
      client.send(new BeginTransactionCommand({ ...placeOf(address), ...databaseOf(address) }), options),
    )

  const execute = (
    address: QueryAddress,
    transactionId: string,
    sql: string,
    parameters: ReadonlyArray<QueryParameter>,
  ) =>
    call(address, "ExecuteStatement", (client, options) =>
      client.send(
        new ExecuteStatementCommand({
          ...placeOf(address),
          sql,
          ...databaseOf(address),
          ...(parameters.length === 0 ? {} : { parameters: parameters.map(toSqlParameter) }),
          transactionId,
          includeResultMetadata: true,
        }),
        options,
      ),
    )

  const makeReadOnly = (address: QueryAddress, transactionId: string) =>
    execute(address, transactionId, READ_ONLY, [])

  /** The value that the statement gives in a transaction. */
  const read = Effect.fnUntraced(function* (address: QueryAddress, transactionId: string) {
    const { maxRows, parameters, statement } = address
    const askedAt = yield* Clock.currentTimeMillis
    const reply = yield* execute(address, transactionId, statement, parameters)
    const json = yield* Effect.fromResult(valueIn(reply, maxRows))
    const value: Value = { body: Redacted.make(json), contentType: "application/json", askedAt }
    return value
  })

  /** Ends a transaction, in the background after a while. Whether that succeeds changes nothing about the value. */
  const rollback = (address: QueryAddress, transactionId: string) =>
    call(address, "RollbackTransaction", (client, options) =>
      client.send(new RollbackTransactionCommand({ ...placeOf(address), transactionId }), options),
    ).pipe(
      Effect.timeout(ROLLBACK_TIMEOUT),
      Effect.ignore,
      Effect.forkIn(scope, { startImmediately: true }),
      Effect.flatMap((ending) =>
        Effect.interruptible(Effect.timeoutOption(Fiber.await(ending), ROLLBACK_WAIT)),
      ),
    )

  /** Opens a transaction that ends with the scope. */
  const open = (address: QueryAddress, transactions: Scope.Scope) =>
    Effect.acquireRelease(
      Effect.map(begin(address), ({ transactionId }) => transactionId),
      (transactionId) => rollback(address, transactionId),
      { interruptible: true },
    ).pipe(Scope.provide(transactions))

  /** Reads in a transaction that `opening` opens. A statement that failed has aborted its own, so it is repeated in another. */
  const inTransaction = Effect.fnUntraced(function* (
    address: QueryAddress,
    opening: Effect.Effect<string, SourceError>,
    attempt: Attempt,
    moved: () => void,
  ) {
    const first = yield* attempt(opening)
    moved()
    yield* attempt(makeReadOnly(address, first))
    moved()
    let unused: string | undefined = first
    const ask = Effect.suspend(() => {
      const transactionId = unused
      unused = undefined
      if (transactionId !== undefined) return read(address, transactionId)
      return Effect.flatMap(opening, (other) =>
        Effect.andThen(makeReadOnly(address, other), read(address, other)),
      )
    })
    return yield* attempt(ask)
  })

  return {
    kind: "sql",
    batchSize: 1,
    groupOf: accessText,
    // If one cluster is paused or missing, others may answer.
    circuitOf: (address) => `${accessText(address)}, ${address.resourceArn}`,
    fetch: ([address], attempt, _held, { moved }) =>
      Effect.scopedWith((transactions) =>
        Effect.map(inTransaction(address, open(address, transactions), attempt, moved), (value) => [
          Result.succeed(value),
        ]),
      ),
  }
})
