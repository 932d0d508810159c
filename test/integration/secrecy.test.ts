/**
 * Nothing secret ever leaves the built extension but as the answer to its read: not in the log at any level and in any
 * format, not in another answer, a header, a report to Lambda, a file or an argument; through every fault of AWS, and in every
 * way that the extension can end. Each value and credential is a canary, whose pieces are searched for in everything.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "../../src/config/environment/log.ts"
import { type FaultEffect, type FaultRule } from "../../local/aws/Faults.ts"
import { isEvent } from "../../local/lambda/events.ts"
import { findLeaks, type Output } from "../support/canaries.ts"
import { CREDENTIALS, NAME, ROW, SECRETS } from "../support/canarySeed.ts"
import {
  askEverything,
  filesIn,
  NOWHERE,
  plant,
  type Planting,
  processOutputs,
  reportsOf,
  untilWell,
  VERBOSE,
} from "../support/canaryWorld.ts"
import { type Artifact, type Environment, EXTENSION, isOnNode, onEachArtifact } from "../support/extension.ts"
import { serveAnswers } from "../support/extensionAws.ts"
import { freePort, LOOPBACK } from "../support/extensionHttp.ts"
import { FAULTS } from "../support/faultMatrixFaults.ts"
import { makeNetwork } from "../support/faultMatrixNetwork.ts"

/** What AWS says to a signature that it does not accept: it quotes the request, the session token included. */
const SIGNATURE_QUOTED: FaultEffect = {
  kind: "error",
  status: 400,
  type: "InvalidSignatureException",
  message:
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and " +
    "signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have " +
    `been\n'POST\n/\n\nhost:localhost\nx-amz-security-token:${CREDENTIALS.sessionToken}\n'`,
}

/** What a database says about a row, as the Data API passes it on. No other service repeats what it holds. */
const ROW_QUOTED: FaultRule = {
  service: "rds-data",
  effect: {
    kind: "error",
    status: 400,
    type: "DatabaseErrorException",
    message: `ERROR: invalid input syntax for type integer: "${ROW}"; SQLState: 22P02`,
  },
}

/** Everything that AWS can answer, those of the fault matrix and some more. */
const ANSWERS: ReadonlyArray<FaultRule> = [
  ...FAULTS.flatMap(({ cause }) => (cause.kind === "answer" ? [{ effect: cause.effect }] : [])),
  { effect: { kind: "unprocessed" } },
  { effect: SIGNATURE_QUOTED },
  ROW_QUOTED,
]

/** The same while AWS fails in one way; then AWS is well again. */
const askUnder = Effect.fnUntraced(function* (environment: Environment, rule: FaultRule) {
  const fault = yield* environment.aws.faults.inject(rule)
  const answers = yield* askEverything(environment)
  assert.isAbove(yield* fault.hits, 0, rule.effect.kind)
  yield* fault.remove
  yield* untilWell(environment)
  return answers
})

/** How the extension may end, and the exit that must follow. */
const ENDINGS = {
  SHUTDOWN: ({ lambda }: Environment) => lambda.shutdown(),
  SIGTERM: ({ lambda }: Environment) => lambda.signal(EXTENSION, "SIGTERM"),
  SIGABRT: ({ lambda }: Environment) => lambda.signal(EXTENSION, "SIGABRT"),
  SIGSEGV: ({ lambda }: Environment) => lambda.signal(EXTENSION, "SIGSEGV"),
} as const
const WAYS = Object.values(ENDINGS)

interface Life extends Planting {
  readonly faults: ReadonlyArray<FaultRule>
  readonly end: (typeof WAYS)[number]
}

/** A whole life: everything is asked, well and through each fault, then the extension ends. What it has put out. */
const live = Effect.fnUntraced(function* (artifact: Artifact, { end, faults, ...options }: Life) {
  const { environment, folder } = yield* plant(artifact, options)
  yield* environment.lambda.init
  const well = yield* askEverything(environment)
  const failing = yield* Effect.forEach(faults, (rule) => askUnder(environment, rule))
  const ofProcess = yield* processOutputs(environment)
  yield* end(environment)
  yield* environment.lambda.events.waitFor(isEvent("exited", ({ name }) => name === EXTENSION))
  return {
    outputs: [...well, ...failing.flat(), ...ofProcess, ...reportsOf(environment), ...filesIn(folder)],
    files: filesIn(folder).map(({ where }) => where),
  }
})

const [VALUE = ""] = SECRETS.map(({ text }) => text)

/** Replies that break off or go on in the middle of a value, or are one. */
const TORN = [
  `{"Parameter":{"Name":"plain","Value":"${VALUE}"`,
  `{"Parameter":{"Name":"plain","Value":"a"${VALUE}"}}`,
  `{"Parameter":{"Name":"plain","Value":["${VALUE}"]}}`,
  `<html>${VALUE}</html>`,
  VALUE,
  `"${VALUE}\n"`,
]

/** A name that no name server knows (RFC 6761, section 6.4). */
const NO_HOST = "http://aws.invalid:1"

