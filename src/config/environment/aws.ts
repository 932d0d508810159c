/**
 * AWS's own variables: region, endpoints, credentials. A wrong one would make every call fail, or silently send calls
 * elsewhere, so it is reported at start-up, like a fault in the extension's own variables.
 *
 * `Settings` reads them, `aws/` uses them. Pure.
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { isRegion, REGION_ALLOWED, regionHint, textFault, variableFault } from "../fields/grammar.ts"
import { kinds } from "../../kinds/kinds.ts"
import type { Parse, Variables } from "./variables.ts"

/** Access keys in the environment. Nothing renews them. */
interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Where the function's credentials come from. */
export type CredentialSource =
  | { readonly _tag: "Keys"; readonly keys: Redacted.Redacted<AwsKeys> }
  | {
      readonly _tag: "Container"
      /** AWS_CONTAINER_CREDENTIALS_FULL_URI, which may hold a token. */
      readonly uri: Redacted.Redacted<string>
      /** AWS_CONTAINER_AUTHORIZATION_TOKEN. The file wins. */
      readonly token: Redacted.Redacted<string> | undefined
      /** AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: a path. */
      readonly tokenFile: string | undefined
    }
  /** Outside of Lambda: wherever the SDK's provider chain finds some. */
  | { readonly _tag: "Providers" }

export interface AwsSettings {
  /** undefined: there are none. The container endpoint wins over keys, because its credentials can be renewed. */
  readonly credentials: CredentialSource | undefined
  /**
   * Endpoints that replace AWS's own, by service as in AWS_ENDPOINT_URL_<SERVICE>.
   * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
   */
  readonly endpoints: Readonly<Record<string, string | undefined>>
  /** AWS_USE_FIPS_ENDPOINT. */
  readonly useFips: boolean
  /** AWS_USE_DUALSTACK_ENDPOINT. */
  readonly useDualstack: boolean
}

const FIPS = "AWS_USE_FIPS_ENDPOINT"
const DUALSTACK = "AWS_USE_DUALSTACK_ENDPOINT"
const IGNORE_ENDPOINTS = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
const ENDPOINT = "AWS_ENDPOINT_URL"
/**
 * The services that the extension calls, as in AWS_ENDPOINT_URL_<SERVICE>: those of the kinds, STS for the credentials
 * of roles, and KMS for the shared tier.
 */
const SERVICES = [...Object.values(kinds).flatMap(({ service }) => service.aws?.id ?? []), "STS", "KMS"]
const CONTAINER = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
const CONTAINER_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
const CONTAINER_TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"

/** `true` or `false` in any case, as most SDKs read them. Some SDKs silently treat other words as false. */
const awsBoolean: Parse<boolean> = (text) => {
  const word = text.toLowerCase()
  return word === "true" || word === "false"
    ? Result.succeed(word === "true")
    : Result.fail("true or false, in any case")
}

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

/** Hosts from which credentials may be requested without TLS: this machine, and the endpoints of ECS and EKS. */
const TRUSTED_HOSTS = new Set([
  "localhost",
  "127.0.0.1",
  "[::1]",
  "169.254.170.2",
  "169.254.170.23",
  "[fd00:ec2::23]",
])

const CONTAINER_ALLOWED = "an https URL, or an http one on this machine (or of ECS or EKS)"

/** Whether credentials may be requested from a URL. */
export const isTrustedEndpoint = (text: string): boolean => {
  const url = URL.parse(text)
  if (url === null) return false
  return url.protocol === "https:" || (url.protocol === "http:" && TRUSTED_HOSTS.has(url.hostname))
}

/** The part of a URL that a message may show: its host. The rest may hold a token. */
export const urlHost = (text: string): string => URL.parse(text)?.host || "no URL"

