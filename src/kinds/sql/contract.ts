/**
 * Results of statements in the documents.
 */
import * as Schema from "effect/Schema"
import type { Contract } from "../Contract.ts"
import { secretArn } from "../secrets/contract.ts"
import type { QueryAddress } from "./address.ts"
import type { query } from "./query.ts"

const Rows = Schema.Array(Schema.Record(Schema.String, Schema.Json)).annotate({
  identifier: "Rows",
  description:
    "The rows of a result, each by its columns: numbers with all their digits, bytes in base64, dates and times as the database writes them.",
  examples: [[{ id: 42, total: 19.9, state: "open" }]],
})

export const contract: Contract<typeof query, QueryAddress> = {
  id: "Queries",
  plural: "results of queries",
  title: "Results of SQL statements",
  name: { description: "The name of a query in config.yaml", example: "open-orders" },
  selectors: {},
  answer: "As JSON: the rows, a field of them, or several names. As text: a field of them that is a string.",
  value: Rows,
  permissions: [
    {
      listed: "`sql`",
      actions: "`rds-data:BeginTransaction`, `rds-data:ExecuteStatement`, `rds-data:RollbackTransaction`",
      on: "the cluster",
    },
    { listed: "", actions: "`secretsmanager:GetSecretValue`", on: "the secret of `secret_arn`" },
  ],
  grants: (address, context) => [
    {
      actions: ["rds-data:BeginTransaction", "rds-data:ExecuteStatement", "rds-data:RollbackTransaction"],
      resources: [address.resourceArn],
    },
    { actions: ["secretsmanager:GetSecretValue"], resources: [secretArn(address.secretArn, context)] },
  ],
}
