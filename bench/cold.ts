/**
 * `npm run bench:cold`: how long the built artifacts take from exec to an open port, to `register`, to the first
 * `event/next`, beside a bare HTTP server of the same runtime: over plain HTTP and TLS, with a warm and a dropped
 * page cache, on all CPUs and on one.
 *
 * `--runs n` of each subject per case (default 15; one more to warm up is thrown away), `--only text` (repeatable)
 * for the cases whose title holds every text, `--subject text` (repeatable) for the subjects whose name holds one of
 * them, `--against folder` for the artifacts of another commit. The method is described in docs/performance.md.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import path from "node:path"
import { COUNT, parseOptions } from "../scripts/options.ts"
import { startAws } from "./support/aws.ts"
import { type Case, casesFor } from "./support/cases.ts"
import { makeCertificate } from "./support/certificates.ts"
import { cannotForget, cannotPin, forgetAll, leaveFirstCpu, onFirstCpu } from "./support/conditions.ts"
import { type ExtensionsApi, startExtensionsApi } from "./support/extensionsApi.ts"
import { freePort, lambdaVariables } from "./support/processes.ts"
import { machine, progress, table } from "./support/report.ts"
import { measureStart, type Start } from "./support/start.ts"
import { median, ratio, summary } from "./support/stats.ts"
import {
  bunPath,
  type Group,
  prepareSubjects,
  type Subject,
  type Subjects,
  WORK,
} from "./support/subjects.ts"

const CPUS = availableParallelism()

interface Column {
  readonly title: string
  readonly of: (start: Start) => number
  readonly show: (series: ReadonlyArray<number>) => string
}

/** Medians are enough for memory and CPU time, which vary little. */
const middle = (series: ReadonlyArray<number>): string => median(series).toFixed(1)

const COLUMNS: ReadonlyArray<Column> = [
  { title: "port open", of: ({ portOpen }) => portOpen, show: summary },
  { title: "registered", of: ({ registered }) => registered, show: summary },
  { title: "first next", of: ({ firstNext }) => firstNext, show: summary },
  { title: "CPU", of: ({ cpu }) => cpu, show: middle },
  { title: "peak MB", of: ({ peakMemory }) => peakMemory, show: middle },
  { title: "idle MB", of: ({ idleMemory }) => idleMemory, show: middle },
  { title: "anonymous MB", of: ({ anonymous }) => anonymous, show: middle },
]

type Starts = ReadonlyMap<Subject, ReadonlyArray<Start>>

/** One start of a subject under the conditions of a case. */
const startUnder = async (
  { dropped, oneCpu, preload, transport, workload }: Case,
  subject: Subject,
  context: {
    readonly api: ExtensionsApi
    readonly awsEndpoint: string
    readonly config: string
    readonly nodeFolder: string
  },
): Promise<Start> => {
  const { api, awsEndpoint, config, nodeFolder } = context
  const port = await freePort()
  if (dropped) forgetAll(subject.files)
  return measureStart(subject, {
    api,
    port,
    probe: workload.probe,
    preload,
    command: oneCpu ? onFirstCpu(subject.command) : subject.command,
    variables: {
      ...lambdaVariables(api.address, awsEndpoint),
      ...transport.variables,
      PATH: `${nodeFolder}:/usr/local/bin:/usr/bin:/bin`,
      BENCH_PORT: String(port),
      CACHE_EXTENSION_PORT: String(port),
      CACHE_EXTENSION_CONFIG: config,
      CACHE_EXTENSION_INIT_STARTUP: String(preload),
    },
  })
}

