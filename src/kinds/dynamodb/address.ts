/**
 * The address of an item of a DynamoDB table: its whole primary key.
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

export interface ItemAddress extends Access {
  readonly kind: "dynamodb"
  readonly table: string
  readonly hash: KeyAttribute
  readonly sort?: KeyAttribute
  readonly consistentRead: boolean
  readonly numbers: NumberForm
}

declare module "../../domain/Address.ts" {
  interface Addresses {
    readonly dynamodb: ItemAddress
  }
}
