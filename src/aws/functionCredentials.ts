/**
 * The function's own credentials, from where Lambda puts them: keys in the environment or, with SnapStart, the container
 * endpoint. The rest of the SDK's provider chain does not exist in Lambda.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
import * as Schema from "effect/Schema"
import { hostOf, isTrustedEndpoint } from "../config/awsVariables.ts"
import type { Environment, Exchange, Reply } from "../host/Platform.ts"

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

const ContainerReply = Schema.fromJsonString(
  Schema.Struct({
    AccessKeyId: Schema.NonEmptyString,
    SecretAccessKey: Schema.NonEmptyString,
    Token: Schema.NonEmptyString,
    // Some endpoints give credentials that do not expire.
    Expiration: Schema.optionalKey(Schema.NullOr(Schema.DateFromString)),
  }),
)
const decodeReply = Schema.decodeUnknownPromise(ContainerReply)

const authorizationToken = async (environment: Environment): Promise<string | undefined> => {
  const file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
  if (!file) return environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] || undefined
  const { readFile } = await import("node:fs/promises")
  // The token rotates, so the file is read for every request.
  const token = await readFile(file, "utf8").catch(() => {
    throw new CredentialsProviderError("the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read")
  })
  return token.trim()
}

const fromContainer =
  (
    uri: string,
    environment: Environment,
    exchange: (request: Exchange) => Promise<Reply>,
  ): CredentialsProvider =>
  async () => {
    if (!isTrustedEndpoint(uri)) {
      throw new CredentialsProviderError(
        `AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor on a trusted host: ${hostOf(uri)}`,
      )
    }
    const token = await authorizationToken(environment)
    const headers = token === undefined ? {} : { authorization: token }
    const { body, status } = await exchange({ method: "GET", url: uri, headers, isFresh: true }).catch(() => {
      throw new CredentialsProviderError("the container's credentials endpoint cannot be reached")
    })
    if (status !== 200)
      throw new CredentialsProviderError(`the container's credentials endpoint answered ${status}`)
    const reply = await decodeReply(body).catch(() => {
      // The parser's message would quote the keys.
      throw new CredentialsProviderError("the container's credentials endpoint sent no credentials")
    })
    return {
      accessKeyId: reply.AccessKeyId,
      secretAccessKey: reply.SecretAccessKey,
      sessionToken: reply.Token,
      ...(reply.Expiration instanceof Date ? { expiration: reply.Expiration } : {}),
    }
  }

/** Whether the credentials come from the container endpoint: those expire and can be renewed. */
export const hasContainerCredentials = (environment: Environment): boolean =>
  Boolean(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"])

/**
 * The provider of the function's credentials. If both are there, the container endpoint wins: its credentials can be renewed.
 * Rejects with `CredentialsProviderError`.
 */
export const functionCredentials = (
  environment: Environment,
  exchange: (request: Exchange) => Promise<Reply>,
): CredentialsProvider => {
  const uri = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
  if (uri) return fromContainer(uri, environment, exchange)

  const accessKeyId = environment["AWS_ACCESS_KEY_ID"]
  const secretAccessKey = environment["AWS_SECRET_ACCESS_KEY"]
  const sessionToken = environment["AWS_SESSION_TOKEN"]
  if (!accessKeyId || !secretAccessKey) return () => Promise.reject(new CredentialsProviderError(MISSING))

  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
  return () => Promise.resolve(credentials)
}
