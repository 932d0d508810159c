import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { ExchangeFailed, Host } from "../../src/host/Host.ts"
import type { Exchange, Reply } from "../../src/host/Platform.ts"
import { eventsFor, isInLambda, registerRequest, runtimeApiFault } from "../../src/lambda/registerRequest.ts"
import { ExtensionsApi } from "../../src/lambda/ExtensionsApi.ts"

const reply = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  header: (name) => headers[name],
  body: JSON.stringify(body),
})

const registered = reply(
  200,
  { functionName: "f", functionVersion: "$LATEST", handler: "index.handler" },
  { "lambda-extension-identifier": "id-1" },
)
const refusal = (errorType: string) => reply(403, { errorMessage: "no", errorType })

/** The client over a host that records each exchange and answers as the test says. */
const setup = Effect.fnUntraced(function* (
  answer: (exchange: Exchange, count: number) => Reply | ExchangeFailed,
  environment: Record<string, string> = {},
) {
  const exchanges: Array<Exchange> = []
  const lambda = { AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001", ...environment }
  const exchange = (request: Exchange) =>
    Effect.suspend(() => {
      exchanges.push(request)
      const result = answer(request, exchanges.length)
      return result instanceof ExchangeFailed ? Effect.fail(result) : Effect.succeed(result)
    })
  const host = Layer.mock(Host, {
    environment: lambda,
    extensionName: "cache-extension",
    // What `begin` sends before anything else is loaded.
    registered: exchange(registerRequest(lambda, "cache-extension", eventsFor(lambda))),
    exchange,
  })
  const context = yield* Layer.build(ExtensionsApi.layer.pipe(Layer.provide(host)))
  return { api: yield* Effect.provideContext(ExtensionsApi, context), exchanges }
})

const registration = { identifier: "id-1", events: ["INVOKE", "SHUTDOWN"], response: "{}" } as const
const fault = { errorType: "Extension.ConfigInvalid", errorMessage: "line 3" }

describe("ExtensionsApi", () => {
  it.effect("registers under the executable's own name for INVOKE and SHUTDOWN", () =>
    Effect.gen(function* () {
      const { api, exchanges } = yield* setup(() => registered)
      const { events, identifier } = yield* api.register
      assert.deepStrictEqual([identifier, events], ["id-1", ["INVOKE", "SHUTDOWN"]])
      assert.deepStrictEqual(exchanges, [
        {
          method: "POST",
          url: "http://127.0.0.1:9001/2020-01-01/extension/register",
          headers: { "lambda-extension-name": "cache-extension", "content-type": "application/json" },
          body: `{"events":["INVOKE","SHUTDOWN"]}`,
        },
      ])
    }),
  )

  it.effect("registers for SHUTDOWN alone on Managed Instances", () =>
    Effect.gen(function* () {
      const { api, exchanges } = yield* setup(() => registered, {
        AWS_LAMBDA_INITIALIZATION_TYPE: "lambda-managed-instances",
      })
      assert.deepStrictEqual((yield* api.register).events, ["SHUTDOWN"])
      assert.strictEqual(exchanges.length, 1)
    }),
  )

  it.effect("registers for SHUTDOWN alone where INVOKE is refused", () =>
    Effect.gen(function* () {
      const { api, exchanges } = yield* setup((_, count) =>
        count === 1 ? refusal("Extension.InvalidEventType") : registered,
      )
      assert.deepStrictEqual((yield* api.register).events, ["SHUTDOWN"])
      assert.deepStrictEqual(
        exchanges.map(({ body }) => body),
        [`{"events":["INVOKE","SHUTDOWN"]}`, `{"events":["SHUTDOWN"]}`],
      )
    }),
  )

  it.effect("says why it was refused", () =>
    Effect.gen(function* () {
      const { api } = yield* setup(() => refusal("Extension.InvalidExtensionState"))
      const error = yield* Effect.flip(api.register)
      assert.strictEqual(error.errorType, "Extension.InvalidExtensionState")
      assert.strictEqual(
        error.message,
        `register: status 403: {"errorMessage":"no","errorType":"Extension.InvalidExtensionState"}`,
      )
    }),
  )

  it.effect("says it in one line of characters to read, whatever the answer holds", () =>
    Effect.gen(function* () {
      const body = "no\n[cache-extension] ERROR FORGED\u001b[31m\u2028"
      const { api } = yield* setup(() => ({ ...registered, status: 403, body }))
      const { message } = yield* Effect.flip(api.register)
      assert.include(message, "FORGED")
      assert.notMatch(message, /[\p{Cc}\u2028]/u)
    }),
  )

  it.effect("tells no answer from a refusal", () =>
    Effect.gen(function* () {
      const { api } = yield* setup(({ url }) => new ExchangeFailed({ url, detail: "ECONNREFUSED" }))
      const error = yield* Effect.flip(api.next(registration))
      assert.deepStrictEqual([error.status, error.message], [0, "event/next: no answer: ECONNREFUSED"])
    }),
  )

  it.effect.each(["initError", "exitError"] as const)(
    "reports by %s with type, message and identifier",
    (report) =>
      Effect.gen(function* () {
        const { api, exchanges } = yield* setup(() => reply(202, { status: "OK" }))
        yield* api[report](registration, fault)
        const [exchange] = exchanges
        assert.strictEqual(
          exchange?.url,
          `http://127.0.0.1:9001/2020-01-01/extension/${report === "initError" ? "init" : "exit"}/error`,
        )
        assert.strictEqual(exchange?.headers["lambda-extension-identifier"], "id-1")
        assert.strictEqual(
          exchange?.headers["lambda-extension-function-error-type"],
          "Extension.ConfigInvalid",
        )
        assert.deepStrictEqual(JSON.parse(exchange?.body ?? ""), { ...fault, stackTrace: [] })
      }),
  )
})

describe("AWS_LAMBDA_RUNTIME_API", () => {
  it.each(["127.0.0.1:9001", "169.254.100.1:9001", "localhost:80", "[::1]:9001", "sandbox.localdomain:9001"])(
    "may be %s",
    (address) => {
      assert.isUndefined(runtimeApiFault({ AWS_LAMBDA_RUNTIME_API: address }))
    },
  )

  it.each([
    "http://127.0.0.1:9001",
    "127.0.0.1",
    "127.0.0.1:",
    ":9001",
    "host:port",
    "127.0.0.1:9001/2018-06-01",
  ])("may not be %s, and the fault says so", (address) => {
    assert.match(
      runtimeApiFault({ AWS_LAMBDA_RUNTIME_API: address }) ?? "",
      /^AWS_LAMBDA_RUNTIME_API is ".+", which is no host:port\. .* runs as an agent outside of Lambda$/,
    )
  })

  it.each([{}, { AWS_LAMBDA_RUNTIME_API: "" }])(
    "that is not set means that this is not Lambda: %j",
    (environment) => {
      assert.isFalse(isInLambda(environment))
      assert.isTrue(isInLambda({ ...environment, AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001" }))
    },
  )
})
