/**
 * What the SDK's clients are made with: region, endpoint, credentials, one attempt; and that each is made once and ends
 * with the scope. The clients are stand-ins that keep what they were given.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { SERVICES } from "../support/services.ts"
import { Host } from "../../src/host/Host.ts"
import { makeTransport } from "../../src/host/nodeAwsTransport.ts"
import type { Environment } from "../../src/config/environment/variables.ts"
import { readSettings, Settings } from "../../src/config/Settings.ts"
import { AwsClients, type ClientOptions } from "../../src/aws/AwsClients.ts"

const READER = "arn:aws:iam::123456789012:role/reader"
const KEYS = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" }
const CONTAINER = { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/c" }
const IRELAND = { region: "eu-west-1" }

/** Clients in an environment, what they were made with, and what was connected to beforehand. */
const setup = Effect.fnUntraced(function* (environment: Environment = KEYS) {
  const made: Array<ClientOptions> = []
  const connected: Array<string> = []
  let destroyed = 0
  const scope = yield* Scope.make()
  const host = Layer.mock(Host, {
    environment: {},
    extensionName: "cache-extension",
    awsTransport: () => Effect.sync(makeTransport),
    exchange: () => Effect.die("nobody is to be asked"),
    preconnect: (url) => Effect.sync(() => connected.push(url)),
  })
  const context = yield* Layer.build(
    AwsClients.layer.pipe(Layer.provide([host, Settings.layer(environment)])),
  ).pipe(Scope.provide(scope))
  const { caller, preconnect } = yield* Effect.provideContext(AwsClients, context)
  const call = yield* caller(SERVICES.SSM, (options) => {
    made.push(options)
    return {
      destroy: () => {
        destroyed += 1
      },
    }
  }).pipe(Scope.provide(scope))
  const ask = (access: { readonly region: string; readonly roleArn?: string }) =>
    call(access, "GetParameter", () => Promise.resolve("reply"))
  return { ask, connected, made, preconnect, scope, destroyed: () => destroyed }
})

describe("a client", () => {
  it.effect(
    "is one of a hundred at most, however many regions are asked, and is made again when it is needed",
    () =>
      Effect.gen(function* () {
        const { ask, destroyed, made, scope } = yield* setup()
        for (let index = 0; index < 300; index += 1) yield* ask({ region: `region-${index}` })
        assert.strictEqual(destroyed(), 200)
        yield* ask({ region: "region-299" })
        assert.strictEqual(made.length, 300)
        yield* ask({ region: "region-0" })
        assert.strictEqual(made.length, 301)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(destroyed(), 301)
      }),
  )

  it.effect("is made for the region of the call, by the transport of the host", () =>
    Effect.gen(function* () {
      const { ask, made } = yield* setup()
      assert.strictEqual(yield* ask(IRELAND), "reply")
      const [options] = made
      assert.deepInclude(options, {
        region: "eu-west-1",
        useFipsEndpoint: false,
        useDualstackEndpoint: false,
      })
      assert.notProperty(options, "endpoint")
      assert.isFunction(options?.requestHandler.handle)
    }),
  )

  it.effect("is made once per region, and ends with the scope", () =>
    Effect.gen(function* () {
      const { ask, destroyed, made, scope } = yield* setup()
      for (const region of ["eu-west-1", "us-west-2", "eu-west-1"]) yield* ask({ region })
      assert.deepStrictEqual(
        made.map(({ region }) => region),
        ["eu-west-1", "us-west-2"],
      )
      assert.strictEqual(destroyed(), 0)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(destroyed(), 2)
    }),
  )

  it.effect("has the keys of the environment as they are", () =>
    Effect.gen(function* () {
      const { ask, made } = yield* setup({ ...KEYS, AWS_SESSION_TOKEN: "t" })
      yield* ask(IRELAND)
      const provider = made[0]?.credentials ?? assert.fail("no client was made")
      assert.notProperty(provider, "memoized")
      assert.deepStrictEqual(yield* Effect.promise(provider), {
        accessKeyId: "a",
        secretAccessKey: "s",
        sessionToken: "t",
      })
    }),
  )

  it.effect("is told of the endpoints that the environment asks for", () =>
    Effect.gen(function* () {
      const { ask, made } = yield* setup({
        ...KEYS,
        AWS_USE_FIPS_ENDPOINT: "true",
        AWS_USE_DUALSTACK_ENDPOINT: "true",
        AWS_ENDPOINT_URL_SSM: "http://127.0.0.1:1",
      })
      yield* ask(IRELAND)
      assert.deepInclude(made[0], {
        useFipsEndpoint: true,
        useDualstackEndpoint: true,
        endpoint: "http://127.0.0.1:1",
      })
    }),
  )

  it.effect("is not asked where there are no credentials", () =>
    Effect.gen(function* () {
      const { ask, made } = yield* setup(CONTAINER)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(ask(IRELAND))))
      assert.strictEqual(made.length, 0)
    }),
  )
})

describe("an endpoint", () => {
  const ALL = { AWS_ENDPOINT_URL: "http://all", AWS_ENDPOINT_URL_SSM: "http://ssm" }

  it.each([
    ["SSM", {}, undefined],
    ["SSM", ALL, "http://ssm"],
    ["STS", ALL, "http://all"],
    ["SSM", { ...ALL, AWS_ENDPOINT_URL_SSM: "" }, "http://all"],
    ["SSM", { AWS_ENDPOINT_URL: "" }, undefined],
    ["SSM", { ...ALL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }, undefined],
    ["SSM", { ...ALL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "false" }, "http://ssm"],
  ] as const)("of %s under %j is %s", (service, environment, expected) => {
    assert.strictEqual(readSettings(environment).settings.aws.endpoints[service], expected)
  })

  it.effect.each([
    [KEYS, IRELAND, ["https://ssm.eu-west-1.amazonaws.com"]],
    [KEYS, { region: "cn-north-1" }, ["https://ssm.cn-north-1.amazonaws.com.cn"]],
    [{ ...KEYS, AWS_ENDPOINT_URL_SSM: "http://ssm" }, IRELAND, ["http://ssm"]],
    [
      { ...KEYS, AWS_REGION: "us-west-2" },
      { ...IRELAND, roleArn: READER },
      ["https://ssm.eu-west-1.amazonaws.com", "https://sts.us-west-2.amazonaws.com"],
    ],
    [
      { ...KEYS, AWS_DEFAULT_REGION: "eu-central-1" },
      { ...IRELAND, roleArn: READER },
      ["https://ssm.eu-west-1.amazonaws.com", "https://sts.eu-central-1.amazonaws.com"],
    ],
    [
      KEYS,
      { ...IRELAND, roleArn: READER },
      ["https://ssm.eu-west-1.amazonaws.com", "https://sts.us-east-1.amazonaws.com"],
    ],
  ] as const)(
    "is connected to before it is called, with that of STS for a role: %j %j",
    ([environment, access, expected]) =>
      Effect.gen(function* () {
        const { connected, preconnect } = yield* setup(environment)
        yield* preconnect(SERVICES.SSM, access)
        assert.deepStrictEqual(connected, [...expected])
      }),
  )
})
