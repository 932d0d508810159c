/**
 * AWS's own variables that the extension heeds, and what each may be. A wrong one would make every call fail, or silently
 * change where calls go, so it is a fault at the start, like one of ours.
 *
 * `Settings` checks them; `aws/AwsClients` and `aws/functionCredentials` read what has passed by the same functions. Pure.
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
import * as Result from "effect/Result"
import { isRegion, REGION_ALLOWED, regionHint } from "./fields/region.ts"
import { textFault, variableFault } from "./fields/text.ts"
import type { Environment, Parse, Variables } from "./variables.ts"

const FIPS = "AWS_USE_FIPS_ENDPOINT"
const DUALSTACK = "AWS_USE_DUALSTACK_ENDPOINT"
const IGNORE_ENDPOINTS = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
const ENDPOINT = "AWS_ENDPOINT_URL"
const ENDPOINTS = [
  "AWS_ENDPOINT_URL_SSM",
  "AWS_ENDPOINT_URL_SECRETS_MANAGER",
  "AWS_ENDPOINT_URL_DYNAMODB",
  "AWS_ENDPOINT_URL_APPCONFIGDATA",
  "AWS_ENDPOINT_URL_STS",
] as const
const CONTAINER = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

/** True and false in any case, as most SDKs read them; some take other words silently for false. */
const awsBoolean: Parse<boolean> = (text) => {
  const word = text.toLowerCase()
  return word === "true" || word === "false"
    ? Result.succeed(word === "true")
    : Result.fail("true or false, in any case")
}

const isTrue = (environment: Environment, variable: string): boolean =>
  environment[variable]?.toLowerCase() === "true"

export const usesFips = (environment: Environment): boolean => isTrue(environment, FIPS)
export const usesDualstack = (environment: Environment): boolean => isTrue(environment, DUALSTACK)
export const ignoresEndpoints = (environment: Environment): boolean => isTrue(environment, IGNORE_ENDPOINTS)

const withHint = (allowed: string, hint: string | undefined): string =>
  hint === undefined ? allowed : `${allowed} (${hint})`

const region: Parse<string> = (text) =>
  isRegion(text) ? Result.succeed(text) : Result.fail(withHint(REGION_ALLOWED, regionHint(text)))

const ENDPOINT_ALLOWED = "a URL such as http://localhost:4566, without credentials"

const endpoint: Parse<string> = (text) => {
  const url = URL.parse(text)
  const variable = variableFault(text)
  const isEndpoint =
    url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === ""
  return isEndpoint && variable === undefined
    ? Result.succeed(text)
    : Result.fail(withHint(ENDPOINT_ALLOWED, variable))
}

/** Where an unencrypted endpoint may be: on this machine, or where ECS and EKS have theirs. */
const TRUSTED_HOSTS = new Set([
  "localhost",
  "127.0.0.1",
  "[::1]",
  "169.254.170.2",
  "169.254.170.23",
  "[fd00:ec2::23]",
])

const CONTAINER_ALLOWED = "an https URL, or an http one on this machine (or of ECS or EKS)"

/** Whether credentials may be asked for at a URL. */
export const isTrustedEndpoint = (text: string): boolean => {
  const url = URL.parse(text)
  if (url === null) return false
  return url.protocol === "https:" || (url.protocol === "http:" && TRUSTED_HOSTS.has(url.hostname))
}

/** What a message shows of a URL that may hold a token: where it leads. */
export const hostOf = (text: string): string => URL.parse(text)?.host || "no URL"

const KEY_ID = "AWS_ACCESS_KEY_ID"
const SECRET_KEY = "AWS_SECRET_ACCESS_KEY"
/** What is sent in a header, or signed with, as it is. */
const SECRETS = [KEY_ID, SECRET_KEY, "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"] as const

/** One key of a pair is useless, and a key with spaces around it produces wrong signatures. No message shows any of them. */
const checkCredentials = ({ fault, textOf }: Variables): void => {
  for (const variable of SECRETS) {
    const text = textOf(variable)
    const reason = text === undefined ? undefined : textFault(text)
    if (reason !== undefined) fault(variable, `a value that is wrong: ${reason}`, "the value alone")
  }
  if (textOf(CONTAINER) !== undefined) return
  const [id, secret] = [textOf(KEY_ID), textOf(SECRET_KEY)]
  if ((id === undefined) === (secret === undefined)) return
  const [missing, other] = id === undefined ? [KEY_ID, SECRET_KEY] : [SECRET_KEY, KEY_ID]
  fault(missing, "nothing", `a value, as ${other} is set; or neither of the two`)
}

const checkEndpoints = (variables: Variables, isSpecial: boolean): void => {
  const { fault, read, textOf } = variables
  for (const variable of [ENDPOINT, ...ENDPOINTS]) read(variable, endpoint)
  if (textOf(ENDPOINT) === undefined || !isSpecial) return
  // The SDK refuses both at each call.
  const variable = textOf(FIPS)?.toLowerCase() === "true" ? FIPS : DUALSTACK
  fault(variable, `true beside ${ENDPOINT}`, "one of the two: there is no such form of another endpoint")
}

/** Reads the variables, for their faults. The region is given back as it is written. */
export const checkAwsVariables = (variables: Variables): { readonly region: string | undefined } => {
  const { fault, read, textOf } = variables
  const regionVariable = textOf("AWS_REGION") === undefined ? "AWS_DEFAULT_REGION" : "AWS_REGION"
  read(regionVariable, region)
  const fips = read(FIPS, awsBoolean) ?? false
  const dualstack = read(DUALSTACK, awsBoolean) ?? false
  const ignored = read(IGNORE_ENDPOINTS, awsBoolean) ?? false
  if (!ignored) checkEndpoints(variables, fips || dualstack)

  const container = textOf(CONTAINER)
  if (container !== undefined && !isTrustedEndpoint(container)) {
    fault(CONTAINER, hostOf(container), CONTAINER_ALLOWED)
  }
  checkCredentials(variables)
  return { region: textOf(regionVariable) }
}
