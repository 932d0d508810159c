/**
 * The function's credentials, from where Lambda puts them: the key triple in the environment or, with
 * SnapStart, the container endpoint. The longer provider chain of the SDK is not walked.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */

/** As the SDK's clients take them. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

export type CredentialsProvider = () => Promise<Credentials>

/** Rejects with the SDK's own error name, which `awsErrors` knows. */
class MissingCredentials extends Error {
  override readonly name = "CredentialsProviderError"
  override readonly message =
    "no credentials in the environment: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY " +
    "nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"
}

/** The container endpoint wins when both are there, as its credentials are renewed and the triple is not. */
export const credentialsFrom = (
  environment: Readonly<Record<string, string | undefined>>,
): CredentialsProvider => {
  const accessKeyId = environment["AWS_ACCESS_KEY_ID"]
  const secretAccessKey = environment["AWS_SECRET_ACCESS_KEY"]
  const sessionToken = environment["AWS_SESSION_TOKEN"]

  if (environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]) {
    return async () => {
      const { fromHttp } = await import("@aws-sdk/credential-provider-http")
      return fromHttp()()
    }
  }
  if (accessKeyId && secretAccessKey) {
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
    return () => Promise.resolve(credentials)
  }
  return () => Promise.reject(new MissingCredentials())
}
