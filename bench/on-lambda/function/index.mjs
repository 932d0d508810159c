// The function of bench:lambda for Node: reads the same value twice from the extension, and returns how long that took in
// milliseconds, with the extension's metrics. Without the extension it does nothing.
import process from "node:process"

const ADDRESS = `http://127.0.0.1:${process.env.CACHE_EXTENSION_PORT ?? 4000}`

const read = async (path) => {
  const response = await fetch(`${ADDRESS}${path}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text
}

const timed = async (path) => {
  const start = performance.now()
  await read(path)
  return performance.now() - start
}

export const handler = async () => {
  if (process.env.BENCH_READS === undefined) return { first: null, second: null, metrics: null }
  const path = `/parameters?name=${process.env.BENCH_PARAMETER}`
  return { first: await timed(path), second: await timed(path), metrics: await read("/metrics") }
}