interface Run {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly preload: boolean
  readonly faults: ReadonlyArray<FaultRule>
}

/** The formats, in another order on the other artifact: the code that writes them is the same on both. */
const formatsOn = (artifact: Artifact): ReadonlyArray<LogFormat> =>
  isOnNode(artifact) ? LOG_FORMATS : LOG_FORMATS.toReversed()

/** One fault in so many. */
const FEW = 6

/** At `debug` everything is printed that is printed at the other levels. There each fault is tried, a few in either format. */
const verboseRuns = (artifact: Artifact): ReadonlyArray<Run> =>
  formatsOn(artifact).map((format, index) => ({
    level: LOG_LEVELS[0],
    format,
    preload: index === 0,
    faults: index === 0 ? ANSWERS : ANSWERS.filter((_, fault) => fault % FEW === 0),
  }))

/** Each other level has one fault in a format, another one each time. */
const otherRuns = (artifact: Artifact): ReadonlyArray<Run> =>
  LOG_LEVELS.slice(1).map((level, row) => ({
    level,
    format: formatsOn(artifact)[row % LOG_FORMATS.length] ?? LOG_FORMATS[0],
    preload: row % 2 === 0,
    faults: ANSWERS.slice(row, row + 1),
  }))

/** The levels at which a life without failures shows in the log. */
const SHOWS_LIFE: ReadonlySet<string> = new Set(["debug", "info"])

/** A fault takes about two seconds: reads wait for their budget, and the circuit is open for a second. In milliseconds. */
const ALL_FAULTS_WITHIN = 240_000

/** Few at a time: the budget of a read is short, and processes that lack the CPU fail reads that AWS answers. */
const LIVES_AT_A_TIME = 3

const textOf = (outputs: ReadonlyArray<Output>, where: string): string =>
  outputs.find((output) => output.where === where)?.text ?? ""

onEachArtifact("no secret leaves the extension", (artifact) => {
  const staysSilent = Effect.fnUntraced(function* (run: Run, index: number) {
    const { faults, format, level, preload } = run
    const variables = { CACHE_EXTENSION_LOG_LEVEL: level, CACHE_EXTENSION_LOG_FORMAT: format }
    const end = WAYS[index % WAYS.length] ?? ENDINGS.SHUTDOWN
    const { files, outputs } = yield* live(artifact, { preload, variables, faults, end })
    assert.deepStrictEqual(findLeaks(SECRETS, outputs), [])
    assert.deepStrictEqual(files, [])
    assert.strictEqual(textOf(outputs, "the files it has open"), "")
    // The search finds what is there to be found.
    assert.deepStrictEqual(findLeaks([NAME], outputs), [`name in the answer 404 to GET ${NOWHERE}`])
    assert.strictEqual(textOf(outputs, "the log").includes("Waiting for event"), SHOWS_LIFE.has(level))
  })

  it.live(
    "at the log level debug, in any format, loaded or lazy, through every fault of AWS",
    () => Effect.forEach(verboseRuns(artifact), staysSilent, { concurrency: "unbounded" }),
    ALL_FAULTS_WITHIN,
  )

  it.live(
    "at any other log level, in any format, loaded or lazy, through a fault of AWS, to whatever end",
    () => Effect.forEach(otherRuns(artifact), staysSilent, { concurrency: LIVES_AT_A_TIME }),
    ALL_FAULTS_WITHIN,
  )

  it.live.each(["refused", "blackHole", "unknownName"] as const)("while the network fails: %s", (outage) =>
    Effect.gen(function* () {
      const port = yield* freePort
      const endpointOf = () => (outage === "unknownName" ? NO_HOST : `http://${LOOPBACK}:${port}`)
      const { environment, folder } = yield* plant(artifact, { endpointOf, variables: VERBOSE })
      const network = yield* makeNetwork(
        outage === "blackHole" ? outage : "refused",
        port,
        environment.aws.port,
        "",
      )
      yield* environment.lambda.init
      const before = yield* askEverything(environment)
      yield* network.fail
      const answers = [...before, ...(yield* askEverything(environment))]
      yield* environment.lambda.shutdown()
      assert.include(textOf(reportsOf(environment), "the log"), "Exiting")
      assert.deepStrictEqual(
        findLeaks(SECRETS, [...answers, ...reportsOf(environment), ...filesIn(folder)]),
        [],
      )
    }),
  )

  it.live.each([200, 400, 500])(
    "when a secret is part of a reply that cannot be read, with status %d",
    (status) =>
      Effect.gen(function* () {
        const endpoint = yield* serveAnswers(TORN, status)
        const { environment } = yield* plant(artifact, {
          endpointOf: () => endpoint,
          preload: true,
          variables: VERBOSE,
        })
        yield* environment.lambda.init
        const answers = [...(yield* askEverything(environment)), ...(yield* askEverything(environment))]
        yield* environment.lambda.shutdown()
        assert.match(answers.map(({ where }) => where).join(), /answer 50[24] to GET/)
        assert.deepStrictEqual(findLeaks(SECRETS, [...answers, ...reportsOf(environment)]), [])
      }),
  )
})
