/**
 * The examples of example/, one a language, beside the built extension: Node and Python as the functions they are, the
 * others as programs, where their toolchain is on the PATH. All have a proxy in their environment that does not work.
 */
import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { cpSync, readFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { readSeed } from "../../cli/seed/seedFile.ts"
import type { FunctionSpec } from "../../local/lambda/options.ts"
import { isOnPath } from "../sam/onPath.ts"
import { clientsFor } from "../support/aws.ts"
import { ARTIFACTS, type Environment, makeEnvironment } from "../support/extension.ts"
import { DEAD_PROXY, DEAD_PROXY_OF_NODE, python3, temporaryFolder } from "../support/lambda.ts"

const EXAMPLE = path.resolve(import.meta.dirname, "../../example")
const PYTHON_RUNTIME = path.resolve(import.meta.dirname, "../sam/fixtures/python-runtime.py")

/** Any artifact will do: that they answer alike is tested elsewhere. */
const ARTIFACT = ARTIFACTS.findLast(({ unable }) => unable === undefined)

/** What local Lambda gives as AWS_SESSION_TOKEN, which the example's config.yaml asks for. */
const SESSION_TOKEN = "local"
const WITH_TOKEN = { headers: { "x-aws-parameters-secrets-token": SESSION_TOKEN } }

const OLD = "a secret from Secrets Manager"
const ROTATED = "rotated"

/** What every example prints, or answers, when the secret that the extension holds was rotated. */
const check = (output: string): void => {
  const [greeting, data, several = "", session, missing = ""] = output.trim().split("\n")
  assert.deepStrictEqual(
    [greeting, data, session],
    ["Hello from Parameter Store", "Sample Data", "logged in"],
    output,
  )
  // Java shows the JSON: it has no parser.
  assert.match(several, /^(2 values, 1 error|\{"values":\{.*"missing":\{.*\}\})$/)
  assert.match(missing, /^404 .*No data found/)
}

/** The extension with the example's config.yaml, beside an AWS with the example's seed. */
const environmentOf = (spec: FunctionSpec = { kind: "attach" }) =>
  Effect.gen(function* () {
    assert.isDefined(ARTIFACT)
    const config = readFileSync(path.join(EXAMPLE, "config.yaml"), "utf8")
    return yield* makeEnvironment({
      artifact: ARTIFACT,
      // A test does not wait for a second.
      config: `${config}cache:\n  forced_refresh_interval: 0s\n`,
      seed: yield* Effect.orDie(readSeed(path.join(EXAMPLE, "seed.yaml"))),
      // A proxy that does not work is not for what stays on this machine.
      variables: spec.kind === "node" ? DEAD_PROXY_OF_NODE : DEAD_PROXY,
      lambda: { function: spec, freeze: spec.kind !== "attach", timeout: "20 seconds" },
    })
  })

const rotate = Effect.fnUntraced(function* ({ aws }: Environment) {
  const { secrets } = yield* clientsFor(aws.endpoint)
  yield* Effect.promise(() =>
    secrets.send(new PutSecretValueCommand({ SecretId: "secret_info", SecretString: ROTATED })),
  )
})

interface Sample {
  readonly language: string
  /** Why it cannot run here. */
  readonly unable: string | undefined
}

interface FunctionSample extends Sample {
  readonly function: FunctionSpec
}

const python = python3()

const FUNCTIONS: ReadonlyArray<FunctionSample> = [
  {
    language: "Node.js",
    unable: undefined,
    function: { kind: "node", taskRoot: path.join(EXAMPLE, "node"), handler: "index.handler" },
  },
  {
    language: "Python",
    unable: python === undefined ? "there is no python3" : undefined,
    function: {
      kind: "command",
      command: python ?? "python3",
      args: [PYTHON_RUNTIME],
      taskRoot: path.join(EXAMPLE, "python"),
      handler: "app.handler",
    },
  },
]

interface ProgramSample extends Sample {
  readonly folder: string
  /** The command, to be run in a copy of the folder; the password that the database takes follows. */
  readonly command: ReadonlyArray<string>
}

const program = (language: string, folder: string, ...command: ReadonlyArray<string>): ProgramSample => {
  const [tool = ""] = command
  return { language, folder, command, unable: isOnPath(tool) ? undefined : `there is no ${tool}` }
}

const PROGRAMS: ReadonlyArray<ProgramSample> = [
  program("Go", "go", "go", "run", "main.go"),
  program("Java", "java", "java", "Example.java"),
  program("Ruby", "ruby", "ruby", "app.rb"),
  program(".NET", "dotnet", "dotnet", "run", "--"),
]

const because = ({ unable }: Sample): string => (unable === undefined ? "" : `, skipped: ${unable}`)

const PROMISE = "reads text, a field, several names, refreshes a rotated secret and meets a problem"

for (const sample of FUNCTIONS) {
  describe.skipIf(sample.unable !== undefined)(`the example in ${sample.language}${because(sample)}`, () => {
    it.live(PROMISE, () =>
      Effect.gen(function* () {
        const environment = yield* environmentOf(sample.function)
        const invoke = (password: string) => environment.lambda.invoke({ password })
        const before = yield* invoke(OLD)
        yield* rotate(environment)
        const after = yield* invoke(ROTATED)
        for (const { functionError, payload } of [before, after]) {
          assert.isUndefined(functionError)
          check(JSON.parse(payload ?? `""`))
        }
      }),
    )
  })
}

for (const sample of PROGRAMS) {
  describe.skipIf(sample.unable !== undefined)(`the example in ${sample.language}${because(sample)}`, () => {
    it.live(
      PROMISE,
      () =>
        Effect.gen(function* () {
          const environment = yield* environmentOf()
          yield* environment.lambda.init
          assert.strictEqual((yield* environment.read("secrets", "secret_info", WITH_TOKEN)).text, OLD)
          yield* rotate(environment)
          const folder = yield* temporaryFolder
          cpSync(path.join(EXAMPLE, sample.folder), folder, { recursive: true })
          const [tool = "", ...args] = sample.command
          const variables = {
            CACHE_EXTENSION_PORT: String(environment.port),
            AWS_SESSION_TOKEN: SESSION_TOKEN,
            ...DEAD_PROXY,
            DOTNET_CLI_TELEMETRY_OPTOUT: "1",
            DOTNET_NOLOGO: "1",
          }
          const options = { cwd: folder, env: { ...process.env, ...variables } }
          const run = promisify(execFile)
          const { stdout } = yield* Effect.promise(() => run(tool, [...args, ROTATED], options))
          check(stdout)
        }),
      120_000,
    )
  })
}
