/**
 * Results of SQL statements, through the RDS Data API.
 */
import { defineKind } from "../Kind.ts"
import { query } from "./query.ts"
import { section } from "./section.ts"
import { RDS_DATA } from "./service.ts"

export const sql = defineKind({
  kind: "sql",
  service: { name: "the RDS Data API", aws: RDS_DATA },
  section,
  query,
  isSecret: () => false,
  contract: () => import("./contract.ts"),
  fetch: () => import("./fetch/queries.ts"),
})
