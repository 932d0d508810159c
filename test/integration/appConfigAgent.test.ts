/**
 * `compatibility.appconfig_agent: on`: functions that were written for AWS's AppConfig agent, on the built extension. A real
 * function with Powertools, the samples of AWS's documentation, and what the agent's variables do.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import net from "node:net"
import path from "node:path"
import { promisify } from "node:util"
import { isEvent } from "../../local/lambda/events.ts"
import type { Configuration } from "../../local/aws/AppConfig.ts"
import { REGION } from "../support/aws.ts"
import {
  type Artifact,
  type Environment,
  type EnvironmentOptions,
  isOnNode,
  makeEnvironment,
  onEachArtifact,
  readOf,
  startEnvironment,
} from "../support/extension.ts"
import { ask, type AskOptions, freePort, listen } from "../support/extensionHttp.ts"
import { DISPLAYS, ION_TYPE } from "../support/flagVariants.ts"
import { payloadOf, python3 } from "../support/lambda.ts"

const FIXTURES = path.resolve(import.meta.dirname, "fixtures/appConfigAgent")
const POWERTOOLS = { kind: "node", taskRoot: FIXTURES, handler: "index.handler" } as const
const PYTHON = python3()

const PORT = "AWS_APPCONFIG_EXTENSION_HTTP_PORT"
const PREFETCH = "AWS_APPCONFIG_EXTENSION_PREFETCH_LIST"
const ROLE = "arn:aws:iam::123456789012:role/reader"

const ON = "compatibility: { appconfig_agent: on }\n"
const VALUES = { beta: { enabled: true, limit: 10 }, gone: { enabled: false } }
const FLAGS: Configuration = {
  application: "shop",
  environment: "prod",
  profile: "flags",
  content: JSON.stringify(VALUES),
  label: "v7",
  pollInterval: 0,
}
const WORDS: Configuration = {
  ...FLAGS,
  profile: "words",
  content: "hello: wörld",
  type: "application/x-yaml",
}
const SLASHED: Configuration = { ...FLAGS, profile: "a/b" }
const ELSEWHERE: Configuration = { ...FLAGS, profile: "far", region: "eu-central-1" }
const VARIANTS: Configuration = { ...FLAGS, profile: "displays", content: DISPLAYS, type: ION_TYPE }
const SEED = { appconfig: [FLAGS, WORDS, SLASHED, ELSEWHERE, VARIANTS] }

const pathOf = (profile: string) =>
  `/applications/shop/environments/prod/configurations/${encodeURIComponent(profile)}`

interface WithAgent extends Environment {
  readonly get: (target: string, options?: AskOptions) => ReturnType<Environment["ask"]>
}

type Options = Omit<EnvironmentOptions, "artifact" | "config"> & { readonly config?: string }

const optionsFor = Effect.fnUntraced(function* (artifact: Artifact, options: Options) {
  const port = yield* freePort
  const variables = { [PORT]: String(port), ...options.variables }
  return { port, options: { artifact, config: ON, seed: SEED, ...options, variables } }
})

const start = Effect.fnUntraced(function* (artifact: Artifact, given: Options = {}) {
  const { options, port } = yield* optionsFor(artifact, given)
  const environment = yield* startEnvironment(options)
  const started: WithAgent = {
    ...environment,
    get: (target, asked) => Effect.orDie(ask(port, target, asked)),
  }
  return { ...started, agentPort: port }
})

const appConfigCalls = ({ aws }: Environment) =>
  Effect.map(aws.calls.all, (calls) => calls.filter(({ service }) => service === "appconfig"))

const operationsOf = (environment: Environment) =>
  Effect.map(appConfigCalls(environment), (calls) => calls.map(({ operation }) => operation))

const LOAD = ["StartConfigurationSession", "GetLatestConfiguration"]

onEachArtifact("a function written for AWS's AppConfig agent", (artifact) => {
  it.live("reads by Powertools and as AWS's samples do, with nothing listed, and the layer calls once", () =>
    Effect.gen(function* () {
      const { options } = yield* optionsFor(artifact, { lambda: { function: POWERTOOLS } })
      const environment = yield* makeEnvironment(options)
      const { lambda } = environment
      yield* lambda.init
      assert.deepStrictEqual(payloadOf(yield* lambda.invoke({})), {
        powertools: VALUES,
        text: "hello: wörld",
        missing: "undefined",
        sample: VALUES,
        flag: VALUES.beta,
        flags: VALUES,
      })
      // The flags once for all four reads, the words, and a session that AppConfig refuses.
      assert.deepStrictEqual(yield* operationsOf(environment), [
        ...LOAD,
        ...LOAD,
        "StartConfigurationSession",
      ])
    }),
  )

  it.live.skipIf(PYTHON === undefined || !isOnNode(artifact))("reads as AWS's samples in Python do", () =>
    Effect.gen(function* () {
      const { agentPort } = yield* start(artifact)
      const run = promisify(execFile)
      const env = { [PORT]: String(agentPort) }
      const { stdout } = yield* Effect.promise(() =>
        run(PYTHON ?? "", [path.join(FIXTURES, "sample.py")], { env }),
      )
      assert.deepStrictEqual(JSON.parse(stdout), { config: VALUES, flag: VALUES.beta })
    }),
  )

  it.live("finds what its prefetch list names in memory, although nothing is loaded otherwise", () =>
    Effect.gen(function* () {
      const paths = [pathOf("flags"), pathOf("a/b"), pathOf("missing")]
      const environment = yield* start(artifact, { variables: { [PREFETCH]: paths.join(",") } })
      const before = yield* operationsOf(environment)
      assert.strictEqual(before.filter((operation) => operation === "GetLatestConfiguration").length, 2)
      for (const profile of ["flags", "a/b"]) {
        const { headers, status, text } = yield* environment.get(pathOf(profile))
        assert.deepStrictEqual([status, text], [200, FLAGS.content])
        assert.deepStrictEqual([headers["configuration-version"], headers["version-label"]], ["v7", "v7"])
        assert.match(String(headers["cache-status"]), /^cache-extension; hit; ttl=4\d$/)
      }
      assert.deepStrictEqual(yield* operationsOf(environment), before)
      assert.include(
        environment.lines().join("\n"),
        `Prefetched 2 of 3 in ${PREFETCH}; not loaded: appconfig "shop/prod/missing"`,
      )
    }),
  )

  it.live("gets a new deployment with the next poll, and the old one while AppConfig fails", () =>
    Effect.gen(function* () {
      // Each read polls.
      const environment = yield* start(artifact, { variables: { CACHE_EXTENSION_TTL: "0s" } })
      const { aws, get } = environment
      yield* get(pathOf("flags"))
      yield* aws.appConfig.deploy({
        ...FLAGS,
        region: REGION,
        content: '{"beta":{"enabled":false}}',
        label: "v8",
      })
      const second = yield* get(`${pathOf("flags")}?flag=beta`)
      assert.deepStrictEqual([second.text, second.headers["version-label"]], ['{"enabled":false}', "v8"])
      yield* aws.faults.inject({ service: "appconfig", effect: { kind: "resetBefore" } })
      const old = yield* get(pathOf("flags"))
      assert.deepStrictEqual([old.status, old.text], [200, '{"beta":{"enabled":false}}'])
      assert.include(String(old.headers["cache-status"]), "detail=stale-if-error")
      assert.strictEqual((yield* get(pathOf("words"))).status, 502)
    }),
  )

  it.live(
    "reads as the role and from the region of the agent's variables, but what is listed as it is listed",
    () =>
      Effect.gen(function* () {
        const environment = yield* start(artifact, {
          config: `${ON}appconfig:\n  - { application: shop, environment: prod, profile: flags, region: ${REGION} }\n`,
          variables: {
            AWS_APPCONFIG_EXTENSION_SERVICE_REGION: "eu-central-1",
            AWS_APPCONFIG_EXTENSION_ROLE_ARN: ROLE,
          },
        })
        const { get } = environment
        assert.strictEqual((yield* get(pathOf("far"))).text, FLAGS.content)
        assert.strictEqual((yield* get(pathOf("flags"))).text, FLAGS.content)
        assert.strictEqual((yield* get(pathOf("words"))).status, 404)
        const roles = (yield* appConfigCalls(environment)).map(({ names, role }) => `${names.join()} ${role}`)
        assert.include(roles, `shop/prod/far ${ROLE}`)
        assert.include(roles, "shop/prod/flags undefined")
      }),
  )

  it.live(
    "gets the variant that its context selects, on both ports, and is told what cannot be evaluated",
    () =>
      Effect.gen(function* () {
        const { ask: askMain, get } = yield* start(artifact, { config: `${ON}on_demand: allow\n` })
        const beta = { headers: { context: "userId=beta1, name=José" } }
        const variant = '{"_variant": "BetaTesters", "enabled": true}'
        assert.strictEqual((yield* get(`${pathOf("displays")}?flag=simple_feature`, beta)).text, variant)
        const own = `${readOf("appconfig", "shop/prod/displays")}&flag=simple_feature`
        assert.strictEqual((yield* askMain(own, beta)).text, variant)
        const all = yield* get(pathOf("displays"))
        assert.strictEqual(all.headers["content-type"], "application/json")
        assert.deepStrictEqual(JSON.parse(all.text).simple_feature, { _variant: "default", enabled: false })
        const undecided = yield* get(pathOf("displays"), { headers: { context: "userId=1" } })
        assert.strictEqual(undecided.status, 501)
        assert.match(undecided.text, /flag "colorway" depends on split.*comes unevaluated/)
      }),
  )

  it.live("gets AppConfig's refusal with its status, and no port 4000 opens to what is not listed", () =>
    Effect.gen(function* () {
      const { aws, get, read } = yield* start(artifact)
      yield* get(pathOf("flags"))
      assert.strictEqual((yield* read("appconfig", "shop/prod/flags")).status, 404)
      yield* aws.faults.inject({
        service: "appconfig",
        effect: { kind: "error", status: 403, type: "AccessDeniedException" },
      })
      const denied = yield* get(pathOf("words"))
      assert.strictEqual(denied.status, 403)
      assert.include(denied.text, "AccessDeniedException")
      assert.strictEqual(
        (yield* get(pathOf("flags"), { headers: { origin: "https://example.org" } })).status,
        403,
      )
    }),
  )

  it.live.skipIf(!isOnNode(artifact))(
    "does not start where the agent's port is taken, or its variables make no sense",
    () =>
      Effect.gen(function* () {
        const taken = yield* listen(net.createServer(), yield* freePort)
        const reportOf = Effect.fnUntraced(function* (variables: Readonly<Record<string, string>>) {
          const { options } = yield* optionsFor(artifact, { variables })
          const { lambda } = yield* makeEnvironment(options)
          yield* Effect.flip(lambda.init)
          return yield* lambda.events.waitFor(isEvent("init-error"))
        })
        const busy = yield* reportOf({ [PORT]: String(taken) })
        assert.strictEqual(busy.errorType, "Extension.PortInUse")
        assert.include(busy.body, `${PORT} chooses another`)
        const wrong = yield* reportOf({
          [PREFETCH]: "/shop",
          AWS_APPCONFIG_EXTENSION_PROXY_HEADERS: "Authorization: secret",
        })
        assert.strictEqual(wrong.errorType, "Extension.ConfigInvalid")
        assert.match(wrong.body, /PREFETCH_LIST: found .*allowed: paths such as/)
        assert.match(wrong.body, /PROXY_HEADERS: found a value; allowed: nothing; HTTPS_PROXY/)
        assert.notInclude(wrong.body, "secret")
      }),
  )
})
