/**
 * The function's own credentials, from where Lambda puts them: keys in the environment or, with SnapStart, the container
 * endpoint. The rest of the SDK's provider chain does not exist in Lambda; an agent outside of it loads that (`host/providers.ts`).
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { type CredentialSource, urlHost, isTrustedEndpoint } from "../config/environment/aws.ts"
import type { Exchange, Providers, Reply } from "../host/Platform.ts"

/** Credentials as the SDK's clients take them. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

export type CredentialsProvider = () => Promise<Credentials>

/** Has the name of the SDK's own error, which `awsErrors.ts` maps. */
class CredentialsProviderError extends Error {
  override readonly name = "CredentialsProviderError"
}

const MISSING =
  "no credentials in the environment: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY " +
  "nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

/**
 * The credentials in the endpoint's reply; undefined if there are none. The parser's message is dropped, because it would
 * quote the keys. Checked by hand, because Schema would be part of each cold start.
 */
const credentialsIn = (body: string): Credentials | undefined => {
  const reply = Result.getOrUndefined(Result.try((): unknown => JSON.parse(body)))
  if (!Predicate.isObject(reply)) return undefined
  const { AccessKeyId, Expiration, SecretAccessKey, Token } = reply
  if (!isText(AccessKeyId) || !isText(SecretAccessKey) || !isText(Token)) return undefined
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token }
  // Some endpoints give credentials that do not expire.
  if (Expiration === undefined || Expiration === null) return keys
  // @effect-diagnostics-next-line globalDate:off -- the SDK takes a Date
  const expiration = isText(Expiration) ? new Date(Expiration) : undefined
  return expiration === undefined || Number.isNaN(expiration.getTime()) ? undefined : { ...keys, expiration }
}

type Container = Extract<CredentialSource, { readonly _tag: "Container" }>

const authorizationToken = async ({ token, tokenFile }: Container): Promise<string | undefined> => {
  if (tokenFile === undefined) return token && Redacted.value(token)
  const { readFile } = await import("node:fs/promises")
  // The token rotates, so the file is read for every request.
  const text = await readFile(tokenFile, "utf8").catch(() => {
    throw new CredentialsProviderError("the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read")
  })
  return text.trim()
}

const fromContainer =
  (container: Container, exchange: (request: Exchange) => Promise<Reply>): CredentialsProvider =>
  async () => {
    const uri = Redacted.value(container.uri)
    if (!isTrustedEndpoint(uri)) {
      throw new CredentialsProviderError(
        `AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor on a trusted host: ${urlHost(uri)}`,
      )
    }
    const token = await authorizationToken(container)
    const headers = token === undefined ? {} : { authorization: token }
    const { body, status } = await exchange({ method: "GET", url: uri, headers, isFresh: true }).catch(() => {
      throw new CredentialsProviderError("the container's credentials endpoint cannot be reached")
    })
    if (status !== 200)
      throw new CredentialsProviderError(`the container's credentials endpoint answered ${status}`)
    const credentials = credentialsIn(body)
    if (credentials === undefined)
      throw new CredentialsProviderError("the container's credentials endpoint sent no credentials")
    return credentials
  }

/** How the SDK's providers are loaded, and the region that they call STS in. */
interface ProvidersOptions {
  readonly load: () => Promise<Providers>
  readonly region: string | undefined
}

/** Outside of Lambda, wherever the SDK's providers find credentials. What they say of failures may quote them. */
const fromProviders =
  ({ load, region }: ProvidersOptions): CredentialsProvider =>
  async () => {
    const [{ obtainCredentials }, { safeReason }] = await Promise.all([load(), import("./providerErrors.ts")])
    return obtainCredentials(region).catch((error: unknown) => {
      throw new CredentialsProviderError(safeReason(error))
    })
  }

/** The provider of the function's credentials. Rejects with `CredentialsProviderError`. */
export const functionCredentials = (
  source: CredentialSource | undefined,
  exchange: (request: Exchange) => Promise<Reply>,
  providers: ProvidersOptions = { load: () => Promise.reject(new Error(MISSING)), region: undefined },
): CredentialsProvider => {
  if (source === undefined) return () => Promise.reject(new CredentialsProviderError(MISSING))
  if (source._tag === "Providers") return fromProviders(providers)
  if (source._tag === "Container") return fromContainer(source, exchange)
  return () => Promise.resolve(Redacted.value(source.keys))
}
