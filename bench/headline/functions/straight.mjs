// A function that reads a secret from AWS at each invocation, with the SDK on an open connection.
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager"

const client = new SecretsManagerClient({})

export const handler = async () => {
  const startedAt = performance.now()
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: "secret_info" }))
  if (!SecretString) throw new Error("the secret is empty")
  return { milliseconds: performance.now() - startedAt, hit: null }
}
