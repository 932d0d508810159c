/**
 * The wire protocol of local AWS, which an SDK hides: headers, errors before any operation, connections.
 *
 * test/conformance has the operations.
 */
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import * as Http from "node:http"
import { Effect } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { awsClients, awsLayer, sdk } from "../../support/aws.ts"
import { exchange, GET_PARAMETER, signed } from "./wire.ts"

const ask = (headers: Record<string, string>, body = "{}") =>
  Effect.flatMap(AwsEmulator, ({ endpoint }) => exchange(endpoint, { headers, body }))

describe("the wire protocol", () => {
  it.effect("answers with a request id and the content type of the service", () =>
    Effect.gen(function* () {
      const ssm = yield* ask(signed(GET_PARAMETER, "ssm"), '{"Name":"absent"}')
      assert.strictEqual(ssm.status, 400)
      assert.strictEqual(ssm.headers["content-type"], "application/x-amz-json-1.1")
      assert.match(String(ssm.headers["x-amzn-requestid"]), /^[0-9a-f-]{36}$/)
      assert.deepStrictEqual(JSON.parse(ssm.body), { __type: "ParameterNotFound" })
      const dynamo = yield* ask({
        ...signed("DynamoDB_20120810.ListTables", "dynamodb"),
        "content-type": "application/x-amz-json-1.0",
      })
      assert.strictEqual(dynamo.headers["content-type"], "application/x-amz-json-1.0")
      assert.deepStrictEqual(JSON.parse(dynamo.body), { TableNames: [] })
    }).pipe(Effect.provide(awsLayer)),
  )

  it.effect("writes dates as epoch seconds", () =>
    Effect.gen(function* () {
      const { ssm } = yield* awsClients()
      const before = performance.timeOrigin / 1000
      yield* sdk(() => ssm.send(new PutParameterCommand({ Name: "dated", Value: "x", Type: "String" })))
      const { body } = yield* ask(signed(GET_PARAMETER, "ssm"), '{"Name":"dated"}')
      const { Parameter } = JSON.parse(body) as { Parameter: { LastModifiedDate: number } }
      assert.isAbove(Parameter.LastModifiedDate, before)
      assert.isBelow(Parameter.LastModifiedDate, before + 86_400)
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("spells the text of an error as each service does", () =>
    Effect.gen(function* () {
      const secrets = yield* ask(
        signed("secretsmanager.GetSecretValue", "secretsmanager"),
        '{"SecretId":"a"}',
      )
      assert.deepStrictEqual(JSON.parse(secrets.body), {
        __type: "ResourceNotFoundException",
        Message: "Secrets Manager can't find the specified secret.",
      })
      const ssm = yield* ask(signed(GET_PARAMETER, "ssm"), '{"Name":"/a//b"}')
      assert.hasAllKeys(JSON.parse(ssm.body), ["__type", "message"])
    }).pipe(Effect.provide(awsLayer)),
  )

  it.effect("refuses a call without a signature", () =>
    Effect.gen(function* () {
      const { authorization: _, ...unsigned } = signed(GET_PARAMETER, "ssm")
      const { status, body } = yield* ask(unsigned, '{"Name":"a"}')
      assert.strictEqual(status, 400)
      assert.include(body, "MissingAuthenticationTokenException")
    }).pipe(Effect.provide(awsLayer)),
  )

  it.effect("refuses a signature that is incomplete or made for another service", () =>
    Effect.gen(function* () {
      const incomplete = { ...signed(GET_PARAMETER, "ssm"), authorization: "AWS4-HMAC-SHA256 Credential=x" }
      assert.include((yield* ask(incomplete)).body, "IncompleteSignatureException")
      assert.include((yield* ask(signed(GET_PARAMETER, "s3"))).body, "InvalidSignatureException")
    }).pipe(Effect.provide(awsLayer)),
  )

  it.effect("refuses operations that it does not know, of each service", () =>
    Effect.gen(function* () {
      for (const headers of [
        signed("AmazonSSM.SendCommand", "ssm"),
        signed("secretsmanager.RotateSecret", "secretsmanager"),
        { ...signed("DynamoDB_20120810.Nothing", "dynamodb"), "content-type": "application/x-amz-json-1.0" },
        signed("AWSLambda.Invoke", "lambda"),
        {},
      ]) {
        const { status, body } = yield* ask(headers)
        assert.strictEqual(status, 400)
        assert.include(body, "UnknownOperationException")
      }
    }).pipe(Effect.provide(awsLayer)),
  )

  it.effect("refuses a body that is no JSON object, or lacks what the operation needs", () =>
    Effect.gen(function* () {
      assert.include((yield* ask(signed(GET_PARAMETER, "ssm"), "{")).body, "SerializationException")
      assert.include((yield* ask(signed(GET_PARAMETER, "ssm"), "[]")).body, "SerializationException")
      assert.include((yield* ask(signed(GET_PARAMETER, "ssm"), "{}")).body, "ValidationException")
    }).pipe(Effect.provide(awsLayer)),
  )

  it.effect("keeps connections open between calls", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* AwsEmulator
      const agent = yield* Effect.acquireRelease(
        Effect.sync(() => new Http.Agent({ keepAlive: true, maxSockets: 1 })),
        (agent) => Effect.sync(() => agent.destroy()),
      )
      const ports = new Set<number | undefined>()
      agent.on("free", (socket: { localPort?: number }) => ports.add(socket.localPort))
      for (let count = 0; count < 3; count++) {
        const { headers } = yield* exchange(endpoint, {
          agent,
          headers: signed(GET_PARAMETER, "ssm"),
          body: '{"Name":"a"}',
        })
        assert.strictEqual(headers.connection, "keep-alive")
      }
      assert.strictEqual(ports.size, 1)
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("serves more than one region at once", () =>
    Effect.gen(function* () {
      const west = yield* awsClients({ region: "us-west-2" })
      const east = yield* awsClients({ region: "us-east-1" })
      for (const [clients, value] of [
        [west, "w"],
        [east, "e"],
      ] as const) {
        const put = new PutParameterCommand({ Name: "where", Value: value, Type: "String" })
        yield* sdk(() => clients.ssm.send(put))
      }
      const get = new GetParameterCommand({ Name: "where" })
      assert.strictEqual((yield* sdk(() => west.ssm.send(get))).Parameter?.Value, "w")
      assert.strictEqual((yield* sdk(() => east.ssm.send(get))).Parameter?.Value, "e")
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )
})
