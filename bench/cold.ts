/**
 * `npm run bench:cold`: what a cold start of the built artifacts takes, in time, CPU and memory, to the first `event/next`
 * and the first reads. Beside them: a bare HTTP server of the same runtime, the Go program that this extension succeeds, and
 * another commit. The cases are in `support/cases.ts`, the method in docs/measuring.md.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import path from "node:path"
import { choiceFault, COUNT, parseOptions, refuse } from "../scripts/options.ts"
import { startAws } from "./support/aws.ts"
import { type Case, casesFor } from "./support/cases.ts"
import { cellsOf, columnsOf, ratiosOf, TABLES } from "./support/columns.ts"
import { makeCertificate } from "./support/certificates.ts"
import { cannotForget, cannotPin, forgetAll, leaveFirstCpu, onFirstCpu } from "./support/conditions.ts"
import { cannotLimitCpu, limitCpu } from "./support/cpuShare.ts"
import { type ExtensionsApi, startExtensionsApi } from "./support/extensionsApi.ts"
import { loadFrom } from "./support/load.ts"
import { freePort, lambdaVariables } from "./support/processes.ts"
import { machine, progress, table } from "./support/report.ts"
import { measureStart, type Start } from "./support/start.ts"
import {
  bunPath,
  choose,
  type Group,
  prepareSubjects,
  type Subject,
  SUBJECT_OPTIONS,
  WORK,
} from "./support/subjects.ts"
import { TIER_VARIABLES } from "./support/workloads.ts"

const CPUS = availableParallelism()

/** Seconds of load at each of two numbers of connections. */
const LOAD_SECONDS = 0.5
const LOAD_CONNECTIONS = [10, 100]

type Columns = ReturnType<typeof columnsOf>
type Starts = ReadonlyMap<Subject, ReadonlyArray<Start>>

const load = async (bun: string, port: number, path: string): Promise<void> => {
  for (const connections of LOAD_CONNECTIONS)
    await loadFrom(bun, { port, path, connections, seconds: LOAD_SECONDS })
}

/** One start of a subject under the conditions of a case. */
const startUnder = async (
  { dropped, hasTier, loading, memory, oneCpu, transport, workload }: Case,
  subject: Subject,
  context: {
    readonly api: ExtensionsApi
    readonly awsEndpoint: string
    readonly config: string
    readonly nodeFolder: string
    readonly isLoaded: boolean
    readonly limited: (command: ReadonlyArray<string>) => ReadonlyArray<string>
  },
): Promise<Start> => {
  const { api, awsEndpoint, config, isLoaded, limited, nodeFolder } = context
  const port = await freePort()
  const preload = loading === "preload"
  if (dropped) forgetAll(subject.files)
  return measureStart(subject, {
    api,
    port,
    probe: workload.probe,
    early: loading === "lazy, a read in INIT" ? workload.early : undefined,
    preload,
    load: isLoaded && bun !== undefined ? (port) => load(bun, port, workload.probe) : undefined,
    command: oneCpu ? onFirstCpu(subject.command) : limited(subject.command),
    variables: {
      ...lambdaVariables(api.address, awsEndpoint),
      ...transport.variables,
      ...(hasTier === true ? TIER_VARIABLES : {}),
      ...(memory === undefined ? {} : { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory) }),
      PATH: `${nodeFolder}:/usr/local/bin:/usr/bin:/bin`,
      BENCH_PORT: String(port),
      CACHE_EXTENSION_PORT: String(port),
      CACHE_EXTENSION_CONFIG: config,
      CACHE_EXTENSION_INIT_STARTUP: String(preload),
    },
  })
}

