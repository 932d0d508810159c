/**
 * `compatibility.parameters_and_secrets: on`: functions that were written for the AWS Parameters and Secrets extension,
 * on the built extension. A real function on Middy, and requests as other clients make them.
 */
import { assert, it, layer } from "@effect/vitest"
import { Context, Effect, Fiber, Layer } from "effect"
import net from "node:net"
import path from "node:path"
import { isEvent } from "../../src/local/lambda/events.ts"
import {
  type Artifact,
  type Environment,
  type EnvironmentOptions,
  makeEnvironment,
  onEachArtifact,
  startEnvironment,
} from "../support/extension.ts"
import { ask, type Answer, freePort, listen } from "../support/extensionHttp.ts"
import { payloadOf } from "../support/lambda.ts"

const ON = "compatibility:\n  parameters_and_secrets: on\n"
const LISTED = `${ON}parameters:\n  - names: [plain]\n`
const PORT = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"
const TOKEN_HEADER = "X-Aws-Parameters-Secrets-Token"

/** AWS_SESSION_TOKEN of the environments that `makeEnvironment` makes. */
const TOKEN = "local"

const AUTHORIZED = { headers: { [TOKEN_HEADER]: TOKEN } }

const BINARY = Buffer.from([0, 255, 128, 10])
const SEED = {
  parameters: [
    { name: "/shop/flags", value: '{"beta":true}' },
    { name: "/shop/password", value: "first", type: "SecureString" },
    { name: "plain", value: "größer <&>" },
    { name: "list", value: "a,b", type: "StringList" },
  ],
  secrets: [
    { name: "shop/database", value: '{"user":"u"}' },
    { name: "binary", binary: BINARY.toString("base64") },
  ],
} as const

/** The function on Middy, under AWS's own runtime client. */
const MIDDY = {
  kind: "node",
  taskRoot: path.resolve(import.meta.dirname, "fixtures/compatible"),
  handler: "index.handler",
} as const

interface Compatible extends Environment {
  readonly compatiblePort: number
  /** A request as that extension's clients make it. */
  readonly get: (target: string, headers?: Readonly<Record<string, string>>) => Effect.Effect<Answer>
}

type Options = Omit<EnvironmentOptions, "artifact" | "config"> & { readonly config?: string }

const optionsFor = Effect.fnUntraced(function* (artifact: Artifact, options: Options) {
  const compatiblePort = yield* freePort
  const variables = { [PORT]: String(compatiblePort), ...options.variables }
  return { compatiblePort, options: { artifact, config: ON, seed: SEED, ...options, variables } }
})

const start = Effect.fnUntraced(function* (artifact: Artifact, given: Options = {}) {
  const { compatiblePort, options } = yield* optionsFor(artifact, given)
  const environment = yield* startEnvironment(options)
  const compatible: Compatible = {
    ...environment,
    compatiblePort,
    get: (target, headers = AUTHORIZED.headers) => Effect.orDie(ask(compatiblePort, target, { headers })),
  }
  return compatible
})

class Started extends Context.Service<Started, Compatible>()("test/Started") {}

const PARAMETER = "/systemsmanager/parameters/get"
const SECRET = "/secretsmanager/get"
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z$/

/** The design's bound for leaving. */
const LEAVE_WITHIN = 500

/** A busy machine may delay a process once, but not thrice. */
const ATTEMPTS = 3

/** What the function on Middy reads. */
const MIDDY_READS = ["/shop/flags", "/shop/password:1", "shop/database"]

/** The names that AWS was asked for, in whichever batches. */
const namesAsked = ({ aws }: Environment) =>
  Effect.map(aws.calls.all, (calls) => calls.flatMap(({ names }) => names))

