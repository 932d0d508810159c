/**
 * The plan: what config.yaml says, in the form that the rest of the program uses. It has every entry with its address and
 * policy, the lookup of names, the limits, and the enabled features.
 *
 * `App` takes `Plan` and `Settings` from `layerFrom`; tests provide a plan of their own.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { Entry, EntryKey, Policy } from "../domain/Entry.ts"
import type { Lookup, OnDemand } from "../kinds/lookup.ts"
import { parseConfig } from "./ConfigFile.ts"
import type { Limits } from "./limits.ts"
import type { AppConfigAgent } from "./environment/appConfigAgent.ts"
import { type ParametersAndSecrets, withCacheSize } from "./environment/parametersAndSecrets.ts"
import { type FileRead, YAML_VARIABLE } from "./readConfigFile.ts"
import { textOf } from "./readDocument.ts"
import type { SharedPlan } from "./SharedPlan.ts"
import { type Outside, readSettings, Settings, type SettingsShape } from "./Settings.ts"
import type { Tokens } from "./environment/tokens.ts"
import type { Environment } from "./environment/variables.ts"
import type { ConfigInvalid } from "./yaml/ConfigInvalid.ts"

/** When and where metrics are logged for CloudWatch. */
export interface EmfPlan {
  /** Metrics are logged after this many invokes, and at SHUTDOWN. */
  readonly every: number
  readonly namespace: string
}

/** Whether the second port is needed, which serves clients of other extensions. */
export const hasSecondPort = ({
  parametersAndSecrets,
  workloadCredentials,
}: Pick<PlanShape, "parametersAndSecrets" | "workloadCredentials">): boolean =>
  parametersAndSecrets || workloadCredentials

export interface PlanShape extends Lookup {
  /** In the order of the file. */
  readonly entries: ReadonlyMap<EntryKey, Entry>
  /** The declared collections, of which any value may be asked for. The address of each stands for its values. */
  readonly collections?: ReadonlyArray<Entry>
  /** The policy of entries that are not listed. */
  readonly defaultPolicy: Policy
  readonly limits: Limits
  readonly onDemand: OnDemand
  /**
   * `compatibility.parameters_and_secrets`: whether the AWS Parameters and Secrets extension's routes are offered, on its
   * own port.
   */
  readonly parametersAndSecrets: boolean
  /**
   * `compatibility.workload_credentials`: whether the routes of AWS's workload credentials provider are offered, on the
   * same port.
   */
  readonly workloadCredentials: boolean
  /** `compatibility.appconfig_agent`: whether the routes of AWS's AppConfig agent are offered, on a port of their own. */
  readonly offersAppConfigAgent: boolean
  /** What the agent's variables say; absent if its routes are off, and where the environment is unknown. */
  readonly appConfigAgent?: AppConfigAgent
  /** `server.port`. `Settings.port` wins if `isPortGiven`. */
  readonly port?: number
  /** Metrics in CloudWatch's Embedded Metric Format; absent: none. */
  readonly emf?: EmfPlan
  /** `tracing.endpoint`, a base URL. `Settings.otlpEndpoint` wins. */
  readonly otlpEndpoint?: string
  /** The shared tier; absent: none. */
  readonly shared?: SharedPlan
  /** Requests must carry one of these; undefined if none is required. */
  readonly tokens?: Tokens
  /** Whether this runs outside of Lambda. Then probes may see whether it is ready, and no more, without a token. */
  readonly isAgent?: boolean
  /** Whether clients may call the port by any host name, because it listens beyond this machine's loopback interface. */
  readonly isExposed?: boolean
  /** Logged once: names that are listed twice, limits that do not fit the function, and the like. */
  readonly warnings: ReadonlyArray<string>
}

const OUTSIDE_ALLOWED =
  "a file config.yaml in the working directory, or at the path in CACHE_EXTENSION_CONFIG; an empty one is valid"

