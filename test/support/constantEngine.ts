/**
 * A database in place of PostgreSQL, for tests of faults: each query gives one row with the text that its script was. It
 * starts at once, however many environments there are.
 */
import { Effect } from "effect"
import type { OpenEngine, ServerMessage, Statement } from "../../local/aws/Postgres.ts"

const TEXT_TYPE = "25"

const rows = (
  columns: ReadonlyArray<string>,
  values: ReadonlyArray<string>,
): ReadonlyArray<ServerMessage> => [
  {
    name: "rowDescription",
    fields: columns.map((name) => ({ name, dataTypeID: Number(TEXT_TYPE) })),
  },
  { name: "dataRow", fields: values },
]

/** Opens such a database. */
export const openConstant: OpenEngine = Effect.sync(() => {
  let value = ""
  const reply = ({ sql }: Statement): ReadonlyArray<ServerMessage> => {
    if (sql.includes("pg_type")) return rows(["oid", "typname"], [TEXT_TYPE, "text"])
    return sql.startsWith("SELECT") ? rows(["value"], [value]) : []
  }
  return {
    run: (statements) => Promise.resolve(statements.map(reply)),
    runScript: (script) => {
      value = script
      return Promise.resolve()
    },
  }
})
