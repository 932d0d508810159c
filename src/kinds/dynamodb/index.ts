/**
 * Items of DynamoDB tables.
 */
import { defineKind } from "../Kind.ts"
import { query } from "./query.ts"
import { section } from "./section.ts"
import { DYNAMODB } from "./service.ts"

export const dynamodb = defineKind({
  kind: "dynamodb",
  service: { name: "DynamoDB", aws: DYNAMODB },
  section,
  query,
  isSecret: () => false,
  contract: () => import("./contract.ts"),
  fetch: () => import("./fetch/items.ts"),
})
