/**
 * The cache against a reference model, through random sequences of everything that happens to it: reads, forced
 * fetches, forgetting, loads, refreshes, answers and failures of AWS, freezes, clocks that are set, callers that leave.
 *
 * A counterexample is a short list of commands; `support/cacheModelCommands.ts` says what each of them does.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import process from "node:process"
import { type Command, commands } from "../support/cacheModelCommands.ts"
import { HOUR, MINUTE, SECOND } from "../support/entries.ts"
import { makeWorld, type WorldOptions } from "../support/cacheModelWorld.ts"

/** Random sequences for each promise; `npm run test:slow` tries ten times as many. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 200)
/** Half of the sequences are longer than 40 commands; they grow from run to run. */
const MANY = { arbitrary: { runs: RUNS, size: 150 }, timeout: 300_000 }

const violationsOf = (options: WorldOptions, commands: ReadonlyArray<Command>) =>
  TestClock.testClockWith((clock) => Effect.flatMap(makeWorld(clock, options), ({ run }) => run(commands)))

/** Sequences that were counterexamples once. */
const FOUND: ReadonlyArray<readonly [promise: string, commands: ReadonlyArray<Command>]> = [
  [
    "asks anew when a freeze came between question and answer",
    [
      { _tag: "Read", name: "plain" },
      { _tag: "Jump", ms: 2 * HOUR },
      { _tag: "Answer", as: "value" },
      { _tag: "Answer", as: "value" },
      { _tag: "Fresh", name: "plain" },
    ],
  ],
  [
    "gives up on a fetch of which a part came, although the clock was set forth and back in between",
    [
      { _tag: "Read", name: "uncached" },
      { _tag: "Jump", ms: 2 * HOUR },
      { _tag: "Part" },
      { _tag: "Jump", ms: -2 * HOUR },
    ],
  ],
  [
    "goes on behind reads whose time is over while parts come, and serves the old value at once meanwhile",
    [
      { _tag: "Aws", is: "value" },
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: 80 * SECOND },
      { _tag: "Aws", is: "silent" },
      { _tag: "Read", name: "plain" },
      ...Array.from({ length: 4 }).flatMap(() => [{ _tag: "Wait", ms: SECOND }, { _tag: "Part" }] as const),
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: SECOND },
      { _tag: "Part" },
      { _tag: "Answer", as: "value" },
      { _tag: "Fresh", name: "plain" },
    ],
  ],
  [
    "goes on behind a load whose time is over, as a freeze has spoilt its call, and serves the old value meanwhile",
    [
      { _tag: "Read", name: "refreshed" },
      { _tag: "Answer", as: "value" },
      { _tag: "Jump", ms: -2 * HOUR },
      { _tag: "Load" },
      { _tag: "Wait", ms: 3 * SECOND },
      { _tag: "Jump", ms: 5 * SECOND },
      { _tag: "Wait", ms: 6 * SECOND },
      { _tag: "Read", name: "refreshed" },
    ],
  ],
  [
    "keeps what took several calls although a freeze came in between, with its true age",
    [
      { _tag: "Read", name: "plain" },
      { _tag: "Part" },
      { _tag: "Jump", ms: MINUTE },
      { _tag: "Part" },
      { _tag: "Answer", as: "value" },
      { _tag: "Answer", as: "value" },
    ],
  ],
  [
    "asks once a second at most by force for what AWS says does not exist",
    [
      { _tag: "Aws", is: "NotFound" },
      { _tag: "Refresh", name: "short" },
      { _tag: "Refresh", name: "short" },
      { _tag: "Forget", name: "short" },
      { _tag: "Read", name: "short" },
    ],
  ],
  [
    "asks by force although the clock was set back behind the last failure",
    [
      { _tag: "Aws", is: "value" },
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: MINUTE },
      { _tag: "Wait", ms: 500 },
      { _tag: "Aws", is: "Unavailable" },
      { _tag: "Refresh", name: "plain" },
      { _tag: "Jump", ms: -SECOND },
      { _tag: "Refresh", name: "plain" },
    ],
  ],
  [
    "asks by force although the clock was set back behind the value, and the pause of a failure is on",
    [
      { _tag: "Aws", is: "value" },
      { _tag: "Read", name: "plain" },
      { _tag: "Jump", ms: -MINUTE },
      { _tag: "Aws", is: "Unavailable" },
      ...Array.from({ length: 8 }).flatMap(
        () =>
          [
            { _tag: "Refresh", name: "plain" },
            { _tag: "Wait", ms: SECOND },
          ] as const,
      ),
    ],
  ],
  [
    "ends a value when AWS has denied access to it for stale_if_denied, and remembers the denial",
    [
      { _tag: "Aws", is: "value" },
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: MINUTE },
      { _tag: "Aws", is: "AccessDenied" },
      { _tag: "Read", name: "plain" },
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: 54 * SECOND },
      { _tag: "Aws", is: "Unavailable" },
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: 6 * SECOND },
      { _tag: "Aws", is: "AccessDenied" },
      { _tag: "Read", name: "plain" },
      { _tag: "Read", name: "plain" },
      { _tag: "Refresh", name: "plain" },
    ],
  ],
  [
    "ends a fresh value whose forced fetch was denied, and one that is refreshed unasked",
    [
      { _tag: "Aws", is: "value" },
      { _tag: "Read", name: "refreshed" },
      { _tag: "Read", name: "short" },
      { _tag: "Wait", ms: SECOND },
      { _tag: "Aws", is: "AccessDenied" },
      { _tag: "Refresh", name: "short" },
      { _tag: "Fresh", name: "short" },
      { _tag: "Wait", ms: MINUTE },
      { _tag: "RefreshDue" },
      { _tag: "Read", name: "refreshed" },
      { _tag: "Wait", ms: 5 * MINUTE },
      { _tag: "RefreshDue" },
      { _tag: "Read", name: "refreshed" },
      { _tag: "Read", name: "refreshed" },
    ],
  ],
  [
    "asks about a denied value when the clock was set back behind the denial",
    [
      { _tag: "Aws", is: "value" },
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: SECOND },
      { _tag: "Aws", is: "AccessDenied" },
      { _tag: "Refresh", name: "plain" },
      { _tag: "Jump", ms: -SECOND },
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: MINUTE },
      { _tag: "Wait", ms: SECOND },
      { _tag: "Read", name: "plain" },
    ],
  ],
  [
    "pauses after a failure although the clock was set back behind the denial, which then counts from the failure on",
    [
      { _tag: "Aws", is: "value" },
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: SECOND },
      { _tag: "Aws", is: "AccessDenied" },
      { _tag: "Refresh", name: "plain" },
      { _tag: "Jump", ms: -2 * HOUR },
      { _tag: "Aws", is: "BadSignature" },
      { _tag: "Read", name: "plain" },
      { _tag: "Read", name: "plain" },
      { _tag: "Refresh", name: "plain" },
      { _tag: "Wait", ms: 54 * SECOND },
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: 6 * SECOND },
      { _tag: "Read", name: "plain" },
    ],
  ],
  [
    "drops a value at once when AWS refuses the request for it",
    [
      { _tag: "Aws", is: "value" },
      { _tag: "Read", name: "plain" },
      { _tag: "Wait", ms: SECOND },
      { _tag: "Aws", is: "InvalidRequest" },
      { _tag: "Refresh", name: "plain" },
      { _tag: "Read", name: "plain" },
    ],
  ],
  [
    "gives the true age of a value that was long on its way",
    [
      { _tag: "Read", name: "uncached" },
      { _tag: "Wait", ms: SECOND },
      { _tag: "Answer", as: "value" },
    ],
  ],
  [
    "serves a value from before the clock was set back with no negative age",
    [
      { _tag: "Aws", is: "value" },
      { _tag: "Read", name: "plain" },
      { _tag: "Aws", is: "Unavailable" },
      { _tag: "Jump", ms: -MINUTE },
      { _tag: "Read", name: "plain" },
    ],
  ],
]

/** The words of a violation end with the commands that led to it: they are too long for the assertion's own message. */
const assertNone = (violations: ReadonlyArray<string>): void =>
  assert.isEmpty(violations, violations.join("\n"))

describe("the cache, whatever happens to it,", () => {
  it.effect.prop(
    "fetches a key once at a time, never serves what is too old, and never fails while it could serve",
    { commands },
    ({ commands }) =>
      Effect.map(violationsOf({ limits: {}, areAllListed: true }, commands), (violations) =>
        assertNone(violations),
      ),
    MANY,
  )

  it.effect.prop(
    "holds its bounds: the least recently read go, what is listed last",
    { commands },
    ({ commands }) =>
      Effect.map(
        violationsOf({ limits: { maxEntries: 2, maxBytes: 3_000 }, areAllListed: false }, commands),
        (violations) => assertNone(violations),
      ),
    MANY,
  )

  it.effect.each(FOUND)("%s", ([, commands]) =>
    Effect.map(violationsOf({ limits: {}, areAllListed: true }, commands), (violations) =>
      assertNone(violations),
    ),
  )
})
