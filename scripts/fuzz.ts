// `npm run fuzz -- --seconds 60 [--artifact node] [--seed 1]`: fuzzing. Sends random requests made from the OpenAPI document,
// and random bytes, to all ports of the built executable (or the Node bundle), while local AWS injects faults.
//
// Every response must be one that schema/openapi.json declares. No log line is forged, invented names leave no metric series,
// nothing crashes, hangs or leaks. A seed repeats the same requests. A failure is printed after shrinking.
import * as Effect from "effect/Effect"
import path from "node:path"
import process from "node:process"
import { ROOT } from "./bundle.ts"
import { NUMBER, parseOptions } from "./options.ts"
import { fuzz, type FuzzReport, startWorld } from "./fuzz/fuzz.ts"
import type { Statuses } from "./fuzz/send.ts"
import { HEADER, rowOf } from "./soak/samples.ts"
import { judgeGrowth } from "./soak/verdict.ts"

/** A shorter run cannot tell a leak from warm-up. */
const ENOUGH_SECONDS = 180

/** How many of the extension's last log lines are shown with a failure. */
const LINES = 20

const values = parseOptions(
  "Sends random requests to a built artifact while AWS fails, and checks the answers.",
  {
    seconds: { type: "string", default: "60", check: NUMBER, description: "How long" },
    artifact: {
      type: "string",
      default: process.arch === "x64" ? "x86_64" : "arm64",
      description: "Folder of dist that is tested",
    },
    seed: {
      type: "string",
      check: NUMBER,
      description: "The same seed gives the same requests; another one each time by default",
    },
  },
)
const seconds = Number(values.seconds)
const seed = Number(values.seed ?? process.pid)
const artifact = {
  name: values.artifact,
  extensionsFolder: path.join(ROOT, "dist", values.artifact, "extensions"),
}

const totalOf = (statuses: Statuses): number =>
  Array.from(statuses.values()).reduce((total, count) => total + count, 0)

const written = (statuses: Statuses): string =>
  Array.from(statuses)
    .toSorted(([left], [right]) => left - right)
    .map(([status, count]) => `${status}: ${count}`)
    .join(", ")

/** Prints a row per minute. */
const makeRows = () => {
  let shown = 0
  return ({ calls, requests, samples }: FuzzReport, isLast: boolean): void => {
    const now = samples.at(-1)?.minute ?? 0
    for (; shown < (isLast ? now + 1 : now); shown += 1) {
      const minute = samples.filter((sample) => sample.minute === shown)
      if (minute.length > 0) console.log(rowOf(minute, totalOf(requests), calls))
    }
  }
}

const run = Effect.gen(function* () {
  const showRows = makeRows()
  const environment = yield* startWorld(artifact, { CACHE_EXTENSION_LOG_LEVEL: "error" })
  console.log(`Fuzz of ${artifact.name} for ${seconds} seconds, seed ${seed}`)
  console.log(HEADER)
  const report = yield* fuzz(environment, { seed, seconds, onRound: (one) => showRows(one, false) })
  showRows(report, true)
  const { extensions } = yield* environment.lambda.shutdown()
  return { report, exitCode: extensions[0]?.code ?? -1, lines: environment.lines() }
})

const { exitCode, lines, report } = await Effect.runPromise(Effect.scoped(run))
const { agent, compatible, connections, failure, requests, rounds, samples } = report
const findings = [
  { holds: failure === undefined, words: failure ?? `${rounds} rounds, every answer as declared` },
  { holds: true, words: `${totalOf(requests)} answers to requests, by status: ${written(requests)}` },
  {
    holds: true,
    words: `${totalOf(compatible)} answers of the compatible port, by status: ${written(compatible)}`,
  },
  { holds: true, words: `${totalOf(agent)} answers of the agent's port, by status: ${written(agent)}` },
  { holds: true, words: `${totalOf(connections)} answers to bytes, by status: ${written(connections)}` },
  { holds: exitCode === 0, words: `exit code ${exitCode}` },
  ...(seconds < ENOUGH_SECONDS ? [] : judgeGrowth(samples)),
]
if (failure !== undefined) for (const line of lines.slice(-LINES)) console.log(line)
for (const { holds, words } of findings) console.log(`${holds ? "ok  " : "FAIL"} ${words}`)
process.exitCode = findings.every(({ holds }) => holds) ? 0 : 1
