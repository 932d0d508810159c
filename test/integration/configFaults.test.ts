/**
 * What happens when the configuration cannot be used: init/error with words that its owner can act on, then exit 1, so
 * that INIT fails and the words are the function's error. Dozens of broken files, broken variables, and the port.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import net from "node:net"
import { isEvent } from "../../local/lambda/events.ts"
import { BROKEN_CONFIGS } from "../support/brokenConfigs.ts"
import { IMPOSSIBLE_NAMES } from "../support/impossibleNames.ts"
import { type Artifact, casesOn, EXTENSION, makeEnvironment, onEachArtifact } from "../support/extension.ts"
import { freePort, listen } from "../support/extensionHttp.ts"

/** Of what AWS cannot have a sample is enough: test/config tries all of it. */
const LEFT_OUT = new Set(IMPOSSIBLE_NAMES.filter((_, index) => index % 8 !== 0))

/** Lambda always says where it is: the faults of a machine without AWS_REGION cannot occur. */
const CASES = BROKEN_CONFIGS.filter((broken) => broken.context === undefined && !LEFT_OUT.has(broken))

const HINT =
  "a file config.yaml in the root of the function's package, or at the path in CACHE_EXTENSION_CONFIG; an empty one is valid"

interface Start {
  readonly config: string | undefined
  readonly variables?: Readonly<Record<string, string>>
}

interface Failure {
  readonly errorType: string
  readonly lines: ReadonlyArray<string>
  readonly configFile: string
  readonly code: number | null
}

/** Starts an environment that must fail in INIT: what the extension reported, and how it ended. */
const failureOf = Effect.fnUntraced(function* (artifact: Artifact, start: Start) {
  const { configFile, lambda, lines } = yield* makeEnvironment({ artifact, ...start })
  const failed = yield* Effect.flip(lambda.init)
  assert.strictEqual(failed._tag, "InitFailed")
  const report = yield* lambda.events.waitFor(isEvent("init-error"))
  const exited = yield* lambda.events.waitFor(isEvent("exited"))
  const { errorMessage, errorType } = JSON.parse(report.body) as Record<string, string>
  assert.strictEqual(errorType, report.errorType)
  assert.strictEqual(report.name, EXTENSION)
  const faults = String(errorMessage).split("\n")
  // What a process has printed may be read after its exit.
  yield* lambda.logs.waitFor(({ line }) => line.endsWith(`ERROR ${faults.at(-1)}`))
  const log = lines().join("\n")
  for (const fault of faults) assert.include(log, `ERROR ${fault}`)
  const failure: Failure = {
    errorType: report.errorType,
    lines: faults,
    configFile,
    code: exited.code,
  }
  return failure
}) satisfies (...args: never) => Effect.Effect<Failure, unknown, Scope.Scope>

const expectFaults = (failure: Failure, faults: ReadonlyArray<string>) => {
  assert.strictEqual(failure.errorType, "Extension.ConfigInvalid")
  assert.deepStrictEqual(
    failure.lines.map((line) => line.replace(failure.configFile, "config.yaml")),
    faults,
  )
  assert.strictEqual(failure.code, 1)
}

