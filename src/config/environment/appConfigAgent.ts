/**
 * The variables of AWS's AppConfig agent as a Lambda extension, which apply if `compatibility.appconfig_agent` is on: a
 * function that is configured for the agent needs no other configuration for this extension.
 *
 * `Plan` imports this module only then. A variable that would change what the agent reads, and that has no equivalent here, is a
 * fault. Pure.
 * https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-config.html
 */
import * as Result from "effect/Result"
import * as defaults from "../../domain/defaults.ts"
import type { Access } from "../../domain/Address.ts"
import { type Entry, entryKey, type Policy, queryKey } from "../../domain/Entry.ts"
import { isRoleArn } from "../../kinds/access.ts"
import {
  AGENT_PATH,
  type ConfigurationPlace,
  isNameable,
  parseAgentPath,
  placeName,
} from "../../kinds/appconfig/agentPath.ts"
import { isRegion, REGION_ALLOWED } from "../fields/grammar.ts"
import type { ConfigInvalid } from "../yaml/ConfigInvalid.ts"
import type { LogLevel } from "./log.ts"
import {
  boolean,
  type Environment,
  oneOf,
  type Parse,
  port,
  readVariables,
  type Variables,
  wholeNumber,
} from "./variables.ts"

const PREFIX = "AWS_APPCONFIG_EXTENSION_"

const PORT_VARIABLE = `${PREFIX}HTTP_PORT`

/** The agent's part of the plan. Times are in milliseconds. */
export interface AppConfigAgent {
  readonly port: number
  /** The variable that chooses the port. */
  readonly portVariable: string
  /** The level of the log; undefined: that of CACHE_EXTENSION_LOG_LEVEL. */
  readonly logLevel: LogLevel | undefined
  /** The configurations of the prefetch list: loaded at the start, and refreshed at each invoke when they are due. */
  readonly prefetched: ReadonlyArray<Entry>
  /** The entry of any configuration: the listed one, otherwise one with the policy and access of the variables. */
  readonly entryAt: (place: ConfigurationPlace) => Entry
}

/** What the entries depend on besides the variables. */
interface AgentContext {
  /** The function's region. */
  readonly region: string | undefined
  /** CACHE_EXTENSION_TTL in milliseconds. */
  readonly ttl: number | undefined
  readonly entries: ReadonlyMap<string, Entry>
  /** The policy of `cache` in config.yaml. */
  readonly defaultPolicy: Policy
}

interface AppConfigAgentReading {
  /** Undefined if there are faults. */
  readonly agent: AppConfigAgent | undefined
  readonly invalid: ConfigInvalid | undefined
}

/** Our levels by the agent's. */
const LEVELS = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  fatal: "error",
  none: "none",
} as const satisfies Readonly<Record<string, LogLevel>>

const LEVEL_NAMES = ["trace", "debug", "info", "warn", "error", "fatal", "none"] as const

const UNITS: Readonly<Record<string, number>> = { "": 1_000, s: 1_000, m: 60_000, h: 3_600_000 }

/** Seconds, or a number with one of the agent's units. */
const interval: Parse<number> = (text) => {
  const [, digits, unit = ""] = /^(\d{1,7})([smh]?)$/.exec(text) ?? []
  const milliseconds = Number(digits) * (UNITS[unit] ?? Number.NaN)
  return milliseconds > 0
    ? Result.succeed(milliseconds)
    : Result.fail("a whole number of seconds from 1, or with a unit such as 90s, 2m or 1h")
}

const region: Parse<string> = (text) => (isRegion(text) ? Result.succeed(text) : Result.fail(REGION_ALLOWED))

const role: Parse<string> = (text) =>
  isRoleArn(text)
    ? Result.succeed(text)
    : Result.fail("a role's ARN such as arn:aws:iam::123456789012:role/reader")

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const sessionName: Parse<string> = (text) =>
  /^[\w+=,.@-]{2,64}$/.test(text)
    ? Result.succeed(text)
    : Result.fail("2 to 64 letters, digits and the characters _ + = , . @ -")

const prefetchList: Parse<ReadonlyArray<ConfigurationPlace>> = (text) =>
  Result.all(
    text
      .split(",")
      .map((path) => path.trim())
      .filter((path) => path !== "")
      .map(parseAgentPath),
  ).pipe(Result.mapError((fault) => `paths such as ${AGENT_PATH}, with commas between (${fault})`))

