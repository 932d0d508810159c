/**
 * `npm run bench:warm`: requests per second and latency of a GET of a cached parameter and a cached item, on every built
 * artifact, compared with a bare server of the same runtime that sends the same bytes, with the Go program that this extension
 * succeeds, and with another commit.
 *
 * The servers take turns in short rounds under the load of `load.ts`: `--rounds n` (default 5) of `--seconds n` (default
 * 3) at each of `--connections list` (default 1,10,100). The method is described in docs/measuring.md.
 */
import { writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { COUNT, COUNTS, NUMBER, parseOptions } from "../scripts/options.ts"
import type { Load } from "./load.ts"
import { startAws } from "./support/aws.ts"
import { startExtensionsApi } from "./support/extensionsApi.ts"
import { loadFrom } from "./support/load.ts"
import { anonymousBytes, lambdaVariables, memory } from "./support/processes.ts"
import { machine, progress, table } from "./support/report.ts"
import { answerOf, type Server, startBare, startExtension } from "./support/servers.ts"
import { median, ratio } from "./support/stats.ts"
import {
  bunPath,
  choose,
  type Group,
  prepareSubjects,
  type Subject,
  SUBJECT_OPTIONS,
  WORK,
} from "./support/subjects.ts"
import { SMALL, TARGETS } from "./support/workloads.ts"

/** A server and its request. */
interface Contender {
  readonly server: Server
  readonly what: string
  readonly target: string
  /** The servers that it is compared with, by the same request. */
  readonly bases: ReadonlyArray<Server>
}

/** The result of a round. */
interface Round extends Load {
  /** CPU time of the server per request, in microseconds. Other work on the machine affects it least. */
  readonly serverCpu: number
}

type Rounds = ReadonlyMap<Contender, ReadonlyArray<Round>>

const values = parseOptions("Measures reads of values in memory, beside a bare server of the same runtime.", {
  rounds: { type: "string", default: "5", check: COUNT, description: "Rounds of load on each server" },
  seconds: { type: "string", default: "3", check: NUMBER, description: "Length of a round" },
  connections: {
    type: "string",
    default: "1,10,100",
    check: COUNTS,
    description: "Connections kept busy at the same time, one table each",
  },
  ...SUBJECT_OPTIONS,
  "cache-control": {
    type: "string",
    default: "",
    description: "Sent with each request; max-age=3600 measures a read from memory that the routes answer",
  },
})

const bun = bunPath()
if (bun === undefined) {
  console.error("Nothing measured: the load runs on Bun, which npm has not installed here.")
  process.exit(1)
}

const load = async ({ server, target }: Contender, connections: string): Promise<Round> => {
  const before = server.cpuTime()
  const figures = await loadFrom(bun, {
    port: server.port,
    path: target,
    connections,
    seconds: values.seconds,
    cacheControl: values["cache-control"],
  })
  return { ...figures, serverCpu: ((server.cpuTime() - before) / figures.requests) * 1_000 }
}

const measure = async (contenders: ReadonlyArray<Contender>, connections: string): Promise<Rounds> => {
  const loads = new Map<Contender, Array<Round>>(contenders.map((contender) => [contender, []]))
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [contender, series] of loads) series.push(await load(contender, connections))
  }
  return loads
}

interface Column {
  readonly title: string
  readonly of: (round: Round) => number
  readonly digits: number
}

const COLUMNS: ReadonlyArray<Column> = [
  { title: "requests/s", of: ({ requestsPerSecond }) => requestsPerSecond, digits: 0 },
  { title: "p50 µs", of: ({ p50 }) => p50, digits: 0 },
  { title: "p99 µs", of: ({ p99 }) => p99, digits: 0 },
  { title: "CPU µs", of: ({ serverCpu }) => serverCpu, digits: 1 },
  { title: "load's CPU", of: ({ ownCpu }) => ownCpu, digits: 2 },
]

