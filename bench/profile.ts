/**
 * `npm run bench:profile`: where the time of a cold start goes, on both hosts. The program is bundled as for the artifacts
 * but not minified, and each file of the bundle records when its evaluation starts and ends. Prints the fastest of a few
 * starts: when each file was evaluated, its own time without that of the files it loaded, and the gaps.
 *
 * It does not measure the artifacts themselves: there is no code cache on Node, and Bun's bytecode is not minified. Only
 * the proportions count.
 */
import { spawnSync } from "node:child_process"
import path from "node:path"
import process from "node:process"
import { JIT_POLICY } from "../scripts/bun.ts"
import { type HostName, ROOT } from "../scripts/bundle.ts"
import { bundleInstrumented, type Note } from "../scripts/instrument.ts"
import { parseOptions } from "../scripts/options.ts"
import { startAws } from "./support/aws.ts"
import { startExtensionsApi } from "./support/extensionsApi.ts"
import { notesOf } from "./support/notes.ts"
import { machine, progress, table } from "./support/report.ts"
import { bunPath } from "./support/subjects.ts"

parseOptions("Shows which files a cold start evaluates when, and for how long, on both hosts.", {})

const RUNS = 7

/** How long to wait for the router to load after the first `next`, in milliseconds. */
const SETTLE = 200

const prepare = async (host: HostName): Promise<ReadonlyArray<string>> => {
  const folder = path.join(ROOT, ".work/profile", host)
  const { entry } = await bundleInstrumented(host, folder)
  if (host === "node") return [process.execPath, entry]

  const executable = path.join(folder, "executable")
  const flags = ["--compile", "--bytecode", "--minify", `--compile-jit-policy=${JIT_POLICY}`]
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

/** Each file with its start and its own time, and the gaps between files. */
const rowsOf = (notes: ReadonlyArray<Note>): ReadonlyArray<readonly [string, number, number]> => {
  const rows: Array<readonly [string, number, number]> = []
  const open: Array<{ readonly name: string; readonly from: number; nested: number }> = []
  let idleSince = 0
  for (const [what, name, at] of notes) {
    if (what === "use") continue
    if (what === "call") {
      rows.push([`(sends ${name})`, at, 0])
      continue
    }
    if (what === "in") {
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
    const notes = await notesOf({ api, awsEndpoint: aws.endpoint, command, preload: true, settle: SETTLE })
    const end = (all: ReadonlyArray<Note>) => all.at(-1)?.[2] ?? Infinity
    if (end(notes) < end(quickest)) quickest = notes
  }
  const rows = rowsOf(quickest)
    .filter(([name, , own]) => own >= 0.2 || name.startsWith("(sends"))
    .map(([name, from, own]) => [name, from.toFixed(1), own.toFixed(1)])
  console.log(`\n### ${host === "bun" ? "Standalone" : "Node"}\n`)
  console.log(table(["file of the bundle", "entered at, ms", "own ms"], rows))
}
aws.stop()
api.close()
