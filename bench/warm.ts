/**
 * `npm run bench:warm`: requests per second and latency of a GET of a cached parameter and a cached item, on every built
 * artifact, compared with a bare server of the same runtime that sends the same bytes.
 *
 * The servers take turns in short rounds under the load of `load.ts`: `--rounds n` (default 5) of `--seconds n` (default
 * 3) at each of `--connections list` (default 1,10,100). The method is described in docs/performance.md.
 */
import { writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { COUNT, COUNTS, NUMBER, parseOptions } from "../scripts/options.ts"
import type { Load } from "./load.ts"
import { startAws } from "./support/aws.ts"
import { startExtensionsApi } from "./support/extensionsApi.ts"
import { loadFrom } from "./support/load.ts"
import { lambdaVariables } from "./support/processes.ts"
import { machine, progress, table } from "./support/report.ts"
import { answerOf, type Server, startBare, startExtension } from "./support/servers.ts"
import { median, ratio } from "./support/stats.ts"
import { bunPath, type Group, prepareSubjects, WORK } from "./support/subjects.ts"
import { SMALL, TARGETS } from "./support/workloads.ts"

const HEADER = [
  "keep-alive",
  "requests/s",
  "ratio",
  "p50 µs",
  "ratio",
  "p99 µs",
  "ratio",
  "CPU µs",
  "ratio",
  "load's CPU",
]

/** A server and its request. */
interface Contender {
  readonly server: Server
  readonly what: string
  readonly target: string
  /** Its baseline. */
  readonly base: Server | undefined
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

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`

const rowsOf = (loads: Rounds): ReadonlyArray<ReadonlyArray<string>> => {
  const rowOf = ({ base, server, what }: Contender): ReadonlyArray<string> => {
    const series = (of: Server, figure: (load: Round) => number) =>
      Array.from(loads)
        .filter(([contender]) => contender.server === of && contender.what === what)
        .flatMap(([, rounds]) => rounds.map(figure))
    const cells = (figure: (load: Round) => number, digits = 0) => {
      const own = series(server, figure)
      return [median(own).toFixed(digits), base === undefined ? "" : ratio(own, series(base, figure))]
    }
    const figures = [
      cells((load) => load.requestsPerSecond),
      cells((load) => load.p50),
      cells((load) => load.p99),
      cells((load) => load.serverCpu, 1),
    ].flat()
    return [
      `${server.subject.name}, ${what}`,
      ...figures,
      percent(median(series(server, (load) => load.ownCpu))),
    ]
  }
  return Array.from(loads.keys(), rowOf)
}

const subjects = prepareSubjects()
const api = await startExtensionsApi()
const aws = await startAws({ latency: SMALL.latency })
const config = path.join(WORK, "config.yaml")
writeFileSync(config, SMALL.config)

/** An extension with its targets, and a bare server for each response. */
const contendersOf = async ({ bare, extension }: Group): Promise<ReadonlyArray<Contender>> => {
  const server = await startExtension(extension, api, {
    ...lambdaVariables(api.address, aws.endpoint),
    PATH: `${subjects.nodeFolder}:/usr/local/bin:/usr/bin:/bin`,
    CACHE_EXTENSION_CONFIG: config,
    CACHE_EXTENSION_INIT_STARTUP: "true",
  })
  const contenders: Array<Contender> = []
  for (const [what, target] of Object.entries(TARGETS)) {
    const base = await startBare(bare, await answerOf(server.port, target))
    contenders.push({ server: base, what, target, base: undefined }, { server, what, target, base })
  }
  return contenders
}

const contenders: Array<Contender> = []
for (const group of subjects.groups) contenders.push(...(await contendersOf(group)))

console.log(`Warm reads, ${values.rounds} rounds of ${values.seconds} s each: ${machine(bun)}`)
for (const missing of subjects.missing) console.log(`Not measured: ${missing}`)
for (const connections of values.connections.split(",")) {
  progress(`${connections} connections`)
  const loads = await measure(contenders, connections)
  console.log(`\n### ${connections} ${connections === "1" ? "connection" : "connections"}\n`)
  console.log(table(HEADER, rowsOf(loads)))
}

await Promise.all(Array.from(new Set(contenders.map(({ server }) => server)), ({ kill }) => kill()))
aws.stop()
api.close()
