/**
 * The variables of an agent: its address and token, and where it finds what Lambda's variables say in Lambda (region, memory,
 * credentials). `Settings` puts these in place of Lambda's.
 *
 * `agent/surroundings.ts` imports it, only outside of Lambda. Pure.
 */
import { type CredentialSource, containerAt, readKeys } from "./environment/aws.ts"
import { readAgentTokens, readAgentWorkloadTokens } from "./environment/tokens.ts"
import { type Environment, type Parse, readVariables, type Variables } from "./environment/variables.ts"
import { textFault } from "./fields/grammar.ts"
import { ADDRESS_VARIABLE, type Outside } from "./Settings.ts"
import * as Result from "effect/Result"

/** What was found around the program. */
export interface Found {
  /** The region of the profile or the instance, if no variable names one. */
  readonly region: string | undefined
  /** The container's limit of memory, in MiB. */
  readonly memory: number | undefined
}

const ADDRESS_ALLOWED =
  "an IP address of this machine, such as 172.17.0.2, 0.0.0.0 for all of them, or nothing for 127.0.0.1 and ::1"

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/
const IPV6 = /^[\da-f:]*:[\da-f:.]*$/i

const isAddress = (text: string): boolean =>
  IPV4.test(text) || (IPV6.test(text) && URL.canParse(`http://[${text}]/`))

const address: Parse<string> = (text) =>
  isAddress(text) ? Result.succeed(text) : Result.fail(ADDRESS_ALLOWED)

/** The address to listen on. A malformed one gives the default, like an unset one; `readOutside` reports it. */
export const addressToOpen = (environment: Environment): string | undefined =>
  readVariables(environment).read(ADDRESS_VARIABLE, address)

const LEAST_TOKEN = 16
const TOKEN_ALLOWED = `at least ${LEAST_TOKEN} characters of ASCII without blanks, such as the output of "openssl rand -hex 32"`
const TOKEN = new RegExp(`^[!-~]{${LEAST_TOKEN},}$`)

/** Why a text is no token; undefined if it is one. It is never quoted. */
export const agentTokenFault = (
  text: string,
): { readonly found: string; readonly allowed: string } | undefined => {
  if (TOKEN.test(text)) return undefined
  const reason =
    textFault(text) ?? (text.length < LEAST_TOKEN ? "it is too short" : "there is a blank or no ASCII in it")
  return { found: `a value that is wrong: ${reason}`, allowed: TOKEN_ALLOWED }
}

const checkToken = ({ fault, get }: Variables): void => {
  const text = get("CACHE_EXTENSION_TOKEN")
  const wrong = text === undefined ? undefined : agentTokenFault(text)
  if (wrong !== undefined) fault("CACHE_EXTENSION_TOKEN", wrong.found, wrong.allowed)
}

/** Where ECS serves the credentials of a task. */
const ECS_ENDPOINT = "http://169.254.170.2"
const RELATIVE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
const FULL = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

/**
 * The order of the SDKs: keys, unless a profile is chosen; web identity; the container's endpoint. Whatever needs the SDK's
 * provider chain goes to it. So does what no variable names: the default profile, the instance's role.
 */
const credentialsIn = ({ get }: Variables): CredentialSource => {
  const hasProfile = get("AWS_PROFILE") !== undefined
  const keys = readKeys(get)
  if (keys !== undefined && !hasProfile) return keys
  if (hasProfile || get("AWS_WEB_IDENTITY_TOKEN_FILE") !== undefined) return { _tag: "Providers" }
  const relative = get(RELATIVE)
  const uri = relative === undefined ? get(FULL) : `${ECS_ENDPOINT}${relative}`
  return uri === undefined ? { _tag: "Providers" } : containerAt(uri, get)
}

const checkRelative = ({ fault, get }: Variables): void => {
  const relative = get(RELATIVE)
  if (relative !== undefined && !relative.startsWith("/"))
    fault(
      RELATIVE,
      "a text that does not begin with a slash",
      "the path that ECS sets, such as /v2/credentials/…",
    )
}

/** The name of the region's variable, if one is set. `Settings` reports a malformed region. */
export const givenRegion = (environment: Environment): string | undefined => {
  const { get } = readVariables(environment)
  return get("AWS_REGION") ?? get("AWS_DEFAULT_REGION")
}

/** Whether the instance's metadata must not be asked, by the variable of the SDKs. */
export const isMetadataDisabled = (environment: Environment): boolean =>
  readVariables(environment).get("AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true"

/** Reads the variables of an agent. */
export const readOutside = (environment: Environment, { memory, region }: Found): Outside => {
  const variables = readVariables(environment)
  const { get, invalid, read } = variables
  checkToken(variables)
  checkRelative(variables)
  return {
    settings: {
      region: givenRegion(environment) ?? region,
      memory,
      tokens: readAgentTokens(get),
      workloadTokens: readAgentWorkloadTokens(get),
      initializationType: undefined,
      functionName: get("AWS_LAMBDA_FUNCTION_NAME"),
      address: read(ADDRESS_VARIABLE, address),
      credentials: credentialsIn(variables),
    },
    invalid: invalid(),
  }
}
