/**
 * Tries the mutants of one file. First the tests run on the original, to see that they pass and how long they take. Then they
 * run on each mutant, the nearest and fastest tests first, until one fails.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import { ROOT } from "../bundle.ts"
import { applied, type Mutant } from "./mutants.ts"
import { dependents, type Importers, isOwnTest, testsOf } from "./related.ts"
import type { Outcome, Worker } from "./workers.ts"

/** Test files of other files that take longer, in milliseconds, only run with `--slow`. */
const SLOW = 1_000

/** How long a test may take, in milliseconds, on top of four times the time of its whole file. */
const PATIENCE = 2_000

/** The limit for the first run of a test file, which also loads everything. */
const FIRST_LIMIT = 60_000

export interface Verdict {
  readonly mutant: Mutant
  readonly outcome: Outcome
}

interface Timed {
  readonly file: string
  readonly milliseconds: number
}

interface FileTrials {
  readonly tests: ReadonlyArray<Timed>
  readonly tryOut: (worker: Worker, mutant: Mutant) => Promise<Verdict>
}

/** Runs tests on the original. The second run is timed, because the first one loads everything. */
export const prepare = async (
  importers: Importers,
  file: string,
  worker: Worker,
  { within, withSlow }: { readonly within: number; readonly withSlow: boolean },
): Promise<FileTrials> => {
  const source = readFileSync(path.join(ROOT, file), "utf8")
  const fresh = Array.from(dependents(importers, file).keys())
  const related = testsOf(importers, file, within)
  const measure = async (tests: ReadonlyArray<string>): Promise<ReadonlyArray<Timed>> => {
    const times: Array<Timed> = []
    for (const test of tests) {
      const trial = { file, mutated: undefined, fresh, tests: [{ file: test, limit: FIRST_LIMIT }] }
      const outcome = await worker.run(trial, (_, milliseconds) => times.push({ file: test, milliseconds }))
      if (outcome._tag === "Killed")
        console.log(`  ${test} is left out, it fails without a mutation: ${outcome.message}`)
    }
    return times
  }
  const isQuick =
    (limit: number) =>
    (one: Timed): boolean =>
      withSlow || one.milliseconds < limit || isOwnTest(file, one.file)
  const first = (await measure(related)).filter(isQuick(10 * SLOW))
  const second = (await measure(first.map((one) => one.file))).filter(isQuick(SLOW))
  // The file's own tests first, then the fastest.
  const [own, others] = [0, 1].map((rank) =>
    second.filter((one) => Number(!isOwnTest(file, one.file)) === rank),
  )
  const tests = [
    ...(own ?? []),
    ...(others ?? []).toSorted((left, right) => left.milliseconds - right.milliseconds),
  ]

  const limited = tests.map(({ file, milliseconds }) => ({ file, limit: PATIENCE + 4 * milliseconds }))
  return {
    tests,
    tryOut: async (worker, mutant) => {
      const trial = { file, mutated: applied(source, mutant), fresh, tests: limited }
      return { mutant, outcome: await worker.run(trial) }
    },
  }
}
