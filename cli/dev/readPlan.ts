/**
 * Reads config.yaml as the extension will: by the extension's own code, with the variables that it will have. So `dev` and
 * `serve` show faults with the lines they are in before they start anything, and know the port and the names.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { readFile, stat } from "node:fs/promises"
import { Plan, type PlanShape } from "../../src/config/Plan.ts"
import { readConfigFile } from "../../src/config/readConfigFile.ts"
import { Settings } from "../../src/config/Settings.ts"
import type { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"
import { FIRST_FILE } from "../config/ConfigSource.ts"

export interface ReadPlan {
  readonly plan: PlanShape
  /** Where the extension will serve. */
  readonly port: number
}

/** Fails with all faults of the file and of the variables. */
export const readPlan = Effect.fnUntraced(function* (
  file: string,
  variables: Readonly<Record<string, string>>,
): Effect.fn.Return<ReadPlan, ConfigInvalid, Scope.Scope> {
  const found = Effect.promise(() => readConfigFile({ stat, read: readFile }, file))
  const allowed = `a config.yaml, there or at the path in --config. To make a first one: ${FIRST_FILE}`
  const environment = { ...variables, CACHE_EXTENSION_CONFIG: file }
  const services = yield* Layer.build(Plan.layerFrom(environment, found, { allowed }))
  const plan = Context.get(services, Plan)
  const settings = Context.get(services, Settings)
  return { plan, port: settings.isPortGiven ? settings.port : (plan.port ?? settings.port) }
})