/** A row per contender, then its ratios to its bases. */
const rowsOf = (loads: Rounds): ReadonlyArray<ReadonlyArray<string>> => {
  const all = Array.from(loads)
  const rows = all.map(([{ server, what }, rounds]) =>
    [`${server.subject.name}, ${what}`].concat(
      COLUMNS.map(({ digits, of }) => median(rounds.map(of)).toFixed(digits)),
    ),
  )
  const ratios = all.flatMap(([{ bases, server, what }, rounds]) =>
    bases.map((base) => {
      const others = all.find((other) => other[0].server === base && other[0].what === what)?.[1] ?? []
      return [`${server.subject.name} / ${base.subject.name}, ${what}`].concat(
        COLUMNS.map(({ of }) => ratio(rounds.map(of), others.map(of))),
      )
    }),
  )
  return [...rows, ...ratios]
}

const { groups, missing, nodeFolder, original } = prepareSubjects({ against: values.against, original: true })
const measured = new Set(
  choose(values.subject, [
    ...groups.flatMap(({ bare, before, extension }) => [bare, before, extension]),
    original,
  ]),
)
const api = await startExtensionsApi()
const aws = await startAws({ latency: SMALL.latency })
const config = path.join(WORK, "config.yaml")
writeFileSync(config, SMALL.config)

const startLoaded = (subject: Subject | undefined): Promise<Server | undefined> =>
  subject === undefined || !measured.has(subject)
    ? Promise.resolve(undefined)
    : startExtension(subject, api, {
        ...lambdaVariables(api.address, aws.endpoint),
        PATH: `${nodeFolder}:/usr/local/bin:/usr/bin:/bin`,
        CACHE_EXTENSION_CONFIG: config,
        CACHE_EXTENSION_INIT_STARTUP: "true",
      })

const isServer = (server: Server | undefined): server is Server => server !== undefined

/** The artifacts of a runtime, and a bare server for each response. */
const contendersOf = async ({ bare, before, extension }: Group, others: ReadonlyArray<Server>) => {
  const server = await startLoaded(extension)
  const earlier = await startLoaded(before)
  const contenders: Array<Contender> = []
  for (const [what, target] of Object.entries(TARGETS)) {
    const answer =
      server !== undefined && measured.has(bare) ? await answerOf(server.port, target) : undefined
    const base = answer === undefined ? undefined : await startBare(bare, answer)
    const ofTarget = [base, earlier].filter(isServer)
    contenders.push(...ofTarget.map((server) => ({ server, what, target, bases: [] })))
    if (server !== undefined) contenders.push({ server, what, target, bases: [...ofTarget, ...others] })
  }
  return contenders
}

const go = await startLoaded(original)
const contenders: Array<Contender> = []
for (const [what, target] of Object.entries(go === undefined ? {} : TARGETS))
  if (go !== undefined) contenders.push({ server: go, what, target, bases: [] })
for (const group of groups) contenders.push(...(await contendersOf(group, [go].filter(isServer))))
const servers = Array.from(new Set(contenders.map(({ server }) => server)))

console.log(`Warm reads, ${values.rounds} rounds of ${values.seconds} s each: ${machine(bun)}`)
for (const what of missing) console.log(`Not measured: ${what}`)
for (const connections of values.connections.split(",")) {
  progress(`${connections} connections`)
  const loads = await measure(contenders, connections)
  console.log(`\n### ${connections} ${connections === "1" ? "connection" : "connections"}\n`)
  console.log(table(["keep-alive", ...COLUMNS.map(({ title }) => title)], rowsOf(loads)))
}

console.log("\n### Memory after all rounds\n")
const memoryOf = ({ pid, subject }: Server): ReadonlyArray<string> => {
  const { now, peak } = memory(pid)
  return [subject.name, ...[anonymousBytes(pid) / 1e6, now, peak].map((megabytes) => megabytes.toFixed(1))]
}
const loaded = servers.filter(({ subject }) => subject.kind !== "bare")
console.log(table(["MB", "anonymous", "RSS", "peak RSS"], loaded.map(memoryOf)))

await Promise.all(servers.map(({ kill }) => kill()))
aws.stop()
api.close()
