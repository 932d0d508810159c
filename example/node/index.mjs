// Reads from the cache extension with Node.js alone. Copy what you need. If NODE_USE_ENV_PROXY sends every `fetch` through
// HTTP_PROXY, put 127.0.0.1 into NO_PROXY.
const CACHE = `http://127.0.0.1:${process.env.CACHE_EXTENSION_PORT ?? 4000}`
// Needed with `server.token: required` in config.yaml.
const TOKEN = { "X-Aws-Parameters-Secrets-Token": process.env.AWS_SESSION_TOKEN ?? "" }

const read = async (kind, query, headers = {}) => {
  const url = `${CACHE}/${kind}?${new URLSearchParams(query)}`
  const response = await fetch(url, { headers: { ...TOKEN, ...headers } })
  if (response.ok) return response.text()
  const { title, detail } = await response.json() // application/problem+json
  throw Object.assign(new Error(`${title}: ${detail}`), { status: response.status })
}

/** Uses a secret. If it is refused, it may have been rotated: fetches it from Secrets Manager and tries once more. */
const withSecret = async (name, use) => {
  try {
    return await use(await read("secrets", { name }))
  } catch (error) {
    if (error.status !== 401) throw error
    return use(await read("secrets", { name }, { "Cache-Control": "no-cache" }))
  }
}

/** Stands in for your database, which accepts one password. */
const login = (accepted) => (password) => {
  if (password !== accepted) throw Object.assign(new Error("wrong password"), { status: 401 })
  return "logged in"
}

export const handler = async ({ password }) => {
  const greeting = await read("parameters", { name: "CacheExtensions_Parameter1" })
  const item = JSON.parse(await read("dynamodb", { name: "DynamoDbTable-pKey1-sKey1" }))
  const names = ["CacheExtensions_Parameter1", "/aws/reference/secretsmanager/secret_info", "missing"]
  const several = JSON.parse(
    await read(
      "parameters",
      names.map((name) => ["name", name]),
    ),
  )
  return [
    greeting,
    item.Data,
    `${Object.keys(several.values).length} values, ${Object.keys(several.errors).length} error`,
    await withSecret("secret_info", login(password)),
    await read("parameters", { name: "missing" }).catch((error) => `${error.status} ${error.message}`),
  ].join("\n")
}
