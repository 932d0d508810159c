/**
 * Objects of S3.
 */
import { defineKind } from "../Kind.ts"
import { query } from "./query.ts"
import { section } from "./section.ts"
import { S3 } from "./service.ts"

export const s3 = defineKind({
  kind: "s3",
  service: { name: "S3", aws: S3 },
  section,
  query,
  isSecret: () => false,
  contract: () => import("./contract.ts"),
  fetch: () => import("./fetch/objects.ts"),
})