onEachArtifact("INIT fails and says where, what and what instead", (artifact) => {
  it.live.each(casesOn(artifact, CASES))("for a config.yaml with $name", ({ faults, text: config }) =>
    Effect.gen(function* () {
      expectFaults(yield* failureOf(artifact, { config }), faults)
    }),
  )

  it.live("for a config.yaml that is not there", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf(artifact, { config: undefined })
      expectFaults(failure, [`config.yaml: the file: found nothing at this path; allowed: ${HINT}`])
    }),
  )

  it.live.each([
    { file: "/", found: "a directory" },
    { file: "/dev/null", found: "a pipe, socket or device" },
  ])("for a config.yaml that is no file: $file", ({ file, found }) =>
    Effect.gen(function* () {
      const variables = { CACHE_EXTENSION_CONFIG: file }
      const { lines } = yield* failureOf(artifact, { config: undefined, variables })
      assert.deepStrictEqual(lines, [`${file}: the file: found ${found}; allowed: ${HINT}`])
    }),
  )

  it.live.each([
    ["CACHE_EXTENSION_TTL", "5", "a duration"],
    ["CACHE_EXTENSION_TTL", "1 h", "a duration"],
    ["CACHE_EXTENSION_TTL", "forever", "a duration"],
    ["CACHE_EXTENSION_INIT_STARTUP", "yes", "1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False"],
    ["CACHE_EXTENSION_INIT_STARTUP", "2", "1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False"],
    ["CACHE_EXTENSION_LOG_LEVEL", "loud", "debug, info, warn, error, none"],
    ["CACHE_EXTENSION_LOG_FORMAT", "xml", "text, json"],
    ["AWS_USE_FIPS_ENDPOINT", "1", "true or false, in any case"],
    ["AWS_USE_DUALSTACK_ENDPOINT", "on", "true or false, in any case"],
    ["AWS_ENDPOINT_URL_SSM", "localhost:4566", "a URL such as http://localhost:4566, without credentials"],
  ] as const)("for the variable %s=%s", ([variable, value, allowed]) =>
    Effect.gen(function* () {
      const failure = yield* failureOf(artifact, { config: "", variables: { [variable]: value } })
      assert.deepInclude(failure, { errorType: "Extension.ConfigInvalid", code: 1 })
      const start = `environment: ${variable}: found "${value}"; allowed: ${allowed}`
      assert.strictEqual(failure.lines[0]?.slice(0, start.length), start)
      assert.strictEqual(failure.lines.length, 1)
    }),
  )

  it.live.each(["x", "0x10", "65536", "-1", "4000.5"])("for a port that is none: %s", (value) =>
    Effect.gen(function* () {
      const failure = yield* failureOf(artifact, { config: "", variables: { CACHE_EXTENSION_PORT: value } })
      assert.deepInclude(failure, { errorType: "Extension.ConfigInvalid", code: 1 })
      assert.deepStrictEqual(failure.lines, [
        `environment: CACHE_EXTENSION_PORT: found "${value}"; allowed: a port number from 1 to 65535`,
      ])
    }),
  )

  it.live("for faults of the environment and of the file at once", () =>
    Effect.gen(function* () {
      const variables = { CACHE_EXTENSION_TTL: "5", CACHE_EXTENSION_INIT_STARTUP: "yes" }
      const failure = yield* failureOf(artifact, { config: "colour: red\nsize: big\n", variables })
      const keys = failure.lines.map((line) => /(\w+): found/.exec(line)?.[1])
      assert.deepStrictEqual(keys, [...Object.keys(variables), "colour", "size"])
    }),
  )

  it.live("for a port that another process holds, and names the variable that chooses another", () =>
    Effect.gen(function* () {
      const port = yield* listen(net.createServer(), yield* freePort)
      const variables = { CACHE_EXTENSION_PORT: String(port) }
      const failure = yield* failureOf(artifact, { config: "", variables })
      assert.deepInclude(failure, { errorType: "Extension.PortInUse", code: 1 })
      const [, systemsWords] = failure.lines.join().split(/^port \d+ cannot be opened /)
      assert.match(String(systemsWords), /^\(.*in use.*\); CACHE_EXTENSION_PORT chooses another$/)
      assert.include(failure.lines.join(), `port ${port} `)
    }),
  )

  it.live("and every invoke fails too, because the environment never becomes ready", () =>
    Effect.gen(function* () {
      const { lambda } = yield* makeEnvironment({ artifact, config: "colour: red\n" })
      const { functionError, payload } = yield* lambda.invoke()
      assert.strictEqual(functionError?.type, "Extension.InitError")
      assert.isUndefined(payload)
    }),
  )
})

onEachArtifact("an empty config.yaml", (artifact) => {
  it.live("is valid: INIT succeeds and nothing is listed", () =>
    Effect.gen(function* () {
      const { lambda } = yield* makeEnvironment({ artifact, config: "" })
      assert.isAbove(yield* lambda.init, 0)
    }),
  )
})
