/**
 * A herd: a thousand reads at once of fifty values that nobody has asked for yet.
 *
 * Over HTTP the reads arrive one after the other. The first may leave alone, because a lone read is not to wait for
 * company; all others share full batches (src/sources/BatchWindow.ts). So the least number of calls is reached, or one
 * more. What holds without exception is that no key is asked for twice.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { best } from "../support/best.ts"
import { onEachArtifact, readOf, startEnvironment } from "../support/extension.ts"

const KEYS = 50
const READS = 1_000
/** Names in a GetParameters call, at most. */
const BATCH = 10
const LEAST_CALLS = KEYS / BATCH
/** That of the first read, which found nobody to share with. */
const FIRST_ALONE = 1

/** Long enough for all reads to arrive before the first call is answered; far from the time at which a call is repeated. */
const LATENCY = 500

/** On a busy machine the reads come with gaps, which close a batch early. Only runs without gaps show the least. */
const ATTEMPTS = 20
const TIMEOUT = 300_000

const names = Array.from({ length: KEYS }, (_, index) => `p${index}`)
const first = { name: "first", value: "first" }
const seed = { parameters: [first, ...names.map((name) => ({ name, value: `value of ${name}` }))] }
// A budget that a busy machine can keep: what is counted are calls, not milliseconds.
const config = `parameters:\n  - names: [${[first.name, ...names].join(", ")}]\ncache:\n  read_budget: 30s\n`
const herd = Array.from({ length: READS }, (_, index) => `p${index % KEYS}`)

onEachArtifact("a herd", (artifact) => {
  /** The herd on a new environment; `isWarm`: whose client has made a call before. Gives the calls' sizes. */
  const run = (isWarm: boolean) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { ask, aws, read } = yield* startEnvironment({ artifact, config, seed })
        if (isWarm) yield* read("parameters", first.name)
        yield* aws.calls.clear
        yield* aws.latency.set(LATENCY)
        const answers = yield* Effect.forEach(herd, (name) => ask(readOf("parameters", name)), {
          concurrency: "unbounded",
        })
        assert.deepStrictEqual(
          answers.map(({ status, text }) => `${status} ${text}`),
          herd.map((name) => `200 value of ${name}`),
        )
        const calls = yield* aws.calls.all
        assert.deepStrictEqual(
          calls.flatMap((call) => call.names).toSorted(),
          names.toSorted(),
          "each name was asked for once",
        )
        return calls.length
      }),
    )

  it.live.each([
    { isWarm: false, when: "before the client is loaded" },
    { isWarm: true, when: "when the client is loaded" },
  ])(
    "of 1,000 reads of 50 cold keys costs 5 calls, or 6 with the first one's, $when",
    ({ isWarm }) =>
      Effect.gen(function* () {
        const enough = LEAST_CALLS + FIRST_ALONE
        const fewest = yield* best(run(isWarm), enough + 1, ATTEMPTS)
        assert.isAtLeast(fewest, LEAST_CALLS)
        assert.isAtMost(fewest, enough)
      }),
    TIMEOUT,
  )
})