/** Starts every subject `runs` times in turn, after a warm-up round. */
const measureCase = async (
  given: Case,
  { groups, nodeFolder }: Subjects,
  api: ExtensionsApi,
  runs: number,
): Promise<Starts> => {
  const { oneCpu, transport, workload } = given
  const config = path.join(WORK, "config.yaml")
  writeFileSync(config, workload.config)
  const aws = await startAws({ latency: workload.latency, certificate: transport.certificate })
  const restore = oneCpu ? leaveFirstCpu([aws.pid], CPUS) : () => {}
  const starts = new Map<Subject, Array<Start>>(
    groups
      .flatMap(subjectsOf)
      .filter(isMeasured)
      .map((subject) => [subject, []]),
  )
  for (let round = 0; round <= runs; round++) {
    // In alternating order, so that no subject always follows the same one.
    const turns = round % 2 === 0 ? [...starts] : [...starts].reverse()
    for (const [subject, series] of turns) {
      const start = await startUnder(given, subject, { api, awsEndpoint: aws.endpoint, config, nodeFolder })
      if (round > 0) series.push(start)
    }
  }
  restore()
  aws.stop()
  return starts
}

/** A row per measured subject, and the ratios of the artifact to the others. */
const rowsOf = (group: Group, starts: Starts): ReadonlyArray<ReadonlyArray<string>> => {
  const series = (subject: Subject, of: (start: Start) => number) => (starts.get(subject) ?? []).map(of)
  const measured = subjectsOf(group).filter((subject) => starts.has(subject))
  const rows = measured.map((subject) =>
    [subject.name].concat(COLUMNS.map(({ of, show }) => show(series(subject, of)))),
  )
  const { extension } = group
  const bases = starts.has(extension) ? measured.filter((subject) => subject !== extension) : []
  const ratios = bases.map((base) =>
    [`${extension.name} / ${base.name}`].concat(
      COLUMNS.map(({ of }) => ratio(series(extension, of), series(base, of))),
    ),
  )
  return [...rows, ...ratios]
}

const values = parseOptions("Measures the cold start of the built artifacts beside a bare HTTP server.", {
  runs: { type: "string", default: "15", check: COUNT, description: "Starts of each subject per case" },
  only: {
    type: "string",
    multiple: true,
    default: [],
    description: "Only cases whose title holds this text",
  },
  subject: {
    type: "string",
    multiple: true,
    default: [],
    description: "Only subjects whose name holds this text",
  },
  against: {
    type: "string",
    description: "A dist folder of another commit, measured in turns with this one",
  },
})
const runs = Number(values.runs)

const subjectsOf = ({ bare, before, extension }: Group): ReadonlyArray<Subject> =>
  before === undefined ? [bare, extension] : [bare, before, extension]

const isMeasured = ({ name }: Subject): boolean =>
  values.subject.length === 0 || values.subject.some((text) => name.includes(text))

const subjects = prepareSubjects(values.against)
const certificates = path.join(WORK, "certificates")
mkdirSync(certificates, { recursive: true })
const certificate = makeCertificate(certificates)
const notDropping = cannotForget(subjects.groups.flatMap(({ extension }) => extension.files))
const notPinning = cannotPin(CPUS)
const cases = casesFor({
  certificate,
  dropping: notDropping === undefined,
  pinning: notPinning === undefined,
}).filter(({ title }) => values.only.every((text) => title.includes(text)))

console.log(`Cold start, ${runs} runs each: ${machine(bunPath())}`)
for (const missing of subjects.missing) console.log(`Not measured: ${missing}`)
if (certificate === undefined) console.log("Not measured: TLS: openssl 3 is missing")
if (notDropping !== undefined) console.log(`Not measured: a dropped page cache: ${notDropping}`)
if (notPinning !== undefined) console.log(`Not measured: one CPU: ${notPinning}`)

const api = await startExtensionsApi()
for (const [index, given] of cases.entries()) {
  progress(`${index + 1}/${cases.length} ${given.title}`)
  const starts = await measureCase(given, subjects, api, runs)
  const rows = subjects.groups.flatMap((group) => rowsOf(group, starts))
  const header = ["ms: median (least; p10-p90)", ...COLUMNS.map(({ title }) => title)]
  console.log(`\n### ${given.title}\n\n${table(header, rows)}`)
}
api.close()
