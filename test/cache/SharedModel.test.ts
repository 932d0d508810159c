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

/** Random sequences; those of `npm run test:slow` are ten times as many. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 200) / 10

const violationsOf = (commands: ReadonlyArray<Command>) =>
  TestClock.testClockWith((clock) => Effect.flatMap(makeFleet(clock), (run) => run(commands)))

describe("a fleet with a shared tier, whatever happens to it,", () => {
  it.effect.prop(
    "serves nothing that is older than the policy or another's, asks AWS once at a time, and never fails while any of it could serve",
    { commands },
    ({ commands }) =>
      Effect.map(violationsOf(commands), (violations) => assert.isEmpty(violations, violations.join("\n"))),
    { arbitrary: { runs: RUNS, size: 100 }, timeout: 300_000 },
  )
})