/** Starts every subject `runs` times in turn, after a warm-up round. */
const measureCase = async (given: Case, subjects: ReadonlyArray<Subject>): Promise<Starts> => {
  const { dropped, memory, oneCpu, transport, workload } = given
  const config = path.join(WORK, "config.yaml")
  writeFileSync(config, workload.config)
  const aws = await startAws({ latency: workload.latency, certificate: transport.certificate })
  const restore = oneCpu ? leaveFirstCpu([aws.pid], CPUS) : () => {}
  const starts = new Map<Subject, Array<Start>>(subjects.map((subject) => [subject, []]))
  const share = memory === undefined ? undefined : limitCpu(memory)
  const limited = share?.limited ?? ((command) => command)
  const loads = dropped || oneCpu || memory !== undefined ? 0 : Number(values.loads)
  for (let round = 0; round <= runs; round++) {
    // In alternating order, so that no subject always follows the same one.
    const turns = round % 2 === 0 ? [...starts] : [...starts].reverse()
    const isLoaded = round > 0 && round <= loads
    for (const [subject, series] of turns) {
      const context = { api, awsEndpoint: aws.endpoint, config, nodeFolder, isLoaded, limited }
      const start = await startUnder(given, subject, context)
      if (round > 0) series.push(start)
    }
  }
  restore()
  share?.remove()
  aws.stop()
  return starts
}

/** A row per measured subject, and the ratios of the artifacts to the others. */
const rowsOf = (columns: Columns, starts: Starts): ReadonlyArray<ReadonlyArray<string>> => {
  const of = (subject: Subject) => starts.get(subject) ?? []
  const rowOf = (subject: Subject) => [subject.name].concat(cellsOf(columns, of(subject)))
  const compared = ({ bare, before, extension }: Group) =>
    [bare, before, original]
      .filter((base) => base !== undefined)
      .filter((base) => starts.has(base) && starts.has(extension))
      .map((base) => [`${extension.name} / ${base.name}`].concat(ratiosOf(columns, of(extension), of(base))))
  return [...Array.from(starts.keys(), rowOf), ...groups.flatMap(compared)]
}

const values = parseOptions("Measures the cold start of the built artifacts beside a bare HTTP server.", {
  runs: { type: "string", default: "15", check: COUNT, description: "Starts of each subject per case" },
  loads: {
    type: "string",
    default: "3",
    check: COUNT,
    description: "How many of them are followed by a load",
  },
  memory: {
    type: "string",
    default: "",
    check: /^(\d+(,\d+)*)?$/,
    description: "Also with the part of a CPU that functions of these MB have, as 128,512,1769",
  },
  only: {
    type: "string",
    multiple: true,
    default: [],
    description: "Only cases whose title holds this text; with several, all of them",
  },
  ...SUBJECT_OPTIONS,
})
const runs = Number(values.runs)

const bun = bunPath()
const { groups, missing, nodeFolder, original } = prepareSubjects({ against: values.against, original: true })
const measured = choose(values.subject, [
  ...groups.flatMap(({ bare, before, extension }) => [bare, before, extension]),
  original,
])
const certificates = path.join(WORK, "certificates")
mkdirSync(certificates, { recursive: true })
const certificate = makeCertificate(certificates)
const notDropping = cannotForget(measured.flatMap(({ files }) => files))
const notPinning = cannotPin(CPUS)
const possible = casesFor({
  certificate,
  dropping: notDropping === undefined,
  pinning: notPinning === undefined,
  memories: cannotLimitCpu === undefined ? values.memory.split(",").filter(Boolean).map(Number) : [],
})
const cases = possible.filter(({ title }) => values.only.every((text) => title.includes(text)))
const titles = (of: ReadonlyArray<Case>) => of.map(({ title }) => title)
const fault = choiceFault("--only", titles(cases), titles(possible))
if (fault !== undefined) refuse(fault)

console.log(`Cold start, ${runs} runs each: ${machine(bun)}`)
for (const what of missing) console.log(`Not measured: ${what}`)
if (certificate === undefined) console.log("Not measured: TLS: openssl 3 is missing")
if (notDropping !== undefined) console.log(`Not measured: a dropped page cache: ${notDropping}`)
if (values.memory !== "" && cannotLimitCpu !== undefined)
  console.log(`Not measured: the CPU of a function: ${cannotLimitCpu}`)
if (notPinning !== undefined) console.log(`Not measured: one CPU: ${notPinning}`)

const api = await startExtensionsApi()
for (const [index, given] of cases.entries()) {
  progress(`${index + 1}/${cases.length} ${given.title}`)
  const starts = await measureCase(given, measured)
  console.log(`\n### ${given.title}`)
  for (const [title, all] of TABLES) {
    const columns = columnsOf(all, [...starts.values()])
    console.log(`\n${table([title, ...columns.map(({ title }) => title)], rowsOf(columns, starts))}`)
  }
}
api.close()
