// `npm run mutate -- --file src/cache/Slot.ts`: mutation testing. Makes one small change at a time in a file and runs the unit
// tests that import it. A mutant that no test fails on survives and is shown.
//
// A folder means all its files; the default is the core. Mutated sources exist only in memory. The exit status is 1 if fewer
// than 90 % of a file's mutants are killed. `--help` lists the options.
import { readdirSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ROOT } from "./bundle.ts"
import { EQUIVALENT } from "../test/mutation/equivalent.ts"
import { flat, isSame, type Mutant, mutantsOf, sampleOf } from "./mutate/mutants.ts"
import { COUNT, parseOptions } from "./options.ts"
import { readImporters } from "./mutate/related.ts"
import { prepare, type Verdict } from "./mutate/trials.ts"
import { makeWorker } from "./mutate/workers.ts"

/** The core: what decides which value is served, to whom, and when AWS is called. */
const CORE = [
  "src/domain",
  "src/cache",
  "src/sources",
  "src/aws",
  "src/kinds",
  "src/lambda/EventLoop.ts",
  "src/http/guard.ts",
  "src/http/token.ts",
  "src/http/shortcut.ts",
]

/** The percentage of a file's mutants that must be killed. */
const ENOUGH = 90

const values = parseOptions(
  "Makes one small mistake at a time in a file, and shows those that no unit test notices.",
  {
    file: {
      type: "string",
      multiple: true,
      default: CORE,
      description: "A file, or a folder for all its files",
    },
    sample: { type: "string", check: COUNT, description: "Tries so many mutants of each file" },
    seed: { type: "string", default: "1", check: COUNT, description: "Draws the sample" },
    workers: { type: "string", default: "1", check: COUNT, description: "Processes that run tests" },
    list: { type: "boolean", default: false, description: "Shows the mutants and runs nothing" },
    slow: {
      type: "boolean",
      default: false,
      description: "Also runs other files' tests of more than a second",
    },
    within: { type: "string", check: COUNT, description: "Runs only tests that are so many imports away" },
  },
)

const filesAt = (target: string): ReadonlyArray<string> => {
  const absolute = path.resolve(ROOT, target)
  const relative = path.relative(ROOT, absolute)
  return statSync(absolute).isDirectory()
    ? readdirSync(absolute)
        .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
        .map((name) => path.join(relative, name))
    : [relative]
}

const isEquivalent = (mutant: Mutant): boolean => EQUIVALENT.some((one) => isSame(one, mutant))

const shown = ({ after, before, file, line, operator, text }: Mutant): string =>
  `  ${file}:${line} ${operator}: ${flat(before)} -> ${flat(after) || "(nothing)"}\n    ${text}`

/** Entries of the list of equivalent mutants that match no mutant any more. */
const staleOf = (file: string, mutants: ReadonlyArray<Mutant>) =>
  EQUIVALENT.filter((one) => one.file === file && !mutants.some((mutant) => isSame(one, mutant)))

const importers = readImporters()
const workers = Array.from({ length: Number(values.workers) }, makeWorker)

/** Tries all mutants, one per worker at a time. */
const tryAll = async (file: string, mutants: ReadonlyArray<Mutant>): Promise<ReadonlyArray<Verdict>> => {
  const [first] = workers
  if (first === undefined || mutants.length === 0) return []
  const { tests, tryOut } = await prepare(importers, file, first, {
    within: Number(values.within ?? Infinity),
    withSlow: values.slow,
  })
  const took = tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  console.log(`${file}: ${mutants.length} mutants, ${tests.length} files of tests (${took.toFixed(0)} ms)`)
  const queue = mutants.values()
  const verdicts: Array<Verdict> = []
  const work = workers.map(async (worker) => {
    for (const mutant of queue) verdicts.push(await tryOut(worker, mutant))
  })
  await Promise.all(work)
  return verdicts.toSorted((left, right) => left.mutant.start - right.mutant.start)
}

const percent = (killed: number, all: number): number => (all === 0 ? 100 : (100 * killed) / all)

/** Whether enough of a file's mutants are killed. */
const judge = async (file: string): Promise<boolean> => {
  const all = mutantsOf(file, readFileSync(path.join(ROOT, file), "utf8"))
  const real = all.filter((mutant) => !isEquivalent(mutant))
  const chosen =
    values.sample === undefined ? real : sampleOf(real, Number(values.sample), Number(values.seed))
  for (const one of staleOf(file, all))
    console.log(
      `  not a mutant any more, to be taken off the list of equivalents: ${one.text}: ${one.before}`,
    )
  if (values.list) {
    for (const mutant of chosen) console.log(shown(mutant))
    return true
  }
  const begun = performance.now()
  const verdicts = await tryAll(file, chosen)
  const survivors = verdicts.filter(({ outcome }) => outcome._tag === "Survived")
  for (const { mutant } of survivors) console.log(shown(mutant))
  const killed = verdicts.length - survivors.length
  const share = percent(killed, verdicts.length)
  console.log(
    `${file}: ${killed} killed, ${survivors.length} survived (${share.toFixed(0)} %), ` +
      `${all.length - real.length} equivalent, ${((performance.now() - begun) / 1_000).toFixed(0)} s`,
  )
  return share >= ENOUGH
}

try {
  for (const file of new Set(values.file.flatMap(filesAt))) if (!(await judge(file))) process.exitCode = 1
} finally {
  for (const worker of workers) worker.stop()
}