const KEY_ID = "AWS_ACCESS_KEY_ID"
const SECRET_KEY = "AWS_SECRET_ACCESS_KEY"
const SESSION_TOKEN = "AWS_SESSION_TOKEN"
/** Variables that are sent in a header or used to sign. */
const SECRETS = [KEY_ID, SECRET_KEY, SESSION_TOKEN, CONTAINER_TOKEN] as const

/**
 * A single key of a pair is useless, and a key with spaces around it produces wrong signatures. No message shows their
 * values.
 */
const checkCredentials = ({ fault, get }: Variables): void => {
  for (const variable of SECRETS) {
    const text = get(variable)
    const reason = text === undefined ? undefined : textFault(text)
    if (reason !== undefined) fault(variable, `a value that is wrong: ${reason}`, "the value alone")
  }
  if (get(CONTAINER) !== undefined) return
  const [id, secret] = [get(KEY_ID), get(SECRET_KEY)]
  if ((id === undefined) === (secret === undefined)) return
  const [missing, other] = id === undefined ? [KEY_ID, SECRET_KEY] : [SECRET_KEY, KEY_ID]
  fault(missing, "nothing", `a value, as ${other} is set; or neither of the two`)
}

const redacted = <A>(value: A | undefined): Redacted.Redacted<A> | undefined =>
  value === undefined ? undefined : Redacted.make(value)

const readCredentials = (variables: Variables): CredentialSource | undefined => {
  const { fault, get } = variables
  const uri = get(CONTAINER)
  if (uri !== undefined && !isTrustedEndpoint(uri)) fault(CONTAINER, urlHost(uri), CONTAINER_ALLOWED)
  checkCredentials(variables)
  return uri === undefined ? readKeys(get) : containerAt(uri, get)
}

/** The container endpoint at a URL. */
export const containerAt = (uri: string, get: Variables["get"]): CredentialSource => ({
  _tag: "Container",
  uri: Redacted.make(uri),
  token: redacted(get(CONTAINER_TOKEN)),
  tokenFile: get(CONTAINER_TOKEN_FILE),
})

/** The keys in the environment; undefined if they are not both there. */
export const readKeys = (get: Variables["get"]): CredentialSource | undefined => {
  const [accessKeyId, secretAccessKey, sessionToken] = [KEY_ID, SECRET_KEY, SESSION_TOKEN].map(get)
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
  return { _tag: "Keys", keys: Redacted.make(keys) }
}

/** `form` is the variable, if any, that selects a special form of AWS's own endpoints. */
const readEndpoints = (
  { fault, read, get }: Variables,
  form: string | undefined,
): AwsSettings["endpoints"] => {
  const all = read(ENDPOINT, endpoint)
  const endpoints = SERVICES.map((service) => [service, read(`${ENDPOINT}_${service}`, endpoint) ?? all])
  if (get(ENDPOINT) !== undefined && form !== undefined) {
    // The SDK refuses both at each call.
    fault(form, `true beside ${ENDPOINT}`, "one of the two: there is no such form of another endpoint")
  }
  return Object.fromEntries(endpoints)
}

/** AWS_REGION, else AWS_DEFAULT_REGION. Returns a malformed one too, and reports its fault. */
export const readRegion = ({ read, get }: Variables): string | undefined => {
  const variable = get("AWS_REGION") === undefined ? "AWS_DEFAULT_REGION" : "AWS_REGION"
  read(variable, region)
  return get(variable)
}

/** Reads how to call AWS. */
export const readAws = (variables: Variables): AwsSettings => {
  const useFips = variables.read(FIPS, awsBoolean) ?? false
  const useDualstack = variables.read(DUALSTACK, awsBoolean) ?? false
  const isIgnored = variables.read(IGNORE_ENDPOINTS, awsBoolean) ?? false
  const form = useFips ? FIPS : useDualstack ? DUALSTACK : undefined
  const endpoints = isIgnored ? {} : readEndpoints(variables, form)
  return { endpoints, useFips, useDualstack, credentials: readCredentials(variables) }
}
