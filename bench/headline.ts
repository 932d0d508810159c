/**
 * `npm run bench:headline`: what a function gains that reads a secret at each invocation, the headline of the Go original
 * ("22 ms to 3 ms"). In local Lambda, with the same delay of each AWS call: a function that calls AWS, and one that reads
 * through the extension. Prints a table and writes the plot of README.md.
 *
 * Batches of asynchronous invocations go to each function in turn, so that other work on the machine disturbs all of them
 * alike. The method is described in docs/performance.md.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ROOT } from "../scripts/bundle.ts"
import { COUNT, NUMBER, parseOptions } from "../scripts/options.ts"
import { contenders, startContender } from "./headline/contenders.ts"
import { HEADER, rowOf, type Sample, spreadOf } from "./headline/figures.ts"
import { plotOf } from "./headline/plot.ts"
import { startAws } from "./support/aws.ts"
import { machine, progress, table } from "./support/report.ts"

const values = parseOptions("Measures a function that reads a secret, with and without the extension.", {
  seconds: { type: "string", default: "120", check: NUMBER, description: "How long it measures" },
  invocations: {
    type: "string",
    default: "100",
    check: COUNT,
    description: "Asynchronous invocations a batch",
  },
  latency: {
    type: "string",
    default: "20",
    check: NUMBER,
    description: "Milliseconds that an AWS call takes",
  },
  plot: { type: "string", default: "docs/headline.svg", description: "Where the plot is written" },
})

const day = () => new Intl.DateTimeFormat("sv-SE").format()

const measure = Effect.fnUntraced(function* (endpoint: string) {
  const subjects = contenders()
  if (subjects.length === 1) return undefined
  const count = Number(values.invocations)
  const running = yield* Effect.forEach(subjects, (contender) =>
    Effect.map(startContender(contender, endpoint), (invoke) => ({
      name: contender.name,
      invoke,
      samples: [] as Array<Sample>,
    })),
  )
  progress("warm-up: a batch each")
  for (const { invoke } of running) yield* invoke(count, false)
  const end = (yield* Clock.currentTimeMillis) + Number(values.seconds) * 1_000
  do {
    for (const { invoke, samples } of running) samples.push(...(yield* invoke(count, true)))
    progress(`${running[0]?.samples.length ?? 0} invocations each`)
  } while ((yield* Clock.currentTimeMillis) < end)
  return running
}, Effect.scoped)

const aws = await startAws({ latency: Number(values.latency) })
const failed = (error: { readonly message: string }): Effect.Effect<never> =>
  Effect.sync(() => {
    console.error(error.message)
    process.exit(1)
  })
const all = await Effect.runPromise(
  measure(aws.endpoint).pipe(Effect.ensuring(Effect.sync(aws.stop)), Effect.catch(failed)),
)
if (all === undefined) {
  console.error('There is no layer in dist to measure: run "npm run build" first.')
  process.exit(1)
}

console.log(
  `A function that reads a secret, batches of ${values.invocations} asynchronous invocations in turn for ${values.seconds} s, each AWS call takes ${values.latency} ms: ${machine(undefined)}\n`,
)
console.log(table(HEADER, all.map(rowOf)))
const file = path.resolve(ROOT, values.plot)
writeFileSync(
  file,
  plotOf({
    title: "An invocation that reads a secret",
    subtitle: `npm run bench:headline on ${day()}: local Lambda, ${values.latency} ms an AWS call, ${all[0]?.samples.length ?? 0} invocations each`,
    rows: all.map(spreadOf),
  }),
)
console.log(`\nThe plot is in ${path.relative(process.cwd(), file)}.`)
