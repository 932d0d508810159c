/**
 * Configurations of AppConfig.
 */
import { defineKind } from "../Kind.ts"
import { query } from "./query.ts"
import { section } from "./section.ts"
import { APPCONFIGDATA } from "./service.ts"

export const appconfig = defineKind({
  kind: "appconfig",
  service: { name: "AppConfig", aws: APPCONFIGDATA },
  section,
  query,
  isSecret: () => false,
  contract: () => import("./contract.ts"),
  fetch: () => import("./fetch/configurations.ts"),
})
