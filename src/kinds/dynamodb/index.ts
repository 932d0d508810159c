/**
 * Items of DynamoDB tables.
 */
import { defineKind } from "../Kind.ts"
import { section } from "./section.ts"
import { DYNAMODB } from "./service.ts"

export const dynamodb = defineKind({
  kind: "dynamodb",
  service: { name: "DynamoDB", aws: DYNAMODB },
  actions: ["dynamodb:GetItem", "dynamodb:BatchGetItem"],
  section,
  isSecret: () => false,
  fetch: () => import("./fetch/items.ts"),
})
