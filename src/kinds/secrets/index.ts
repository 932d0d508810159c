/**
 * Secrets of Secrets Manager.
 */
import { defineKind } from "../Kind.ts"
import { query } from "./query.ts"
import { section } from "./section.ts"
import { SECRETS_MANAGER } from "./service.ts"

export const secrets = defineKind({
  kind: "secrets",
  service: { name: "Secrets Manager", aws: SECRETS_MANAGER },
  section,
  query,
  isSecret: () => true,
  mayBeSecret: true,
  contract: () => import("./contract.ts"),
  fetch: () => import("./fetch/secrets.ts"),
})
