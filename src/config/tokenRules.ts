/**
 * Whether requests must carry a token, and whether they can: what config.yaml demands must be in the environment, and an agent
 * that other machines can reach must demand one. `ConfigFile.ts` collects the faults. Pure.
 */
import * as defaults from "../domain/defaults.ts"
import type { ConfigContext } from "./ConfigFile.ts"
import type { FileFrame } from "./configFields.ts"
import {
  AGENT_TOKEN_VARIABLES,
  AGENT_WORKLOAD_TOKEN_VARIABLES,
  hasNone,
  TOKEN_VARIABLES,
  type Tokens,
  WORKLOAD_TOKEN_VARIABLES,
} from "./environment/tokens.ts"
import { faultAt } from "./fields/decode.ts"
import type { Fault } from "./yaml/ConfigInvalid.ts"
import type { YamlDocument } from "./yaml/YamlDocument.ts"

const NO_TOKENS: Tokens = { fixed: [], file: undefined }

/** Requests must carry one of these tokens; undefined: none is required. */
export const requiredTokens = (
  { server }: FileFrame,
  { isAgent = false, tokens = NO_TOKENS }: ConfigContext,
): Tokens | undefined => {
  const byDefault = isAgent ? defaults.DEFAULT_AGENT_TOKEN : defaults.DEFAULT_TOKEN
  return (server?.token ?? byDefault) === "required" ? tokens : undefined
}

/** Whether an agent can be reached from other machines. */
export const isExposed = ({ address }: ConfigContext): boolean =>
  address !== undefined && address !== "127.0.0.1" && address !== "::1"

/** The faults of an agent's token: none is given, or none is required although other machines can reach the port. */
const agentTokenFaults = (
  document: YamlDocument,
  frame: FileFrame,
  context: ConfigContext,
): ReadonlyArray<Fault> => {
  const required = requiredTokens(frame, context)
  const wrong = (found: string, allowed: string) => [faultAt(document, ["server", "token"], found, allowed)]
  if (required === undefined)
    return isExposed(context)
      ? wrong(
          `off, and ${context.address} can be reached from elsewhere`,
          "required, or no CACHE_EXTENSION_ADDRESS",
        )
      : []
  return hasNone(required)
    ? wrong(
        frame.server?.token === undefined
          ? "nothing, so a token is required outside of Lambda, and there is none"
          : "required, and no token in the environment",
        `off, or required where ${AGENT_TOKEN_VARIABLES} is set`,
      )
    : []
}

/** No request can carry a required token if the function's environment has none. */
const functionTokenFaults = (
  document: YamlDocument,
  frame: FileFrame,
  context: ConfigContext,
): ReadonlyArray<Fault> => {
  const required = requiredTokens(frame, context)
  if (required === undefined || context.tokens === undefined || !hasNone(required)) return []
  const found = "required, and no token in the environment"
  return [
    faultAt(document, ["server", "token"], found, `off, or required where one of ${TOKEN_VARIABLES} is set`),
  ]
}

/** The routes of the workload credentials provider always require a token: the provider does not start without one. */
const workloadTokenFaults = (
  document: YamlDocument,
  { compatibility }: FileFrame,
  context: ConfigContext,
): ReadonlyArray<Fault> => {
  const { workloadTokens } = context
  if (
    compatibility?.workload_credentials !== "on" ||
    workloadTokens === undefined ||
    !hasNone(workloadTokens)
  )
    return []
  const found = "on, and no token in the environment"
  const variables = context.isAgent === true ? AGENT_WORKLOAD_TOKEN_VARIABLES : WORKLOAD_TOKEN_VARIABLES
  const allowed = `off, or on where one of ${variables} is set`
  return [faultAt(document, ["compatibility", "workload_credentials"], found, allowed)]
}

/** The faults of `server.token` and `compatibility.workload_credentials` that the environment decides on. */
export const tokenFaults = (
  document: YamlDocument,
  frame: FileFrame,
  context: ConfigContext,
): ReadonlyArray<Fault> => [
  ...(context.isAgent === true ? agentTokenFaults : functionTokenFaults)(document, frame, context),
  ...workloadTokenFaults(document, frame, context),
]
