/**
 * Configurations of AppConfig.
 */
import { defineKind } from "../Kind.ts"
import { section } from "./section.ts"
import { APPCONFIGDATA } from "./service.ts"

export const appconfig = defineKind({
  kind: "appconfig",
  service: { name: "AppConfig", aws: APPCONFIGDATA },
  actions: ["appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"],
  section,
  isSecret: () => false,
  fetch: () => import("./fetch/configurations.ts"),
})
