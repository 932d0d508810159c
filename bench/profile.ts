/**
 * `npm run bench:profile`: where the time of a cold start goes, on both hosts. The program is bundled as for the artifacts
 * but not minified, and each file of the bundle records when its evaluation starts and ends. Prints the fastest of a few
 * starts: when each file was evaluated, its own time without that of the files it loaded, and the gaps.
 *
 * It does not measure the artifacts themselves: there is no code cache on Node, and Bun's bytecode is not minified. Only
 * the proportions count.
 */
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { text } from "node:stream/consumers"
import { setTimeout as delay } from "node:timers/promises"
import { rolldown } from "rolldown"
import { type HostName, inputOptions, outputOptions, ROOT } from "../scripts/bundle.ts"
import { parseOptions } from "../scripts/options.ts"
import { startAws } from "./support/aws.ts"
import { startExtensionsApi } from "./support/extensionsApi.ts"
import { freePort } from "./support/processes.ts"
import { machine, progress, table } from "./support/report.ts"
import { bunPath } from "./support/subjects.ts"

parseOptions("Shows which files a cold start evaluates when, and for how long, on both hosts.", {})

const RUNS = 7
const ENTRY = "program.cjs"

/** How long to wait for the router to load after the first `next`, in milliseconds. */
const SETTLE = 200

/** Instruments a file to record its start and end. The entry file prints the records when the process exits. */
const HEAD = `globalThis.__notes ??= [];
globalThis.__note ??= (what) => globalThis.__notes.push([what, performance.now()]);
`
const TAIL = `process.once("exit", () => console.log("NOTES" + JSON.stringify(globalThis.__notes)));\n`

type Note = readonly [what: string, at: number]

const instrument = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name)
    const note = (what: string) => `globalThis.__note(${JSON.stringify(`${what} ${name}`)});\n`
    const tail = name === ENTRY ? TAIL : ""
    writeFileSync(file, `${HEAD}${note("in")}${readFileSync(file, "utf8")}\n${note("out")}${tail}`)
  }
}

const prepare = async (host: HostName): Promise<ReadonlyArray<string>> => {
  const folder = path.join(ROOT, ".work/profile", host)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const bundle = await rolldown(inputOptions(host))
  await bundle.write({ ...outputOptions(folder), minify: false })
  await bundle.close()
  instrument(folder)
  const entry = path.join(folder, ENTRY)
  if (host === "node") return [process.execPath, entry]

  const executable = path.join(folder, "executable")
  const flags = ["--compile", "--bytecode", "--minify", "--compile-jit-policy=10"]
  const { status, stderr } = spawnSync(
    bunPath() ?? "bun",
    ["build", entry, `--outfile=${executable}`, ...flags],
    {
      encoding: "utf8",
    },
  )
  if (status !== 0) throw new Error(`the executable could not be compiled: ${stderr}`)
  return [executable]
}

const api = await startExtensionsApi()
const aws = await startAws({ latency: 0 })

/** The records of one start. The last is the first `next`. */
const run = async ([command = "", ...args]: ReadonlyArray<string>): Promise<ReadonlyArray<Note>> => {
  const next = new Promise<void>((resolve) =>
    api.listen({ registered: () => {}, next: () => resolve(), fault: progress }),
  )
  const child = spawn(command, [...args, "cache-extension"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: "us-west-2",
      AWS_ACCESS_KEY_ID: "bench",
      AWS_SECRET_ACCESS_KEY: "bench",
      CACHE_EXTENSION_CONFIG: path.join(ROOT, "example/config.yaml"),
      CACHE_EXTENSION_INIT_STARTUP: "true",
      CACHE_EXTENSION_PORT: String(await freePort()),
    },
  })
  const printed = text(child.stdout)
  await next
  await delay(SETTLE)
  child.kill("SIGTERM")
  await once(child, "exit")
  const line = (await printed).split("\n").find((words) => words.startsWith("NOTES")) ?? "NOTES[]"
  return JSON.parse(line.slice("NOTES".length)) as ReadonlyArray<Note>
}

/** Each file with its start and its own time, and the gaps between files. */
const rowsOf = (notes: ReadonlyArray<Note>): ReadonlyArray<readonly [string, number, number]> => {
  const rows: Array<readonly [string, number, number]> = []
  const open: Array<{ readonly name: string; readonly from: number; nested: number }> = []
  let idleSince = 0
  for (const [what, at] of notes) {
    const [kind, name = ""] = what.split(" ")
    if (kind === "in") {
      if (open.length === 0) rows.push(["(between: run, wait)", idleSince, at - idleSince])
      open.push({ name, from: at, nested: 0 })
      continue
    }
    const left = open.pop()
    if (left === undefined) continue
    const took = at - left.from
    rows.push([left.name, left.from, took - left.nested])
    const outer = open.at(-1)
    if (outer === undefined) idleSince = at
    else outer.nested += took
  }
  return rows.toSorted((left, right) => left[1] - right[1])
}

console.log(`Profile of a cold start, the quickest of ${RUNS}: ${machine(bunPath())}`)
for (const host of ["bun", "node"] as const) {
  progress(host)
  const command = await prepare(host)
  let quickest: ReadonlyArray<Note> = []
  for (let count = 0; count < RUNS; count += 1) {
    const notes = await run(command)
    const end = (all: ReadonlyArray<Note>) => all.at(-1)?.[1] ?? Infinity
    if (end(notes) < end(quickest)) quickest = notes
  }
  const rows = rowsOf(quickest)
    .filter(([, , own]) => own >= 0.2)
    .map(([name, from, own]) => [name, from.toFixed(1), own.toFixed(1)])
  console.log(`\n### ${host === "bun" ? "Standalone" : "Node"}\n`)
  console.log(table(["file of the bundle", "entered at, ms", "own ms"], rows))
}
aws.stop()
api.close()
