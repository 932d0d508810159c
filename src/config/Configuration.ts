/**
 * The plan as a service: config.yaml, read once from where `Settings` says. Tests swap the layer for a plan
 * of their own.
 *
 * `App` takes both services from `layerFrom`, so that the faults of the environment and of the file are reported
 * at once.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { ConfigInvalid } from "./yaml/ConfigInvalid.ts"
import { hasSecondPort, type Plan } from "./Plan.ts"
import { readConfigFile } from "./ConfigFile.ts"
import { readSettings, Settings } from "./Settings.ts"
import type { Environment } from "./variables.ts"

/** Fails with all faults at once, if there are any. */
const failWithAll = (
  invalids: ReadonlyArray<ConfigInvalid | undefined>,
): Effect.Effect<void, ConfigInvalid> => {
  const [first, ...rest] = invalids.filter((invalid) => invalid !== undefined)
  return first === undefined ? Effect.void : Effect.fail(rest.reduce((all, more) => all.and(more), first))
}

export class Configuration extends Context.Service<Configuration, Plan>()(
  "cache-extension/config/Configuration",
) {
  /** The plan of the file that `Settings` names. */
  static readonly layer: Layer.Layer<Configuration, ConfigInvalid, Settings> = Layer.effect(
    Configuration,
    readConfigFile,
  )

  /** The settings of an environment and the plan of the file it names; fails with the faults of both. */
  static readonly layerFrom = (env: Environment): Layer.Layer<Configuration | Settings, ConfigInvalid> =>
    Layer.effectContext(
      Effect.gen(function* () {
        const { settings, invalid, invalidCompatibility } = readSettings(env)
        const plan = yield* Effect.result(Effect.provideService(readConfigFile, Settings, settings))
        if (Result.isFailure(plan)) return yield* invalid?.and(plan.failure) ?? plan.failure
        const faults = hasSecondPort(plan.success) ? [invalid, invalidCompatibility] : [invalid]
        yield* failWithAll(faults)
        return Context.make(Settings, settings).pipe(Context.add(Configuration, plan.success))
      }),
    )
}
