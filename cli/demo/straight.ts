/**
 * The three reads of the example without the extension: with the SDK, straight from local AWS, on open connections.
 */
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb"
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { scopedClient } from "../aws/client.ts"
import { LOCAL_CREDENTIALS } from "../../local/aws/seed.ts"

const REGION = "us-west-2"

const timed = Effect.fnUntraced(function* (call: () => Promise<unknown>) {
  yield* Effect.promise(call)
  const before = yield* Clock.currentTimeNanos
  yield* Effect.promise(call)
  return Number((yield* Clock.currentTimeNanos) - before) / 1e6
})

/** The milliseconds of each read, in the order of the example's function. */
export const straightFromAws = Effect.fnUntraced(function* (endpoint: string) {
  const options = { endpoint, region: REGION, credentials: LOCAL_CREDENTIALS }
  const ssm = yield* scopedClient(() => new SSMClient(options))
  const dynamodb = yield* scopedClient(() => new DynamoDBClient(options))
  const getParameter = (name: string) => () =>
    ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
  const getItem = () =>
    dynamodb.send(
      new GetItemCommand({ TableName: "DynamoDbTable", Key: { pKey: { S: "pKey1" }, sKey: { S: "sKey1" } } }),
    )
  return yield* Effect.forEach(
    [
      getParameter("CacheExtensions_Parameter1"),
      getParameter("/aws/reference/secretsmanager/secret_info"),
      getItem,
    ],
    timed,
  )
}, Effect.scoped)
