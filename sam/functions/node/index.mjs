// The sample function of the stack. It reads a parameter, a secret and an item from the cache extension, without an AWS
// SDK or any other dependency. It returns what it read, but only the length of the secret.
const EXTENSION = `http://127.0.0.1:${process.env.CACHE_EXTENSION_PORT ?? 4000}`
// The token that Lambda gives the function. config.yaml requires it (server.token).
const TOKEN = { "X-Aws-Parameters-Secrets-Token": process.env.AWS_SESSION_TOKEN ?? "" }

const read = async (kind, name) => {
  const url = `${EXTENSION}/${kind}?name=${encodeURIComponent(name)}`
  const response = await fetch(url, { headers: TOKEN })
  const body = await response.text()
  if (!response.ok) throw new Error(`${kind} ${name}: ${response.status} ${body}`)
  return body
}

export const handler = async () => {
  const parameter = await read("parameters", "CacheExtensions_Parameter1")
  const secret = await read("parameters", "/aws/reference/secretsmanager/secret_info")
  const item = await read("dynamodb", "DynamoDbTable-pKey1-sKey1")
  // The same parameter, in a variable that the layer's wrapper has set before this runtime started.
  const { GREETING: greeting } = process.env
  return { runtime: "nodejs", parameter, greeting, secretLength: secret.length, item: JSON.parse(item) }
}
