/**
 * Replies of the wrong form, and items with names that every object has, through the real SDK: what becomes of a reply
 * is decided by what was sent, not by what the SDK makes of it.
 */
import {
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
} from "@aws-sdk/client-appconfigdata"
import { BatchGetItemCommand, type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb"
import {
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager"
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm"
import { HttpResponse } from "@smithy/core/protocols"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { Address } from "../../src/domain/Address.ts"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { toSourceError } from "../../src/aws/awsErrors.ts"
import { checked, type Operation } from "../support/replies.ts"
import * as sdk from "../../src/aws/sdkErrors.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { makeClient } from "../../src/aws/client.ts"
import { jsonProtocol } from "../../src/aws/jsonProtocol.ts"
import { makeRequestHandler } from "../../src/aws/requestHandler.ts"
import { makeTransport } from "../../src/host/nodeAwsTransport.ts"
import type { AwsService } from "../../src/kinds/Kind.ts"
import { PROTOCOL as DYNAMODB } from "../../src/kinds/dynamodb/fetch/items.ts"
import { PROTOCOL as SSM } from "../../src/kinds/parameters/fetch/parameters.ts"
import { PROTOCOL as SECRETS } from "../../src/kinds/secrets/fetch/secrets.ts"
import { LOCAL_CREDENTIALS } from "../../local/aws/seed.ts"
import { SERVICES } from "../support/services.ts"
import { awsClients, awsLayer, type Clients, REGION } from "../support/aws.ts"
import { bodyOf } from "../support/entries.ts"
import { onLocalAws } from "../support/localSources.ts"
import { NO_OBJECTS, WRONG_MEMBERS } from "../support/wrongReplies.ts"

const item = (name: string, table = name): Address => ({
  kind: "dynamodb",
  region: REGION,
  table,
  hash: { name, type: "S", value: "1" },
  consistentRead: false,
  numbers: "number",
})
/** What becomes of addresses that are asked for together, while AWS answers each call with a body. */
const fetchUnder = (body: string, ...addresses: ReadonlyArray<Address>) =>
  Effect.gen(function* () {
    const { calls, faults } = yield* AwsEmulator
    const { fetch } = yield* Sources
    yield* calls.clear
    const fault = yield* faults.inject({ effect: { kind: "body", body } })
    const results = yield* Effect.forEach(addresses, (address) => Effect.result(fetch(address)), {
      concurrency: "unbounded",
    })
    yield* fault.remove
    return results.map((result) =>
      Result.isSuccess(result) ? bodyOf(result.success) : result.failure.reason._tag,
    )
  })

/** The clients of local AWS, as the kinds make them. */
const clientsAsHere = Effect.gen(function* () {
  const { endpoint } = yield* AwsEmulator
  const transport = makeTransport()
  const optionsFor = (service: AwsService) => ({
    endpoint,
    region: REGION,
    credentials: () => Promise.resolve(LOCAL_CREDENTIALS),
    requestHandler: makeRequestHandler(service, transport),
    sha256: transport.sha256,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  })
  return {
    ...(yield* awsClients()),
    ssm: makeClient<SSMClient>(SERVICES.SSM, SSM, optionsFor(SERVICES.SSM)),
    secrets: makeClient<SecretsManagerClient>(
      SERVICES.SECRETS_MANAGER,
      SECRETS,
      optionsFor(SERVICES.SECRETS_MANAGER),
    ),
    dynamo: makeClient<DynamoDBClient>(SERVICES.DYNAMODB, DYNAMODB, optionsFor(SERVICES.DYNAMODB)),
  }
})

/** Each operation, and a call of it by a client that gives replies as they were sent. */
const OPERATIONS: ReadonlyArray<readonly [Operation, (clients: Clients) => Promise<unknown>]> = [
  ["GetParameter", ({ ssm }) => ssm.send(new GetParameterCommand({ Name: "A" }))],
  ["GetParameters", ({ ssm }) => ssm.send(new GetParametersCommand({ Names: ["A", "B"] }))],
  ["GetParametersByPath", ({ ssm }) => ssm.send(new GetParametersByPathCommand({ Path: "/app" }))],
  ["GetSecretValue", ({ secrets }) => secrets.send(new GetSecretValueCommand({ SecretId: "s" }))],
  [
    "BatchGetSecretValue",
    ({ secrets }) => secrets.send(new BatchGetSecretValueCommand({ SecretIdList: ["s", "t"] })),
  ],
  ["GetItem", ({ dynamo }) => dynamo.send(new GetItemCommand({ TableName: "T", Key: { id: { S: "1" } } }))],
  [
    "BatchGetItem",
    ({ dynamo }) =>
      dynamo.send(new BatchGetItemCommand({ RequestItems: { T: { Keys: [{ id: { S: "1" } }] } } })),
  ],
  [
    "StartConfigurationSession",
    ({ appconfig }) =>
      appconfig.send(
        new StartConfigurationSessionCommand({
          ApplicationIdentifier: "a",
          EnvironmentIdentifier: "e",
          ConfigurationProfileIdentifier: "p",
        }),
      ),
  ],
  [
    "GetLatestConfiguration",
    ({ appconfig }) => appconfig.send(new GetLatestConfigurationCommand({ ConfigurationToken: "t" })),
  ],
]

describe("a reply that is none of its operation's", () => {
  it.live.each(OPERATIONS)(
    "%s: is no answer, neither a value nor the word that there is none",
    ([operation, ask]) =>
      Effect.gen(function* () {
        const { faults } = yield* AwsEmulator
        const clients = yield* clientsAsHere
        for (const body of [...NO_OBJECTS, WRONG_MEMBERS, '{"Item":null}', "{"]) {
          yield* faults.clear
          yield* faults.inject({ effect: { kind: "body", body } })
          const error = yield* Effect.flip(
            Effect.tryPromise({
              try: () => ask(clients).then(checked(operation)),
              catch: (cause) => toSourceError(cause, sdk),
            }),
          )
          assert.strictEqual(error.reason._tag, "Unavailable", body)
          assert.notInclude(error.message, "wrong")
        }
      }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )
})

describe("a refusal in JSON", () => {
  const refusalOf = (statusCode: number, body: unknown, headers: Record<string, string> = {}) =>
    jsonProtocol("1.1", "AmazonSSM")
      .deserializeResponse(
        undefined as never,
        undefined as never,
        new HttpResponse({ statusCode, headers, body: new TextEncoder().encode(JSON.stringify(body)) }),
      )
      .then(
        () => assert.fail("it is no value"),
        (error: unknown) => error as Error & { readonly $fault: unknown },
      )

  it.each([
    [{ __type: "ParameterNotFound" }, {}, "ParameterNotFound"],
    [{ __type: "com.amazonaws.ssm#ParameterNotFound" }, {}, "ParameterNotFound"],
    [{ code: "ParameterNotFound" }, { "x-amzn-errortype": "Other" }, "ParameterNotFound"],
    [{}, { "x-amzn-errortype": "ParameterNotFound:http://internal.amazon.com/" }, "ParameterNotFound"],
    [{ __type: 3 }, {}, "Unknown"],
    [null, {}, "Unknown"],
    [[], {}, "Unknown"],
  ])("%j with the headers %j has the name %s", async (body, headers, name) => {
    assert.strictEqual((await refusalOf(400, body, headers as Record<string, string>)).name, name)
  })

  it.each([
    [{ message: "why" }, "why"],
    [{ Message: "why" }, "why"],
    [{ message: {} }, "UnknownError"],
  ])("%j has the message %j", async (body, message) => {
    assert.strictEqual((await refusalOf(400, body)).message, message)
  })

  it("is the caller's fault below 500, and the service's from there on", async () => {
    assert.strictEqual((await refusalOf(499, {})).$fault, "client")
    assert.strictEqual((await refusalOf(500, {})).$fault, "server")
  })
})

describe("a reply of STS", () => {
  // @effect-diagnostics globalDate:off -- the SDK gives dates
  const credentials = {
    AccessKeyId: "AKIA",
    SecretAccessKey: "secret",
    SessionToken: "token",
    Expiration: new Date(0),
  }

  it("gives all of a session's credentials, or none", () => {
    const reply = { Credentials: credentials }
    assert.strictEqual(checked("AssumeRole")(reply), reply)
    const wrong = [
      {},
      { Credentials: null },
      ...Object.keys(credentials).flatMap((name) =>
        [undefined, null, "", 3, new Date(Number.NaN)].map((value) => ({
          Credentials: { ...credentials, [name]: value },
        })),
      ),
    ]
    for (const each of wrong) assert.throws(() => checked("AssumeRole")(each))
  })
})

describe("an item", () => {
  it.live("keeps attributes, keys and tables with names that every object has, alone and in a batch", () =>
    Effect.gen(function* () {
      const { calls } = yield* AwsEmulator
      const names = ["__proto__", "constructor", "hasOwnProperty"]
      for (const name of names) {
        const text = `{"Item":{"${name}":{"S":"1"},"~map":{"M":{"${name}":{"S":"deep"}}}}}`
        assert.deepStrictEqual(yield* fetchUnder(text, item(name)), [
          `{"${name}":"1","~map":{"${name}":"deep"}}`,
        ])
        assert.deepStrictEqual((yield* calls.all)[0]?.names, [name, `${name}-1`])
      }
      const tables = names.map((name) => `"${name}":[{"${name}":{"S":"1"},"n":{"N":"1"}}]`).join(",")
      assert.deepStrictEqual(
        yield* fetchUnder(
          `{"Responses":{${tables}},"UnprocessedKeys":{}}`,
          ...names.map((name) => item(name)),
        ),
        names.map((name) => `{"${name}":"1","n":1}`),
      )
      assert.notProperty({}, "~map")
    }).pipe(onLocalAws),
  )
})
