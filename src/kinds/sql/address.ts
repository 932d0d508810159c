/**
 * The address of the result of a query: a database behind the RDS Data API, and the statement with its parameters.
 */
import type { Access } from "../../domain/Address.ts"

/** The types of parameters: those of the Data API, and its type hints. */
export const PARAMETER_TYPES = [
  "string",
  "long",
  "double",
  "boolean",
  "blob",
  "decimal",
  "date",
  "time",
  "timestamp",
  "uuid",
  "json",
  "null",
] as const
export type ParameterType = (typeof PARAMETER_TYPES)[number]

/** A named parameter. The value is text as written; for `blob` it is base64, for `null` it is empty. */
export interface QueryParameter {
  readonly name: string
  readonly type: ParameterType
  readonly value: string
}

export interface QueryAddress extends Access {
  readonly kind: "sql"
  /** The ARN of the cluster. */
  readonly resourceArn: string
  /** The ARN of the secret with the database user and password. */
  readonly secretArn: string
  /** Absent: the cluster's default. */
  readonly database?: string
  readonly statement: string
  readonly parameters: ReadonlyArray<QueryParameter>
  /** The most rows that the result may have. Absent: as many as the Data API returns. */
  readonly maxRows?: number
}

declare module "../../domain/Address.ts" {
  interface Addresses {
    readonly sql: QueryAddress
  }
}
