// The fuzzer, for `npm run fuzz` and for the short run in the tests. It sends rounds of requests and of bytes, each round with
// another fault of AWS. After each round, a known value must still be readable.
//
// All inputs derive from the seed. Effect's property runner shrinks failures.
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type http from "node:http"
import { type Artifact, type Environment, EXTENSION, startEnvironment } from "../../test/support/extension.ts"
import { openConstant } from "../../test/support/constantEngine.ts"
import { ask, freePort, keepAliveAgent } from "../../test/support/extensionHttp.ts"
import { serve } from "../../test/support/webServer.ts"
import { type Sample, takeSample } from "../soak/samples.ts"
import { transmission } from "./bytes.ts"
import { agentRequest, compatibleRequest } from "./hostile.ts"
import { request } from "./requests.ts"
import {
  type Faults,
  faultsOfAgent,
  faultsOfCompatible,
  sendBytes,
  sendRequest,
  type Statuses,
} from "./send.ts"
import { answerOnTheWeb, BAD_WEB_VARIABLE, CONFIG, FAULTS, KNOWN_GOOD, SEED, WEB_VARIABLE } from "./world.ts"

interface FuzzOptions {
  readonly seed: number
  readonly seconds: number
  /** Called after each round. */
  readonly onRound?: (report: FuzzReport) => void
}

export interface FuzzReport {
  rounds: number
  /** Calls that AWS received. */
  calls: number
  /** Responses to requests on each port, and on raw connections. */
  readonly requests: Statuses
  readonly compatible: Statuses
  readonly agent: Statuses
  readonly connections: Statuses
  readonly samples: Array<Sample>
  /** The first failure, if any: the broken promise and the smallest input that breaks it. */
  failure: string | undefined
}

/** The most inputs that are sent at once. */
const CONCURRENT = 40
/** Batches per round, their sizes, and the limit on shrinking. */
const CHECK = { runs: 6, size: 40, maxShrinks: 300 }

/** Sends batches of inputs, each batch at once, until a response is wrong. */
const check = <A>(input: Arbitrary.Arbitrary<A>, seed: string, send: (input: A) => Effect.Effect<Faults>) => {
  const batches = Arbitrary.array(input, { minLength: 1, maxLength: CONCURRENT })
  const property = Effect.fnUntraced(function* (batch: ReadonlyArray<A>) {
    const faults = (yield* Effect.forEach(batch, send, { concurrency: "unbounded" })).flat()
    return faults.length === 0 ? true : yield* Effect.fail(faults)
  })
  return Arbitrary.checkEffect(batches, property, { ...CHECK, seed })
}

/** What went wrong, if anything. If the extension has crashed, every later input fails too, so the first batch counts. */
const failureOf = <A>(result: Arbitrary.CheckResult<A, Faults>, isAlive: boolean): string | undefined =>
  result._tag === "Falsified" && !isAlive
    ? `the extension does not answer any more after ${JSON.stringify(result.initialInput)}`
    : Arbitrary.formatCheckFailure(result)

/** What is wrong with a read of the known value. */
const faultOfKnownRead = (port: number): Effect.Effect<string | undefined> =>
  Effect.match(ask(port, KNOWN_GOOD.target), {
    onSuccess: ({ status, text }) =>
      status === 200 && text === KNOWN_GOOD.value ? undefined : `the known read got ${status} ${text}`,
    onFailure: ({ message }) => `the known read got none: ${message}`,
  })

/** Every log line must be one of the extension's, in printable characters. */
const LINE = new RegExp(`^\\[${EXTENSION}\\] [^\\p{Cc}\\u2028\\u2029]*$`, "u")

const faultOfLog = (lines: ReadonlyArray<string>): string | undefined => {
  const forged = lines.find((line) => line !== "" && !LINE.test(line))
  return forged === undefined
    ? undefined
    : `this is not a line of the log: ${JSON.stringify(forged.slice(0, 300))}`
}

/** More series than all entries of this world can have. */
const MOST_SERIES = 600

/** Invented names, regions and roles must leave no series. */
const faultOfMetrics = (port: number): Effect.Effect<string | undefined> =>
  Effect.match(ask(port, "/metrics"), {
    onSuccess: ({ text }) => {
      const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length
      return series <= MOST_SERIES ? undefined : `/metrics has ${series} series`
    },
    onFailure: ({ message }) => `/metrics: ${message}`,
  })

/** How often the known value is read until it is there. */
const LOOK = Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 100 }))

/** An environment with the ports of other extensions open. */
interface World extends Environment {
  readonly compatiblePort: number
  readonly agentPort: number
}

export const startWorld = Effect.fnUntraced(function* (
  artifact: Artifact,
  variables: Readonly<Record<string, string>> = {},
) {
  const compatiblePort = yield* Effect.orDie(freePort)
  const agentPort = yield* Effect.orDie(freePort)
  const web = yield* serve(answerOnTheWeb)
  const badWeb = yield* serve(answerOnTheWeb)
  const environment = yield* startEnvironment({
    artifact,
    config: CONFIG,
    seed: SEED,
    openEngine: openConstant,
    preload: true,
    variables: {
      PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(compatiblePort),
      AWS_APPCONFIG_EXTENSION_HTTP_PORT: String(agentPort),
      AWS_APPCONFIG_EXTENSION_POLL_TIMEOUT_MILLIS: "250",
      [WEB_VARIABLE]: web.url,
      [BAD_WEB_VARIABLE]: badWeb.url,
      ...variables,
    },
  })
  // On a busy machine the load may fail. What every round reads must have been fetched once, for its ttl of an hour.
  yield* Effect.repeat(faultOfKnownRead(environment.port), {
    until: (fault) => fault === undefined,
    schedule: LOOK,
  })
  const world: World = { ...environment, compatiblePort, agentPort }
  return world
})

/** Runs a round and returns the failure, if any. */
const playRound = Effect.fnUntraced(function* (
  { agentPort, aws, compatiblePort, lines, port }: World,
  agent: http.Agent,
  report: FuzzReport,
  seed: string,
) {
  const effect = FAULTS[report.rounds % FAULTS.length]
  if (effect !== undefined) yield* aws.faults.inject({ effect })
  const [requests, compatible, ofAgent, bytes] = yield* Effect.all(
    [
      check(request, seed, (one) => sendRequest(port, agent, report.requests, one)),
      check(compatibleRequest, seed, (one) =>
        sendRequest(compatiblePort, agent, report.compatible, one, faultsOfCompatible),
      ),
      check(agentRequest, seed, (one) => sendRequest(agentPort, agent, report.agent, one, faultsOfAgent)),
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
    failureOf(ofAgent, isAlive) ??
    failureOf(bytes, isAlive) ??
    known ??
    faultOfLog(lines()) ??
    (yield* faultOfMetrics(port))
  )
})

/** Runs rounds until the time is over or one fails. */
export const fuzz = Effect.fnUntraced(function* (environment: World, options: FuzzOptions) {
  const { onRound, seconds, seed } = options
  const agent = yield* keepAliveAgent
  const report: FuzzReport = {
    rounds: 0,
    calls: 0,
    requests: new Map(),
    compatible: new Map(),
    agent: new Map(),
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
      report.samples.push(
        yield* takeSample({ pid, port: environment.port, minute: Math.floor(elapsed() / 60) }),
      )
    else report.failure = `round ${round}: ${failure}`
    onRound?.(report)
  }
  return report
}, Effect.orDie)
