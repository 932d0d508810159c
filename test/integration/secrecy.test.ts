/**
 * Nothing secret ever leaves the built extension but as the answer to its read: not in the log at any level and in any
 * format, not in another answer, a header, a report to Lambda, a file or an argument; through every fault of AWS, and in every
 * way that the extension can end. Each value and credential is a canary, whose pieces are searched for in everything.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { LOG_FORMATS, LOG_LEVELS } from "../../src/config/logSettings.ts"
import { type FaultEffect } from "../../src/local/aws/Faults.ts"
import { isEvent } from "../../src/local/lambda/events.ts"
import { findLeaks, type Output } from "../support/canaries.ts"
import {
  askEverything,
  CREDENTIALS,
  filesIn,
  NAME,
  NOWHERE,
  plant,
  type Planting,
  processOutputs,
  reportsOf,
  SECRETS,
  untilWell,
  VERBOSE,
} from "../support/canaryWorld.ts"
import { type Artifact, type Environment, EXTENSION, onEachArtifact } from "../support/extension.ts"
import { serveAnswer } from "../support/extensionAws.ts"
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

/** Everything that AWS can answer, those of the fault matrix and some more. */
const ANSWERS: ReadonlyArray<FaultEffect> = [
  ...FAULTS.flatMap(({ cause }) => (cause.kind === "answer" ? [cause.effect] : [])),
  { kind: "emptyBody" },
  { kind: "unprocessed" },
  SIGNATURE_QUOTED,
]

/** The same while AWS fails in one way; then AWS is well again. */
const askUnder = Effect.fnUntraced(function* (environment: Environment, effect: FaultEffect) {
  const fault = yield* environment.aws.faults.inject({ effect })
  const answers = yield* askEverything(environment)
  assert.isAbove(yield* fault.hits, 0, effect.kind)
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

/** A whole life: everything is asked through every fault, then the extension ends. What it has put out. */
const live = Effect.fnUntraced(function* (artifact: Artifact, options: Planting, end: (typeof WAYS)[number]) {
  const { environment, folder } = yield* plant(artifact, options)
  yield* environment.lambda.init
  const well = yield* askEverything(environment)
  const failing = yield* Effect.forEach(ANSWERS, (effect) => askUnder(environment, effect))
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

/** What is printed at `debug` has in it what is printed at the other levels, which are therefore tried once each. */
const RUNS = LOG_LEVELS.flatMap((level, index) =>
  LOG_FORMATS.flatMap((format) =>
    (level === "debug" ? [true, false] : [index % 2 === 0]).map((preload) => ({ level, format, preload })),
  ),
)
/** The levels at which a life without failures shows in the log. */
const SHOWS_LIFE: ReadonlySet<string> = new Set(["debug", "info"])

/** Faults are mostly waited for; on a busy machine the processes need their time, too. Milliseconds. */
const ALL_RUNS_WITHIN = 240_000

const textOf = (outputs: ReadonlyArray<Output>, where: string): string =>
  outputs.find((output) => output.where === where)?.text ?? ""

onEachArtifact("no secret leaves the extension", (artifact) => {
  it.live(
    "at any log level and in any format, loaded or lazy, through every fault of AWS, to whatever end",
    () =>
      Effect.forEach(
        RUNS,
        Effect.fnUntraced(function* ({ format, level, preload }, index) {
          const variables = { CACHE_EXTENSION_LOG_LEVEL: level, CACHE_EXTENSION_LOG_FORMAT: format }
          const end = WAYS[index % WAYS.length] ?? ENDINGS.SHUTDOWN
          const { files, outputs } = yield* live(artifact, { preload, variables }, end)
          assert.deepStrictEqual(findLeaks(SECRETS, outputs), [])
          assert.deepStrictEqual(files, [])
          assert.strictEqual(textOf(outputs, "the files it has open"), "")
          // The search finds what is there to be found.
          assert.deepStrictEqual(findLeaks([NAME], outputs), [`name in the answer 404 to GET ${NOWHERE}`])
          assert.strictEqual(textOf(outputs, "the log").includes("Waiting for event"), SHOWS_LIFE.has(level))
        }),
        { concurrency: "unbounded" },
      ),
    ALL_RUNS_WITHIN,
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
      Effect.forEach(
        TORN,
        Effect.fnUntraced(function* (reply) {
          const endpoint = yield* serveAnswer(reply, status)
          const { environment } = yield* plant(artifact, {
            endpointOf: () => endpoint,
            preload: true,
            variables: VERBOSE,
          })
          yield* environment.lambda.init
          const answers = yield* askEverything(environment)
          yield* environment.lambda.shutdown()
          assert.match(answers.map(({ where }) => where).join(), /answer 50[24] to GET/)
          assert.deepStrictEqual(findLeaks(SECRETS, [...answers, ...reportsOf(environment)]), [])
        }),
        { concurrency: "unbounded" },
      ),
  )
})
