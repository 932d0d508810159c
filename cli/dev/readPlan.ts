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
import { readConfig, readConfigFile, YAML_VARIABLE } from "../../src/config/readConfigFile.ts"
import { Settings } from "../../src/config/Settings.ts"
import type { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"
import { FIRST_FILE } from "../config/ConfigSource.ts"

export interface ReadPlan {
  readonly plan: PlanShape
  /** Where the extension will serve. */
  readonly port: number
}

/** The variable that names the file, unless another one holds it. */
export const configVariables = (
  file: string,
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => (variables[YAML_VARIABLE] ? {} : { CACHE_EXTENSION_CONFIG: file })

/** Fails with all faults of the file and of the variables. */
export const readPlan = Effect.fnUntraced(function* (
  file: string,
  variables: Readonly<Record<string, string>>,
): Effect.fn.Return<ReadPlan, ConfigInvalid, Scope.Scope> {
  const files = { stat, read: readFile }
  const allowed = `a config.yaml, there or at the path in --config. To make a first one: ${FIRST_FILE}`
  const environment = { ...variables, ...configVariables(file, variables) }
  const services = yield* Layer.build(
    Plan.layerFrom(
      environment,
      Effect.promise(() => readConfig(files, environment)),
      { allowed, readFile: (path) => Effect.promise(() => readConfigFile(files, path)) },
    ),
  )
  const plan = Context.get(services, Plan)
  const settings = Context.get(services, Settings)
  return { plan, port: settings.isPortGiven ? settings.port : (plan.port ?? settings.port) }
})
