/**
 * What `doctor` finds in a config.yaml: the faults that would end INIT, and the warnings that the log would have, by the extension's
 * own code.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { parseConfig, type ConfigContext } from "../../src/config/ConfigFile.ts"
import type { PlanShape } from "../../src/config/Plan.ts"
import type { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"
import { type Check, fail, ok, skipped, warn } from "./checks.ts"

/** In a folder, there is nobody to ask about the store. */
export const sharedInFolder = (plan: Result.Result<PlanShape, ConfigInvalid>): ReadonlyArray<Check> =>
  Result.isFailure(plan) || plan.success.shared === undefined
    ? []
    : [skipped("shared.store", "only doctor --function looks at the table and the key of the shared tier")]

/** The checks of a plan, or of why there is none. */
export const planChecks = (
  file: string,
  plan: Result.Result<PlanShape, ConfigInvalid>,
): ReadonlyArray<Check> => {
  if (Result.isFailure(plan)) return [fail("config.yaml", plan.failure.message)]
  const { collections = [], entries, warnings } = plan.success
  const warned = warnings.map((warning) => warn("config.yaml", warning))
  if (warned.length > 0) return warned
  const { length } = collections
  const declared = length === 0 ? "" : ` and declares ${length} ${length === 1 ? "table" : "tables"}`
  return entries.size === 0 && length === 0
    ? [warn("config.yaml", `${file} lists nothing`)]
    : [ok("config.yaml", `${file} lists ${entries.size} names${declared}`)]
}

/** Parses a text as the extension would. */
export const planOfText = (text: string, context: ConfigContext) => Effect.result(parseConfig(text, context))
