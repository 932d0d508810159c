/**
 * The extension's variables as typed settings of the CDK construct: `{ ttl: "15m", initStartup: true }` instead of
 * `CACHE_EXTENSION_TTL`. They are checked by the code that reads them in the extension, so a wrong one fails at synthesis and
 * not at the first cold start. Uses nothing of CDK.
 */
import { readSettings } from "../src/config/Settings.ts"

/** A `Duration` of CDK, or whatever else can say how many milliseconds it is. */
interface InMilliseconds {
  toMilliseconds(): number
}

/** The extension's variables: docs/configuration.md explains each. What is absent keeps its default, or what config.yaml says. */
export interface CacheExtensionSettings {
  /** CACHE_EXTENSION_TTL: how long values stay fresh, whatever config.yaml says; a `Duration`, or a text such as `15m`. */
  readonly ttl?: InMilliseconds | string
  /** CACHE_EXTENSION_INIT_STARTUP: whether everything listed is loaded while the function starts. Default: false. */
  readonly initStartup?: boolean
  /** CACHE_EXTENSION_PORT. Default: 4000. */
  readonly port?: number
  /** CACHE_EXTENSION_CONFIG: the path of config.yaml. Default: `config.yaml` in the root of the function's package. */
  readonly config?: string
  /** CACHE_EXTENSION_CONFIG_YAML: the whole file, for a function whose package has none. */
  readonly configYaml?: string
  /** CACHE_EXTENSION_DEFAULTS: defaults of config.yaml for a fleet, as docs/configuration.md describes them. */
  readonly defaults?: string
  /** CACHE_EXTENSION_LOG_LEVEL. Default: that of Lambda's logging controls, else `info`. */
  readonly logLevel?: "debug" | "info" | "warn" | "error" | "none"
  /** CACHE_EXTENSION_LOG_FORMAT. Default: that of Lambda's logging controls, else `text`. */
  readonly logFormat?: "text" | "json"
  /** CACHE_EXTENSION_SHORTCUT: whether fresh values are served without the router; off is for diagnosis. Default: true. */
  readonly shortcut?: boolean
  /** CACHE_EXTENSION_EMF_EVERY: after how many invokes metrics are logged for CloudWatch. Default: what config.yaml says, else never. */
  readonly emfEvery?: number
  /** CACHE_EXTENSION_OTLP_ENDPOINT: where spans are sent, as a URL. */
  readonly otlpEndpoint?: string
  /** CACHE_EXTENSION_EXTRA_CA_CERTS: the path of a PEM file with further certificates. */
  readonly extraCaCerts?: string
  /** CACHE_EXTENSION_NODE_OPTIONS: the extension's NODE_OPTIONS; for the Node layer alone. */
  readonly nodeOptions?: string
}

/** The variable of each setting. */
export const VARIABLES: Readonly<Record<keyof CacheExtensionSettings, string>> = {
  ttl: "CACHE_EXTENSION_TTL",
  initStartup: "CACHE_EXTENSION_INIT_STARTUP",
  port: "CACHE_EXTENSION_PORT",
  config: "CACHE_EXTENSION_CONFIG",
  configYaml: "CACHE_EXTENSION_CONFIG_YAML",
  defaults: "CACHE_EXTENSION_DEFAULTS",
  logLevel: "CACHE_EXTENSION_LOG_LEVEL",
  logFormat: "CACHE_EXTENSION_LOG_FORMAT",
  shortcut: "CACHE_EXTENSION_SHORTCUT",
  emfEvery: "CACHE_EXTENSION_EMF_EVERY",
  otlpEndpoint: "CACHE_EXTENSION_OTLP_ENDPOINT",
  extraCaCerts: "CACHE_EXTENSION_EXTRA_CA_CERTS",
  nodeOptions: "CACHE_EXTENSION_NODE_OPTIONS",
}

const isSetting = (name: string): name is keyof CacheExtensionSettings => Object.hasOwn(VARIABLES, name)

const write = (value: InMilliseconds | string | number | boolean): string =>
  typeof value === "object" ? `${value.toMilliseconds()}ms` : String(value)

/** What CDK knows only when it deploys. A number that is such a token is below zero. */
const isToken = (value: unknown): boolean =>
  typeof value === "number" ? value < -1e100 : typeof value === "string" && value.includes("${Token[")

/** The variables of settings. Throws an error that lists every setting that is wrong, and what is allowed. */
export const variablesOf = (settings: CacheExtensionSettings): Readonly<Record<string, string>> => {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  const unknown = given.map(([name]) => name).filter((name) => !isSetting(name))
  if (unknown.length > 0) {
    throw new Error(
      `settings of the cache extension: found ${unknown.join(", ")}; allowed: ${Object.keys(VARIABLES).join(", ")}`,
    )
  }
  const variables = given.flatMap(([name, value]) =>
    isSetting(name) ? [{ variable: VARIABLES[name], value }] : [],
  )
  const known = variables.filter(({ value }) => !isToken(value))
  const { invalid } = readSettings(
    Object.fromEntries(known.map(({ value, variable }) => [variable, write(value)])),
  )
  if (invalid !== undefined) {
    const faults = invalid.faults.map(({ allowed, found, key }) => {
      const [setting] = Object.entries(VARIABLES).find(([, variable]) => variable === key) ?? [key]
      return `${setting}: found ${found}; allowed: ${allowed}`
    })
    throw new Error(`settings of the cache extension: ${faults.join("\n")}`)
  }
  return Object.fromEntries(variables.map(({ value, variable }) => [variable, write(value)]))
}
