/**
 * The plan as a service: config.yaml, read once from where `Settings` says. Tests swap the layer for a plan
 * of their own.
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { ConfigInvalid } from "./ConfigInvalid.ts"
import type { Plan } from "./Plan.ts"
import { readConfigFile } from "./ConfigFile.ts"
import type { Settings } from "./Settings.ts"

export class Configuration extends Context.Service<Configuration, Plan>()(
  "cache-extension/config/Configuration",
) {
  static readonly layer: Layer.Layer<Configuration, ConfigInvalid, Settings> = Layer.effect(
    Configuration,
    readConfigFile,
  )
}