/** Variables without an equivalent here: each is a fault, and this is what to use instead. */
export const REFUSED: Readonly<Record<string, string>> = {
  [`${PREFIX}MANIFEST`]:
    "nothing; list the configurations under appconfig in config.yaml, each with its role_arn",
  [`${PREFIX}PROXY_URL`]: "nothing; HTTPS_PROXY names the proxy for all calls of AWS",
  [`${PREFIX}PROXY_HEADERS`]: "nothing; HTTPS_PROXY names the proxy for all calls of AWS",
  [`${PREFIX}ROLE_EXTERNAL_ID`]: "nothing; roles are assumed without an external id",
}

const refuse = ({ fault, get }: Variables): void => {
  for (const [variable, allowed] of Object.entries(REFUSED)) {
    // Its value is not shown: headers for a proxy may be credentials.
    if (get(variable) !== undefined) fault(variable, "a value", allowed)
  }
}

/** The region and role of configurations that config.yaml does not list, and whether both are the function's own. */
const readAccess = ({ fault, read }: Variables, own: string | undefined) => {
  const variable = `${PREFIX}SERVICE_REGION`
  const written = read(variable, region)
  const roleArn = read(`${PREFIX}ROLE_ARN`, role)
  const chosen = written ?? own
  if (chosen === undefined) {
    fault(variable, "nothing, and AWS_REGION is not set", REGION_ALLOWED)
    return undefined
  }
  const access: Access = { region: chosen, ...(roleArn === undefined ? {} : { roleArn }) }
  return { access, isOwn: chosen === own && roleArn === undefined }
}

/** Reads all variables, and collects the faults of those that are wrong. */
export const readAppConfigAgent = (env: Environment, context: AgentContext): AppConfigAgentReading => {
  const variables = readVariables(env)
  const { get, invalid, read } = variables

  // Without effect here, but the agent rejects a bad value too.
  read(`${PREFIX}MAX_CONNECTIONS`, wholeNumber("connections", 1))
  read(`${PREFIX}ROLE_SESSION_NAME`, sessionName)
  read(`${PREFIX}WAIT_ON_MANIFEST`, boolean)
  refuse(variables)

  const listenOn = read(PORT_VARIABLE, port) ?? defaults.DEFAULT_APPCONFIG_AGENT_PORT
  const level = read(`${PREFIX}LOG_LEVEL`, oneOf(LEVEL_NAMES))
  const polled = read(`${PREFIX}POLL_INTERVAL_SECONDS`, interval)
  const readBudget =
    read(`${PREFIX}POLL_TIMEOUT_MILLIS`, wholeNumber("milliseconds", 1)) ??
    defaults.DEFAULT_APPCONFIG_AGENT_TIMEOUT
  const places = read(`${PREFIX}PREFETCH_LIST`, prefetchList) ?? []
  const reader = readAccess(variables, context.region)
  if (reader === undefined || invalid() !== undefined) return { agent: undefined, invalid: invalid() }

  const { access, isOwn } = reader
  const ttl = polled ?? context.ttl ?? defaults.DEFAULT_APPCONFIG_AGENT_INTERVAL
  const policy: Policy = { ...context.defaultPolicy, ttl }

  const entryAt = (place: ConfigurationPlace): Entry => {
    const name = placeName(place)
    const key = entryKey("appconfig", name)
    const listed = isNameable(place) ? context.entries.get(key) : undefined
    return (
      listed ?? {
        key: isOwn && isNameable(place) ? key : queryKey("appconfig", { ...place, ...access }),
        name,
        address: { kind: "appconfig", ...access, ...place },
        policy,
        readBudget,
      }
    )
  }

  const byKey = new Map(places.map(entryAt).map((entry) => [entry.key, entry]))
  return {
    agent: {
      port: listenOn,
      portVariable: PORT_VARIABLE,
      logLevel: get("CACHE_EXTENSION_LOG_LEVEL") === undefined && level ? LEVELS[level] : undefined,
      prefetched: Array.from(byKey.values()),
      entryAt,
    },
    invalid: undefined,
  }
}
