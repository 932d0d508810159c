// The same function with the extension: it reads the secret at a URL that the Go original has, too.
const SECRET = encodeURIComponent("/aws/reference/secretsmanager/secret_info")
const URL = `http://127.0.0.1:${process.env.CACHE_EXTENSION_PORT}/parameters?name=${SECRET}`

export const handler = async () => {
  const startedAt = performance.now()
  const response = await fetch(URL)
  const secret = await response.text()
  if (!response.ok || !secret.includes("secret_info"))
    throw new Error(`no secret: ${response.status} ${secret}`)
  // The Go original does not say whether it had the value in memory.
  const status = response.headers.get("cache-status")
  return { milliseconds: performance.now() - startedAt, hit: status && status.includes("; hit") }
}
