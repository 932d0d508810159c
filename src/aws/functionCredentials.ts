/**
 * The function's credentials, from where Lambda puts them: the key triple in the environment or, with
 * SnapStart, the container endpoint. The longer provider chain of the SDK is not walked.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
import * as Schema from "effect/Schema"
import { hostOf, isTrustedEndpoint } from "../config/awsVariables.ts"
import type { Environment, Exchange, Reply } from "../host/Platform.ts"

/** As the SDK's clients take them. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

export type CredentialsProvider = () => Promise<Credentials>

/** Rejects with the SDK's own error name, which `awsErrors` knows. */
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
    // Some endpoints give keys without an end.
    Expiration: Schema.optionalKey(Schema.NullOr(Schema.DateFromString)),
  }),
)
const decodeReply = Schema.decodeUnknownPromise(ContainerReply)

const tokenFrom = async (environment: Environment): Promise<string | undefined> => {
  const file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
  if (!file) return environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] || undefined
  const { readFile } = await import("node:fs/promises")
  // Read each time: the token is replaced now and then.
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
    const token = await tokenFrom(environment)
    const headers = token === undefined ? {} : { authorization: token }
    const { body, status } = await exchange({ method: "GET", url: uri, headers, isFresh: true }).catch(() => {
      throw new CredentialsProviderError("the container's credentials endpoint cannot be reached")
    })
    if (status !== 200)
      throw new CredentialsProviderError(`the container's credentials endpoint answered ${status}`)
    const reply = await decodeReply(body).catch(() => {
      // The parser's words would quote the keys.
      throw new CredentialsProviderError("the container's credentials endpoint sent no credentials")
    })
    return {
      accessKeyId: reply.AccessKeyId,
      secretAccessKey: reply.SecretAccessKey,
      sessionToken: reply.Token,
      ...(reply.Expiration instanceof Date ? { expiration: reply.Expiration } : {}),
    }
  }

/** Whether the function's credentials come from the container endpoint: they end, and can be renewed. */
export const hasContainerCredentials = (environment: Environment): boolean =>
  Boolean(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"])

/** The container endpoint wins when both are there, as its credentials are renewed and the triple is not. */
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
