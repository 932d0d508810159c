/**
 * `npm run bench:exec`: what the wrapper of the function's runtime (scripts/exec.sh) adds to a cold start, on each built layer,
 * for some numbers of variables.
 *
 * Local Lambda runs INIT with a runtime that does nothing but ask for its first event. The time from the start of the runtime
 * to that request is what a runtime waits. Each AWS call takes 20 ms, or as long as --latency says.
 */
import * as Effect from "effect/Effect"
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { isEvent } from "../local/lambda/events.ts"
import { LambdaEmulator } from "../local/lambda/LambdaEmulator.ts"
import { COUNT, COUNTS, parseOptions } from "../scripts/options.ts"
import { ROOT } from "../scripts/root.ts"
import { startAws } from "./support/aws.ts"
import { freePort } from "./support/processes.ts"
import { machine, progress, table } from "./support/report.ts"
import { median, summary } from "./support/stats.ts"
import { bunPath, WORK } from "./support/subjects.ts"

const values = parseOptions("Measures what resolving environment variables adds to a cold start.", {
  runs: { type: "string", default: "15", check: COUNT, description: "Starts for each row" },
  variables: {
    type: "string",
    default: "1,10,50",
    check: COUNTS,
    description: "How many variables refer to a parameter",
  },
  latency: { type: "string", default: "20", check: COUNT, description: "Milliseconds of each AWS call" },
})
const runs = Number(values.runs)

/** The least that a runtime does: bash asks for the first event, and waits for it. */
const RUNTIME = `#!/bin/bash
exec 3<>"/dev/tcp/\${AWS_LAMBDA_RUNTIME_API%:*}/\${AWS_LAMBDA_RUNTIME_API##*:}"
printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&3
read -r _ <&3
`

const names = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, at) => `/bench/variable-${at}`)

interface Row {
  readonly title: string
  /** Whether the runtime is started through the wrapper. */
  readonly isWrapped: boolean
  readonly variables: number
  readonly preload: boolean
}

const counts = values.variables.split(",").map(Number)

const rowsOf = (preload: boolean): ReadonlyArray<Row> => {
  const title = (what: string) => (preload ? `${what}, loaded at start-up` : what)
  const base: ReadonlyArray<Row> = [
    { title: title("no wrapper"), isWrapped: false, variables: 0, preload },
    { title: title("wrapper, no reference"), isWrapped: true, variables: 0, preload },
  ]
  const resolving = counts.map((variables) => {
    const what = `wrapper, ${variables} variable${variables === 1 ? "" : "s"}`
    return { title: title(what), isWrapped: true, variables, preload }
  })
  return base.concat(resolving)
}

const rows = [...rowsOf(false), ...rowsOf(true)]

const runtime = path.join(WORK, "exec/runtime")
const config = path.join(WORK, "exec/config.yaml")
mkdirSync(path.dirname(runtime), { recursive: true })
writeFileSync(runtime, RUNTIME)
chmodSync(runtime, 0o755)
// The same list for all rows, so that they differ in nothing else.
writeFileSync(config, `parameters:\n  - names: [${names(Math.max(...counts)).join(", ")}]\n`)

/** One start: milliseconds from the start of the runtime to its first poll, and of INIT. */
const startOnce = (tree: string, endpoint: string, port: number, row: Row) =>
  Effect.scoped(
    Effect.gen(function* () {
      const wrapper = path.join(tree, "cache-extension/exec")
      const lambda = yield* LambdaEmulator.make({
        function: {
          kind: "command",
          command: row.isWrapped ? wrapper : runtime,
          args: row.isWrapped ? [runtime] : [],
          taskRoot: WORK,
        },
        extensionsFolder: path.join(tree, "extensions"),
        memorySize: 512,
        environment: {
          AWS_ENDPOINT_URL: endpoint,
          CACHE_EXTENSION_CONFIG: config,
          CACHE_EXTENSION_PORT: String(port),
          CACHE_EXTENSION_INIT_STARTUP: String(row.preload),
          ...Object.fromEntries(
            names(row.variables).map((name, at) => [
              `BENCH_${at}`,
              `cache-extension://parameters?name=${name}`,
            ]),
          ),
        },
      })
      const init = yield* lambda.init
      const events = lambda.events.all()
      const started = events.find(isEvent("runtime-started"))?.at ?? Number.NaN
      const polled = events.filter(isEvent("next")).find(({ kind }) => kind === "function")?.at ?? Number.NaN
      return { waited: polled - started, init }
    }),
  )

const trees = ["node", "x86_64"]
  .map((name) => path.join(ROOT, "dist", name))
  .filter((tree) => existsSync(tree))
const aws = await startAws({ latency: Number(values.latency) })
console.log(machine(bunPath()))
for (const tree of trees) {
  const series = new Map(rows.map((row) => [row, { waited: new Array<number>(), init: new Array<number>() }]))
  for (let round = 0; round <= runs; round += 1) {
    progress(`${path.basename(tree)}: round ${round} of ${runs}`)
    for (const [row, { init, waited }] of series) {
      const start = await Effect.runPromise(startOnce(tree, aws.endpoint, await freePort(), row))
      // The first round warms the page cache.
      if (round === 0) continue
      init.push(start.init)
      waited.push(start.waited)
    }
  }
  const base = (preload: boolean) => {
    const first = rows.find((row) => !row.isWrapped && row.preload === preload)
    return median((first && series.get(first)?.waited) ?? [])
  }
  console.log(
    `\n${path.basename(tree)}, ${runs} starts each, ${values.latency} ms a call, in ms: median (least; p10-p90)\n`,
  )
  console.log(
    table(
      ["", "runtime started to its first poll", "added", "INIT"],
      Array.from(series, ([row, { init, waited }]) => [
        row.title,
        summary(waited),
        (median(waited) - base(row.preload)).toFixed(1),
        summary(init),
      ]),
    ),
  )
}
aws.stop()
