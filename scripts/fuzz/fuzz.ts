// The fuzz itself, for `npm run fuzz` and for the short run of the tests: rounds of requests and of bytes, in each of
// which AWS fails in another way; after each, a known read must still work.
//
// Everything is made from the seed, round by round. What fails is made smaller by Effect's property runner, which sends
// ever smaller variants as long as they fail too.
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import type http from "node:http"
import { type Artifact, type Environment, EXTENSION, startEnvironment } from "../../test/support/extension.ts"
import { ask, freePort, keepAliveAgent } from "../../test/support/extensionHttp.ts"
import { type Sample, takeSample } from "../soak/samples.ts"
import { transmission } from "./bytes.ts"
import { compatibleRequest } from "./hostile.ts"
import { request } from "./requests.ts"
import { type Faults, faultsOfCompatible, sendBytes, sendRequest, type Statuses } from "./send.ts"
import { CONFIG, FAULTS, KNOWN_GOOD, SEED } from "./world.ts"

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
  /** Answers to requests of both ports, and on raw connections. */
  readonly requests: Statuses
  readonly compatible: Statuses
  readonly connections: Statuses
  readonly samples: Array<Sample>
  /** The first failure, if there was one: what was promised, and the smallest input that breaks it. */
  failure: string | undefined
}

/** How many inputs are sent at the same moment, at most. */
const CONCURRENT = 40
/** Batches in a round, how large they and their inputs become, and how many smaller ones are tried where one fails. */
const CHECK = { runs: 6, size: 40, maxShrinks: 300 }

/** Sends batches of inputs, each batch at once, until the answers to one are not as they must be. */
const check = <A>(input: Arbitrary.Arbitrary<A>, seed: string, send: (input: A) => Effect.Effect<Faults>) => {
  const batches = Arbitrary.array(input, { minLength: 1, maxLength: CONCURRENT })
  const property = Effect.fnUntraced(function* (batch: ReadonlyArray<A>) {
    const faults = (yield* Effect.forEach(batch, send, { concurrency: "unbounded" })).flat()
    return faults.length === 0 ? true : yield* Effect.fail(faults)
  })
  return Arbitrary.checkEffect(batches, property, { ...CHECK, seed })
}

/** What went wrong, if anything did. Once the extension is gone, whatever is sent fails: then the first batch counts. */
const failureOf = <A>(result: Arbitrary.CheckResult<A, Faults>, isAlive: boolean): string | undefined =>
  result._tag === "Falsified" && !isAlive
    ? `the extension does not answer any more after ${JSON.stringify(result.initialInput)}`
    : Arbitrary.formatCheckFailure(result)

/** What a read of the known value finds wrong. */
const faultOfKnownRead = (port: number): Effect.Effect<string | undefined> =>
  Effect.match(ask(port, KNOWN_GOOD.target), {
    onSuccess: ({ status, text }) =>
      status === 200 && text === KNOWN_GOOD.value ? undefined : `the known read got ${status} ${text}`,
    onFailure: ({ message }) => `the known read got none: ${message}`,
  })

/** What a line of the log must be, whatever was asked: one of ours, of characters to read. */
const LINE = new RegExp(`^\\[${EXTENSION}\\] [^\\p{Cc}\\u2028\\u2029]*$`, "u")

const faultOfLog = (lines: ReadonlyArray<string>): string | undefined => {
  const forged = lines.find((line) => line !== "" && !LINE.test(line))
  return forged === undefined
    ? undefined
    : `this is no line of the log: ${JSON.stringify(forged.slice(0, 300))}`
}

/** More series than everything that the world can count has. */
const MOST_SERIES = 600

/** Names, regions and roles that are made up leave no series behind. */
const faultOfMetrics = (port: number): Effect.Effect<string | undefined> =>
  Effect.match(ask(port, "/metrics"), {
    onSuccess: ({ text }) => {
      const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length
      return series <= MOST_SERIES ? undefined : `/metrics has ${series} series`
    },
    onFailure: ({ message }) => `/metrics: ${message}`,
  })

/** An environment of the world, with the compatible port open. */
export interface World extends Environment {
  readonly compatiblePort: number
}

export const startWorld = Effect.fnUntraced(function* (
  artifact: Artifact,
  variables: Readonly<Record<string, string>> = {},
) {
  const compatiblePort = yield* Effect.orDie(freePort)
  const environment = yield* startEnvironment({
    artifact,
    config: CONFIG,
    seed: SEED,
    preload: true,
    variables: { PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(compatiblePort), ...variables },
  })
  const world: World = { ...environment, compatiblePort }
  return world
})

/** What a round finds, if it finds anything. */
const playRound = Effect.fnUntraced(function* (
  { aws, compatiblePort, lines, port }: World,
  agent: http.Agent,
  report: FuzzReport,
  seed: string,
) {
  const effect = FAULTS[report.rounds % FAULTS.length]
  if (effect !== undefined) yield* aws.faults.inject({ effect })
  const [requests, compatible, bytes] = yield* Effect.all(
    [
      check(request, seed, (one) => sendRequest(port, agent, report.requests, one)),
      check(compatibleRequest, seed, (one) =>
        sendRequest(compatiblePort, agent, report.compatible, one, faultsOfCompatible),
      ),
      check(transmission, seed, (one) => sendBytes(port, report.connections, one)),
    ],
    { concurrency: "unbounded" },
  )
  yield* aws.faults.clear
  report.calls += (yield* aws.calls.all).length
  yield* aws.calls.clear
  const known = yield* faultOfKnownRead(port)
  const isAlive = known === undefined
  return (
    failureOf(requests, isAlive) ??
    failureOf(compatible, isAlive) ??
    failureOf(bytes, isAlive) ??
    known ??
    faultOfLog(lines()) ??
    (yield* faultOfMetrics(port))
  )
})

/** Plays rounds until the time is over or something fails. */
export const fuzz = Effect.fnUntraced(function* (environment: World, options: FuzzOptions) {
  const { onRound, seconds, seed } = options
  const agent = yield* keepAliveAgent
  const report: FuzzReport = {
    rounds: 0,
    calls: 0,
    requests: new Map(),
    compatible: new Map(),
    connections: new Map(),
    samples: [],
    failure: undefined,
  }
  const { pid } = (yield* environment.lambda.processes).find(({ name }) => name === EXTENSION) ?? { pid: 0 }
  const begun = performance.now()
  const elapsed = () => (performance.now() - begun) / 1_000
  while (elapsed() < seconds && report.failure === undefined) {
    const round = `${seed}-${report.rounds}`
    const failure = yield* playRound(environment, agent, report, round)
    report.rounds += 1
    if (failure === undefined)
      report.samples.push(yield* takeSample(pid, environment.port, Math.floor(elapsed() / 60)))
    else report.failure = `round ${round}: ${failure}`
    onRound?.(report)
  }
  return report
}, Effect.orDie)
