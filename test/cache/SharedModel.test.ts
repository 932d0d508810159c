/**
 * A fleet over one shared tier, through random sequences of reads, loads, refreshes, failures of AWS and of the tier, freezes
 * and restarts: what no read of any environment may ever do.
 *
 * A counterexample is a short list of commands; `support/sharedModelCommands.ts` says what each of them does.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import process from "node:process"
import { makeFleet } from "../support/sharedModel.ts"
import { type Command, commands } from "../support/sharedModelCommands.ts"

/** The same sequences each time; those of `npm run test:slow` are others, and ten times as many. */
const { MODEL_RUNS } = process.env
const RUNS = Number(MODEL_RUNS ?? 200) / 10
const SEED = MODEL_RUNS === undefined ? 1 : undefined

const violationsOf = (commands: ReadonlyArray<Command>) =>
  TestClock.testClockWith((clock) => Effect.flatMap(makeFleet(clock), (run) => run(commands)))

describe("a fleet with a shared tier, whatever happens to it,", () => {
  it.effect.prop(
    "serves nothing that is older than the policy or another's, asks AWS once at a time, and never fails while any of it could serve",
    { commands },
    ({ commands }) =>
      Effect.map(violationsOf(commands), (violations) => assert.isEmpty(violations, violations.join("\n"))),
    { arbitrary: { runs: RUNS, size: 100, seed: SEED }, timeout: 300_000 },
  )

  it.effect("learns the store's clock before it writes, even if a write is the first that it does", () =>
    Effect.map(
      violationsOf([
        { _tag: "Read", environment: 1, name: "elsewhere", isForced: true },
        { _tag: "Aws", is: "Unavailable" },
        { _tag: "Read", environment: 2, name: "elsewhere", isForced: false },
      ]),
      (violations) => assert.isEmpty(violations, violations.join("\n")),
    ),
  )
})
