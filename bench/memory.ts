/**
 * `npm run bench:memory`: the memory that cached values take, on every built artifact. A cache is filled with values of
 * one size, then refreshes replace every value several times. The table compares the anonymous memory of the process with
 * the bytes of the values, and with the bytes that the cache counts for them.
 *
 * `--bytes n` (default 4 MiB) is `max_bytes`, `--sizes list` (default 100,1000,10000,100000) the sizes in characters,
 * `--rounds n` (default 2) how often every value is replaced. docs/performance.md says how the default of `max_bytes`
 * follows from it.
 */
import { writeFileSync } from "node:fs"
import http from "node:http"
import path from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { COUNT, COUNTS, parseOptions } from "../scripts/options.ts"
import { startAws } from "./support/aws.ts"
import { startExtensionsApi } from "./support/extensionsApi.ts"
import { anonymousBytes, lambdaVariables, memory } from "./support/processes.ts"
import { machine, progress, table } from "./support/report.ts"
import { type Server, startExtension } from "./support/servers.ts"
import { bunPath, choose, prepareSubjects, type Subject, SUBJECT_OPTIONS, WORK } from "./support/subjects.ts"

/** After "MB grown" comes that growth per byte of value, and per byte that the cache counts. */
const HEADER = [
  "values",
  "held",
  "MB of values",
  "MB counted",
  "filled: MB grown",
  "per value",
  "per counted",
  "churned: MB grown",
  "per value",
  "per counted",
  "peak RSS, MB",
]

/** Concurrent requests. */
const CONCURRENCY = 16

/** How long to wait for the garbage collectors of both runtimes, in milliseconds. */
const SETTLE = 1_000

/** Almost as many names as fit, so that nothing is evicted and every round replaces every value. */
const FILL = 0.95

/** The approximate overhead per entry, to compute how many names fit. */
const AROUND_VALUE = 1_000

const values = parseOptions("Measures the memory that cached values cost, on every built artifact.", {
  bytes: { type: "string", default: String(4 * 1_024 * 1_024), check: COUNT, description: "max_bytes" },
  sizes: {
    type: "string",
    default: "100,1000,10000,100000",
    check: COUNTS,
    description: "Characters of a value, one table row each",
  },
  rounds: { type: "string", default: "2", check: COUNT, description: "How often every value is replaced" },
  ...SUBJECT_OPTIONS,
  memory: { type: "string", default: "1769", check: COUNT, description: "Memory of the function, in MB" },
})

const subjects = prepareSubjects({ against: values.against })
const artifacts = choose(
  values.subject,
  subjects.groups.flatMap(({ before, extension }) => [before, extension]),
)
const api = await startExtensionsApi()
const aws = await startAws({ latency: 0 })
const config = path.join(WORK, "config.yaml")
writeFileSync(
  config,
  `on_demand: allow\ncache: { ttl: 1h, forced_refresh_interval: 0s, max_entries: 1000000, max_bytes: ${values.bytes} }\n`,
)

const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY })

const get = (port: number, target: string, headers: http.OutgoingHttpHeaders = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    http
      .get({ host: "127.0.0.1", port, path: target, headers, agent }, (response) => {
        let text = ""
        response.on("data", (chunk: Buffer) => (text += chunk.toString()))
        response.once("end", () =>
          response.statusCode === 200 ? resolve(text) : reject(new Error(`${target}: ${text}`)),
        )
      })
      .once("error", reject)
  })

const readAll = async (port: number, names: ReadonlyArray<string>, headers: http.OutgoingHttpHeaders) => {
  const left = names[Symbol.iterator]()
  const reader = async () => {
    for (const name of left) await get(port, `/secrets?name=${name}`, headers)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, reader))
}

const countedBy = async ({ port }: Server, metric: string): Promise<number> =>
  Number(new RegExp(`^${metric} (\\S+)`, "m").exec(await get(port, "/metrics"))?.[1])

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

const measure = async (extension: Subject, size: number): Promise<ReadonlyArray<string>> => {
  const server = await startExtension(extension, api, {
    ...lambdaVariables(api.address, aws.endpoint),
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: values.memory,
    PATH: `${subjects.nodeFolder}:/usr/local/bin:/usr/bin:/bin`,
    CACHE_EXTENSION_CONFIG: config,
    CACHE_EXTENSION_LOG_LEVEL: "error",
  })
  try {
    const count = Math.ceil((FILL * Number(values.bytes)) / (size + AROUND_VALUE))
    const names = Array.from({ length: count }, (_, index) => `filler-${size}-${index}`)
    // By now the SDK and the routes are loaded and warm.
    await readAll(server.port, ["filler-10-0", "filler-10-1"], {})
    await delay(SETTLE)
    const empty = anonymousBytes(server.pid)
    await readAll(server.port, names, {})
    await delay(SETTLE)
    const filled = anonymousBytes(server.pid) - empty
    const counted = await countedBy(server, "cache_extension_bytes")
    const held = await countedBy(server, "cache_extension_entries")
    for (let round = 0; round < Number(values.rounds); round += 1)
      await readAll(server.port, names, { "cache-control": "no-cache" })
    await delay(SETTLE)
    const churned = anonymousBytes(server.pid) - empty
    const bytes = size * held
    const factors = (grown: number) => [grown / bytes, grown / counted].map((factor) => factor.toFixed(2))
    const row = [
      `${extension.name}, ${size} B`,
      String(held),
      megabytes(bytes),
      megabytes(counted),
      megabytes(filled),
      ...factors(filled),
      megabytes(churned),
      ...factors(churned),
      memory(server.pid).peak.toFixed(0),
    ]
    progress(row.join(" | "))
    return row
  } finally {
    await server.kill()
  }
}

console.log(`Memory of ${values.bytes} bytes of values: ${machine(bunPath())}`)
for (const missing of subjects.missing) console.log(`Not measured: ${missing}`)
const rows: Array<ReadonlyArray<string>> = []
for (const extension of artifacts) {
  for (const size of values.sizes.split(",").map(Number)) {
    progress(`${extension.name}, values of ${size} B`)
    rows.push(await measure(extension, size))
  }
}
console.log(`\n${table(HEADER, rows)}`)

agent.destroy()
aws.stop()
api.close()
