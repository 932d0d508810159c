/**
 * The plan: what config.yaml says, in the form that the rest of the program uses. It has every entry with its address and
 * policy, the lookup of names, the limits, and the enabled features.
 *
 * `App` takes `Plan` and `Settings` from `layerFrom`; tests provide a plan of their own.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Entry, EntryKey, Policy } from "../domain/Entry.ts"
import type { Lookup, OnDemand } from "../kinds/lookup.ts"
import { MAX_CONFIG_BYTES } from "../domain/defaults.ts"
import { parseConfig } from "./ConfigFile.ts"
import type { Limits } from "./limits.ts"
import { type ParametersAndSecrets, withCacheSize } from "./environment/parametersAndSecrets.ts"
import type { FileRead } from "./readConfigFile.ts"
import type { SharedPlan } from "./SharedPlan.ts"
import { type Outside, readSettings, Settings, type SettingsShape } from "./Settings.ts"
import type { Tokens } from "./environment/tokens.ts"
import type { Environment } from "./environment/variables.ts"
import { ConfigInvalid } from "./yaml/ConfigInvalid.ts"

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

const FILE_ALLOWED =
  "a file config.yaml in the root of the function's package, or at the path in CACHE_EXTENSION_CONFIG; an empty one is valid"

const OUTSIDE_ALLOWED =
  "a file config.yaml in the working directory, or at the path in CACHE_EXTENSION_CONFIG; an empty one is valid"

const invalid = (file: string, found: string, allowed: string): ConfigInvalid =>
  new ConfigInvalid({ file, faults: [{ key: "the file", found, allowed }] })

/** What each of the system's error codes means. */
const FOUND: Readonly<Record<string, string>> = {
  ENOENT: "nothing at this path",
  ENOTDIR: "nothing at this path",
  EACCES: "a file that the extension may not read",
  EPERM: "a file that the extension may not read",
}

const unreadable = (file: string, cause: unknown, allowed: string): ConfigInvalid => {
  const code = Predicate.hasProperty(cause, "code") ? String(cause.code) : "an unknown error"
  return invalid(file, FOUND[code] ?? `a file that cannot be read (${code})`, allowed)
}

/** Decodes UTF-8, without its byte order mark. */
const decodeUtf8 = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(bytes)

/** The text of the file that was found at a path. `allowed` says where the file may be instead. */
export const textOf = (
  file: string,
  found: FileRead,
  allowed: string = FILE_ALLOWED,
): Effect.Effect<string, ConfigInvalid> => {
  switch (found._tag) {
    case "Bytes":
      return Effect.try({
        try: () => decodeUtf8(found.bytes),
        catch: () => invalid(file, "bytes that are not UTF-8", "text in UTF-8"),
      })
    case "Directory":
      return Effect.fail(invalid(file, "a directory", allowed))
    case "Special":
      return Effect.fail(invalid(file, "a pipe, socket or device", allowed))
    case "TooLong":
      return Effect.fail(invalid(file, `${found.size} bytes`, `at most ${MAX_CONFIG_BYTES} bytes`))
    case "Unreadable":
      return Effect.fail(unreadable(file, found.cause, allowed))
  }
}

/** Applies the cache size of the AWS Parameters and Secrets extension, if the routes of other extensions are on. */
const boundedBy = (plan: PlanShape, { cacheSize }: ParametersAndSecrets): PlanShape =>
  hasSecondPort(plan) ? { ...plan, limits: withCacheSize(plan.limits, plan.entries.size, cacheSize) } : plan

// Not traced: the collector of spans is known only after this.
const read = Effect.fnUntraced(function* (
  settings: SettingsShape,
  found: FileRead,
  allowed: string | undefined,
) {
  const text = yield* textOf(settings.configPath, found, allowed)
  const plan = yield* parseConfig(text, { ...settings, file: settings.configPath })
  return boundedBy(plan, settings.parametersAndSecrets)
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
   * both at once; a missing file is one, for which `allowed` says where the file may be.
   */
  static readonly layerFrom = (
    environment: Environment,
    file: Effect.Effect<FileRead>,
    { allowed, outside }: { readonly allowed?: string; readonly outside?: Outside | undefined } = {},
  ): Layer.Layer<Plan | Settings, ConfigInvalid> =>
    Layer.effectContext(
      Effect.gen(function* () {
        const { settings, invalid, invalidCompatibility } = readSettings(environment, outside)
        const plan = yield* Effect.result(
          read(settings, yield* file, allowed ?? (outside && OUTSIDE_ALLOWED)),
        )
        if (Result.isFailure(plan)) return yield* invalid?.and(plan.failure) ?? plan.failure
        const faults = hasSecondPort(plan.success) ? [invalid, invalidCompatibility] : [invalid]
        yield* failWithAll(faults)
        return Context.make(Settings, settings).pipe(Context.add(Plan, plan.success))
      }),
    )
}