/** Applies the cache size of the AWS Parameters and Secrets extension, if the routes of other extensions are on. */
const boundedBy = (plan: PlanShape, { cacheSize }: ParametersAndSecrets): PlanShape =>
  hasSecondPort(plan) ? { ...plan, limits: withCacheSize(plan.limits, plan.entries.size, cacheSize) } : plan

/** What the plan needs besides the settings. */
interface Around {
  readonly environment: Environment
  readonly readFile: ((path: string) => Effect.Effect<FileRead>) | undefined
  readonly allowed: string | undefined
}

/** Whoever changes a file that is not read would wonder why nothing happens. */
const withIgnored = (plan: PlanShape, found: FileRead): PlanShape =>
  found._tag !== "Given" || found.ignored === undefined
    ? plan
    : {
        ...plan,
        warnings: [
          `${found.ignored} is not read, because ${YAML_VARIABLE} holds the whole file`,
          ...plan.warnings,
        ],
      }

// Not traced: the collector of spans is known only after this.
const read = Effect.fnUntraced(function* (
  settings: SettingsShape,
  found: FileRead,
  { allowed, ...around }: Around,
) {
  const text = yield* textOf(settings.configPath, found, allowed)
  const plan = yield* parseConfig(text, { ...settings, ...around, file: settings.configPath })
  return withIgnored(boundedBy(plan, settings.parametersAndSecrets), found)
})

/** The variables of AWS's AppConfig agent. Imports the code that reads them. */
const readAgent = Effect.fnUntraced(function* (
  environment: Environment,
  { region, ttl }: SettingsShape,
  { defaultPolicy, entries }: PlanShape,
) {
  const { readAppConfigAgent } = yield* Effect.promise(() => import("./environment/appConfigAgent.ts"))
  return readAppConfigAgent(environment, { region, ttl, entries, defaultPolicy })
})

/** Fails with all faults at once, if there are any. */
const failWithAll = (
  invalids: ReadonlyArray<ConfigInvalid | undefined>,
): Effect.Effect<void, ConfigInvalid> => {
  const [first, ...rest] = invalids.filter((invalid) => invalid !== undefined)
  return first === undefined ? Effect.void : Effect.fail(rest.reduce((all, more) => all.and(more), first))
}

export class Plan extends Context.Service<Plan, PlanShape>()("cache-extension/config/Plan") {
  /**
   * The settings of an environment and the plan of the file that was found at `Settings.configPath`. Fails with the faults of
   * both at once; a missing file is one, for which `allowed` says where the file may be. `readFile` reads the file that it
   * includes.
   */
  static readonly layerFrom = (
    environment: Environment,
    file: Effect.Effect<FileRead>,
    {
      allowed,
      outside,
      readFile,
    }: {
      readonly allowed?: string
      readonly outside?: Outside | undefined
      readonly readFile?: (path: string) => Effect.Effect<FileRead>
    } = {},
  ): Layer.Layer<Plan | Settings, ConfigInvalid> =>
    Layer.effectContext(
      Effect.gen(function* () {
        const { settings, invalid, invalidCompatibility } = readSettings(environment, outside)
        const plan = yield* Effect.result(
          read(settings, yield* file, {
            environment,
            readFile,
            allowed: allowed ?? (outside && OUTSIDE_ALLOWED),
          }),
        )
        if (Result.isFailure(plan)) return yield* invalid?.and(plan.failure) ?? plan.failure
        const found = plan.success.offersAppConfigAgent
          ? yield* readAgent(environment, settings, plan.success)
          : undefined
        const faults = hasSecondPort(plan.success) ? [invalid, invalidCompatibility] : [invalid]
        yield* failWithAll([...faults, found?.invalid])
        const { agent } = found ?? {}
        const complete = agent === undefined ? plan.success : { ...plan.success, appConfigAgent: agent }
        return Context.make(Settings, settings).pipe(Context.add(Plan, complete))
      }),
    )
}
