/**
 * The addresses in DynamoDB: an item by its whole primary key, or what a query of a table or of an index finds.
 */
import type { Access } from "../../domain/Address.ts"

/** The types that DynamoDB allows in a key: string, number, binary (base64). */
export const KEY_TYPES = ["S", "N", "B"] as const
export type KeyType = (typeof KEY_TYPES)[number]

/** One attribute of a primary key. The value is text as written; for `B` it is base64. */
export interface KeyAttribute {
  readonly name: string
  readonly type: KeyType
  readonly value: string
}

/** How the numbers of an item are written to JSON: as numbers with all their digits, or as strings, as in the Go sample. */
export const NUMBER_FORMS = ["number", "string"] as const
export type NumberForm = (typeof NUMBER_FORMS)[number]

/** How an item is written: as plain JSON, or with the type of each value as DynamoDB's API does. */
export const FORMATS = ["plain", "dynamodb"] as const
export type Format = (typeof FORMATS)[number]

/** What a query may demand of a sort key, in DynamoDB's words. */
export const OPERATORS = ["=", "<", "<=", ">", ">=", "between", "begins_with"] as const

export const ORDERS = ["ascending", "descending"] as const

/** What items and queries have in common. Members with default values are absent, so that keys of the shared tier stay the same. */
interface TableAddress extends Access {
  readonly kind: "dynamodb"
  readonly table: string
  readonly hash: KeyAttribute
  readonly consistentRead: boolean
  readonly numbers: NumberForm
  /** Absent: plain. */
  readonly format?: Exclude<Format, "plain">
  /** The document paths of what is read of each item, sorted. Absent: everything. */
  readonly attributes?: ReadonlyArray<string>
}

export interface ItemAddress extends TableAddress {
  readonly sort?: KeyAttribute
}

/** The condition on the sort key. */
export interface SortCondition extends KeyAttribute {
  readonly operator: (typeof OPERATORS)[number]
  /** The upper end of `between`, included. */
  readonly to?: string
}

export interface QueryAddress extends TableAddress {
  readonly query: {
    /** Absent: the table itself. */
    readonly index?: string
    /** Absent: everything with the partition key. */
    readonly sort?: SortCondition
    readonly isDescending?: true
    /** How many items are wanted. Absent: all. */
    readonly limit?: number
    /** A result of more items, or of more bytes of JSON, is refused. */
    readonly maxItems: number
    readonly maxBytes: number
  }
}

export const isQuery = (address: ItemAddress | QueryAddress): address is QueryAddress => "query" in address

declare module "../../domain/Address.ts" {
  interface Addresses {
    readonly dynamodb: ItemAddress | QueryAddress
  }
}
