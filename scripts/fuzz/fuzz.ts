// The fuzz itself, for `npm run fuzz` and for the short run of the tests: rounds of requests and of bytes, in each of
// which AWS fails in another way; after each, a known read must still work.
//
// Everything is made from the seed, round by round. What fails is made smaller by Effect's property runner, which sends
// ever smaller variants as long as they fail too.
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import type http from "node:http"
import { type Environment, EXTENSION } from "../../test/support/extension.ts"
import { keepAliveAgent } from "../../test/support/extensionHttp.ts"
import { type Sample, takeSample } from "../soak/samples.ts"
import { transmission } from "./bytes.ts"
import { request } from "./requests.ts"
import { type Faults, sendBytes, sendRequest, type Statuses } from "./send.ts"
import { FAULTS, KNOWN_GOOD } from "./world.ts"

export interface FuzzOptions {
  readonly seed: number
  readonly seconds: number
  /** Called after each round. */
  readonly onRound?: (report: FuzzReport) => void
}

export interface FuzzReport {
  rounds: number
  /** Calls that AWS got. */
  calls: number
  /** Answers to requests, and on raw connections. */
  readonly requests: Statuses
  readonly connections: Statuses
  readonly samples: Array<Sample>
  /** The first failure, if there was one: what was promised, and the smallest input that breaks it. */
  failure: string | undefined
}

/** How many inputs are sent at the same moment, at most. */
const CONCURRENT = 40
/** Batches in a round, how large they and their inputs become, and how many smaller ones are tried where one fails. */
const CHECK = { runs: 6, size: 40, maxShrinks: 300 }

/** Sends batches of inputs, each at once; what is wrong with the answers, and the smallest batch that shows it. */
const check = <A>(
  input: Arbitrary.Arbitrary<A>,
  seed: string,
  send: (input: A) => Effect.Effect<Faults>,
): Effect.Effect<string | undefined> => {
  const batches = Arbitrary.array(input, { minLength: 1, maxLength: CONCURRENT })
  const property = Effect.fnUntraced(function* (batch: ReadonlyArray<A>) {
    const faults = (yield* Effect.forEach(batch, send, { concurrency: "unbounded" })).flat()
    return faults.length === 0 ? true : yield* Effect.fail(faults)
  })
  return Effect.map(
    Arbitrary.checkEffect(batches, property, { ...CHECK, seed }),
    Arbitrary.formatCheckFailure,
  )
}

/** What a round finds, if it finds anything. */
const playRound = Effect.fnUntraced(function* (
  { ask, aws, port }: Environment,
  agent: http.Agent,
  report: FuzzReport,
  seed: string,
  index: number,
) {
  const fault = FAULTS[index % FAULTS.length]
  if (fault !== undefined) yield* aws.faults.inject({ effect: fault })
  const results = yield* Effect.all(
    [
      check(request, seed, (one) => sendRequest(port, agent, report.requests, one)),
      check(transmission, seed, (one) => sendBytes(port, report.connections, one)),
    ],
    { concurrency: "unbounded" },
  )
  yield* aws.faults.clear
  report.calls += (yield* aws.calls.all).length
  yield* aws.calls.clear
  const { status, text } = yield* ask(KNOWN_GOOD.target)
  const known =
    status === 200 && text === KNOWN_GOOD.value ? undefined : `the known read got ${status} ${text}`
  return results.find((failure) => failure !== undefined) ?? known
})

/** Plays rounds until the time is over or something fails. */
export const fuzz = Effect.fnUntraced(function* (environment: Environment, options: FuzzOptions) {
  const { onRound, seconds, seed } = options
  const agent = yield* keepAliveAgent
  const report: FuzzReport = {
    rounds: 0,
    calls: 0,
    requests: new Map(),
    connections: new Map(),
    samples: [],
    failure: undefined,
  }
  const { pid } = (yield* environment.lambda.processes).find(({ name }) => name === EXTENSION) ?? { pid: 0 }
  const begun = performance.now()
  const elapsed = () => (performance.now() - begun) / 1_000
  while (elapsed() < seconds && report.failure === undefined) {
    const round = `${seed}-${report.rounds}`
    const found = yield* playRound(environment, agent, report, round, report.rounds)
    report.rounds += 1
    report.samples.push(yield* takeSample(pid, environment.port, Math.floor(elapsed() / 60)))
    if (found !== undefined) report.failure = `round ${round}: ${found}`
    onRound?.(report)
  }
  return report
}, Effect.orDie)