onEachArtifact("a function written for the AWS Parameters and Secrets extension", (artifact) => {
  it.live("works by swapping layers", () =>
    Effect.gen(function* () {
      const { options } = yield* optionsFor(artifact, { lambda: { function: MIDDY } })
      const environment = yield* makeEnvironment(options)
      const invoke = Effect.map(environment.lambda.invoke({}), payloadOf)
      const expected = { flags: { beta: true }, password: "first", database: { user: "u" } }
      assert.deepStrictEqual(yield* invoke, expected)
      assert.deepStrictEqual(yield* invoke, expected)
      assert.sameMembers(yield* namesAsked(environment), MIDDY_READS, "each once for both invokes")
    }),
  )
})

onEachArtifact("the routes of the AWS Parameters and Secrets extension", (artifact) => {
  const started = Layer.effect(Started, start(artifact))
  layer(started, { excludeTestServices: true, timeout: "30 seconds" })("answer", (it) => {
    const json = Effect.fnUntraced(function* (target: string) {
      const { get } = yield* Started
      const answer = yield* get(target)
      assert.strictEqual(answer.status, 200, answer.text)
      assert.strictEqual(answer.headers["content-type"], "application/json")
      return JSON.parse(answer.text) as Record<string, unknown>
    })

    it.effect("with all that the SDK says of a parameter", () =>
      Effect.gen(function* () {
        const { Parameter, ...rest } = yield* json(`${PARAMETER}/?name=plain`)
        const { ARN, LastModifiedDate, ...parameter } = Parameter as Record<string, unknown>
        assert.deepStrictEqual(parameter, {
          DataType: "text",
          Name: "plain",
          Selector: null,
          SourceResult: null,
          Type: "String",
          Value: "größer <&>",
          Version: 1,
        })
        assert.match(String(ARN), /^arn:aws:ssm:[a-z0-9-]+:\d{12}:parameter\/plain$/)
        assert.match(String(LastModifiedDate), DATE)
        assert.deepStrictEqual(rest, { ResultMetadata: {} })
      }),
    )

    it.effect("with all that the SDK says of a secret", () =>
      Effect.gen(function* () {
        const { ARN, CreatedDate, VersionId, ...secret } = yield* json(`${SECRET}?secretId=shop%2Fdatabase`)
        assert.deepStrictEqual(secret, {
          Name: "shop/database",
          SecretBinary: null,
          SecretString: '{"user":"u"}',
          VersionStages: ["AWSCURRENT"],
          ResultMetadata: {},
        })
        assert.match(String(ARN), /^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:shop\/database-\w{6}$/)
        assert.match(String(CreatedDate), DATE)
        assert.match(String(VersionId), /^[0-9a-f-]{36}$/)
      }),
    )

    it.effect("a binary secret in base64", () =>
      Effect.gen(function* () {
        const { SecretBinary, SecretString } = yield* json(`${SECRET}?secretId=binary`)
        assert.deepStrictEqual([SecretBinary, SecretString], [BINARY.toString("base64"), null])
      }),
    )

    it.effect.each([
      ["name=/shop/password&withDecryption=true", "first"],
      ["name=%2Fshop%2Fpassword&version=1&withDecryption=True", "first"],
      ["withDecryption=true&name=/shop/password:1", "first"],
      ["name=list", "a,b"],
    ] as const)("the value of ?%s", ([query, value]) =>
      Effect.gen(function* () {
        for (const slash of ["", "/"]) {
          const { Parameter } = yield* json(`${PARAMETER}${slash}?${query}`)
          assert.deepInclude(Parameter, { Value: value })
        }
      }),
    )

    it.effect("a SecureString as it is stored, where decryption is not asked for", () =>
      Effect.gen(function* () {
        const { Parameter } = yield* json(`${PARAMETER}?name=/shop/password`)
        const { Type, Value } = Parameter as Record<string, unknown>
        assert.strictEqual(Type, "SecureString")
        assert.match(String(Value), /^AQIC/)
      }),
    )

    it.effect("versions of a secret by id and by stage", () =>
      Effect.gen(function* () {
        const { VersionId } = yield* json(`${SECRET}?secretId=shop/database`)
        const byId = yield* json(`${SECRET}?secretId=shop/database&versionId=${String(VersionId)}`)
        const byStage = yield* json(`${SECRET}?secretId=shop/database&versionStage=AWSCURRENT`)
        assert.deepStrictEqual([byId["VersionId"], byStage["VersionId"]], [VersionId, VersionId])
      }),
    )

    it.effect.each([
      `${PARAMETER}?name=missing`,
      `${PARAMETER}?name=plain&version=7`,
      `${SECRET}?secretId=missing`,
      `${SECRET}?secretId=shop/database&versionStage=NONE`,
    ])("400 in that extension's words for what AWS does not have: %s", (target) =>
      Effect.gen(function* () {
        const { get, lines } = yield* Started
        const answer = yield* get(target)
        const text = "an unexpected error occurred while executing request"
        assert.deepInclude(answer, { status: 400, text })
        assert.include(lines().join("\n"), "request encountered an error: ")
      }),
    )

    it.effect("401 without the function's token, before anything is asked of AWS", () =>
      Effect.gen(function* () {
        const { aws, get } = yield* Started
        yield* aws.calls.clear
        for (const headers of [{}, { [TOKEN_HEADER]: "locak" }]) {
          const answer = yield* get(`${PARAMETER}?name=missing-too`, headers)
          assert.deepInclude(answer, { status: 401, text: "bad session token or header key" })
        }
        assert.deepStrictEqual(yield* aws.calls.all, [])
      }),
    )

    it.effect("on their own port alone, which has no others", () =>
      Effect.gen(function* () {
        const { ask: askMain, get } = yield* Started
        assert.strictEqual((yield* askMain(`${PARAMETER}?name=plain`, AUTHORIZED)).status, 404)
        assert.strictEqual((yield* get("/health")).status, 404)
      }),
    )
  })

  it.live("answer a listed name from the entry that the load has filled, by its own ttl", () =>
    Effect.gen(function* () {
      const variables = { SSM_PARAMETER_STORE_TTL: "0" }
      const given = { config: LISTED, variables, preload: true }
      const { get, operations, read } = yield* start(artifact, given)
      const { headers } = yield* get(`${PARAMETER}?name=plain`)
      assert.match(String(headers["cache-status"]), /^cache-extension; hit; ttl=3[56]\d\d$/)
      assert.strictEqual((yield* read("parameters", "plain")).text, "größer <&>")
      assert.deepStrictEqual(yield* operations, ["GetParameter"])
    }),
  )

  it.live("ask AWS each time where a variable says so, and give the last good value while it fails", () =>
    Effect.gen(function* () {
      const variables = { SECRETS_MANAGER_TTL: "0" }
      const { aws, get, operations } = yield* start(artifact, { variables })
      yield* get(`${SECRET}?secretId=shop/database`)
      yield* get(`${SECRET}?secretId=shop/database`)
      assert.strictEqual((yield* operations).length, 2)
      yield* aws.faults.inject({ effect: { kind: "error", status: 400, type: "AccessDeniedException" } })
      const answer = yield* get(`${SECRET}?secretId=shop/database`)
      assert.strictEqual(answer.status, 200)
      assert.match(String(answer.headers["cache-status"]), /detail=stale-if-error$/)
    }),
  )

  it.live("keep nothing that is not listed where the cache is switched off", () =>
    Effect.gen(function* () {
      const variables = { PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED: "false" }
      const { aws, get } = yield* start(artifact, { variables })
      yield* get(`${PARAMETER}?name=plain`)
      yield* aws.faults.inject({ effect: { kind: "error", status: 400, type: "AccessDeniedException" } })
      assert.strictEqual((yield* get(`${PARAMETER}?name=plain`)).status, 400)
    }),
  )

  it.live("are answered during INIT already, where that extension says 400, and join the load", () =>
    Effect.gen(function* () {
      const given = { config: LISTED, preload: true, latency: 300 }
      const { compatiblePort, options } = yield* optionsFor(artifact, given)
      const { aws, lambda, operations } = yield* makeEnvironment(options)
      const loading = yield* Effect.forkScoped(aws.calls.next(() => true))
      yield* Effect.forkScoped(lambda.init)
      yield* Fiber.join(loading)
      const answer = yield* ask(compatiblePort, `${PARAMETER}?name=plain`, AUTHORIZED)
      assert.strictEqual(JSON.parse(answer.text).Parameter.Value, "größer <&>")
      assert.deepStrictEqual(yield* operations, ["GetParameter"])
    }),
  )

  /** Milliseconds from SHUTDOWN to the exit, while a request hangs on each of the ports. */
  const leaveTime = Effect.gen(function* () {
    const environment = yield* start(artifact, { config: LISTED, latency: 10_000 })
    const { aws, compatiblePort, lambda, port } = environment
    const asked = yield* Effect.forkScoped(aws.calls.next(() => true))
    yield* Effect.forkScoped(Effect.ignore(ask(port, "/parameters?name=plain")))
    yield* Effect.forkScoped(Effect.ignore(ask(compatiblePort, `${PARAMETER}?name=plain`, AUTHORIZED)))
    yield* Fiber.join(asked)
    yield* lambda.shutdown()
    const sent = yield* lambda.events.waitFor(isEvent("shutdown-sent"))
    const exited = yield* lambda.events.waitFor(isEvent("exited"))
    assert.strictEqual(exited.code, 0)
    for (const closed of [port, compatiblePort]) {
      assert.strictEqual((yield* Effect.flip(ask(closed, "/"))).code, "ECONNREFUSED")
    }
    return exited.at - sent.at
  })

  it.live("end with SHUTDOWN as the other port does, both within one grace period", () =>
    Effect.gen(function* () {
      const times = yield* Effect.replicateEffect(Effect.scoped(leaveTime), ATTEMPTS)
      assert.isBelow(Math.min(...times), LEAVE_WITHIN)
    }),
  )

  it.live(
    "are not there unless config.yaml asks for them, and then the variables are nobody's business",
    () =>
      Effect.gen(function* () {
        const variables = { SSM_PARAMETER_STORE_TTL: "soon" }
        const { compatiblePort } = yield* start(artifact, { config: "", variables })
        assert.strictEqual((yield* Effect.flip(ask(compatiblePort, "/"))).code, "ECONNREFUSED")
      }),
  )

  it.live("log at the level that the variable asks for", () =>
    Effect.gen(function* () {
      const variables = { PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL: "none" }
      const { get, lines } = yield* start(artifact, { variables })
      assert.strictEqual((yield* get(`${PARAMETER}?name=missing`)).status, 400)
      assert.notMatch(lines().join("\n"), /Cache successfully loaded|request encountered an error/)
    }),
  )

  it.live("fail INIT where the port is taken, and name the variable that chooses another", () =>
    Effect.gen(function* () {
      const port = yield* listen(net.createServer(), yield* freePort)
      const { options } = yield* optionsFor(artifact, { variables: { [PORT]: String(port) } })
      const { lambda } = yield* makeEnvironment(options)
      yield* Effect.flip(lambda.init)
      const report = yield* lambda.events.waitFor(isEvent("init-error"))
      assert.strictEqual(report.errorType, "Extension.PortInUse")
      assert.match(report.body, new RegExp(`port ${port} cannot be opened .*; ${PORT} chooses another`))
    }),
  )

  it.live("fail INIT with every variable that makes no sense", () =>
    Effect.gen(function* () {
      const variables = { SSM_PARAMETER_STORE_TTL: "5m", CACHE_EXTENSION_LOG_FORMAT: "xml" }
      const { options } = yield* optionsFor(artifact, { variables })
      const { lambda } = yield* makeEnvironment(options)
      yield* Effect.flip(lambda.init)
      const { body } = yield* lambda.events.waitFor(isEvent("init-error"))
      const { errorMessage } = JSON.parse(body) as { readonly errorMessage: string }
      const keys = errorMessage.split("\n").map((line) => /(\w+): found/.exec(line)?.[1])
      assert.deepStrictEqual(keys, ["CACHE_EXTENSION_LOG_FORMAT", "SSM_PARAMETER_STORE_TTL"])
    }),
  )
})
