// A Lambda function that reads a parameter, a secret and a DynamoDB item from the cache extension. It needs no AWS SDK
// and no other dependency. `npm start` runs it.
const EXTENSION = `http://127.0.0.1:${process.env.CACHE_EXTENSION_PORT ?? 4000}`
// The token that Lambda gives the function. Needed with `server.token: required` in config.yaml.
const TOKEN = { "X-Aws-Parameters-Secrets-Token": process.env.AWS_SESSION_TOKEN ?? "" }

const read = async (kind, name) => {
  const startedAt = performance.now()
  const url = `${EXTENSION}/${kind}?name=${encodeURIComponent(name)}`
  const response = await fetch(url, { headers: TOKEN })
  const body = await response.text()
  if (!response.ok) throw new Error(`${kind} ${name}: ${body}`)
  return {
    name: `${kind} ${name}`,
    body,
    milliseconds: performance.now() - startedAt,
    cacheStatus: response.headers.get("cache-status"),
  }
}

export const handler = async () => {
  const parameter = await read("parameters", "CacheExtensions_Parameter1")
  const secret = await read("parameters", "/aws/reference/secretsmanager/secret_info")
  const item = await read("dynamodb", "DynamoDbTable-pKey1-sKey1")
  console.log(`read "${parameter.body}", a secret of ${secret.body.length} characters and ${item.body}`)
  return [parameter, secret, item].map(({ name, milliseconds, cacheStatus }) => ({
    name,
    milliseconds,
    cacheStatus,
  }))
}
