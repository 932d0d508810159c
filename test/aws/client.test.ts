/**
 * The client that is made from parts of the SDK, compared with the SDK's own clients: both sign the same requests at the same
 * time. A new SDK that sends anything else fails here.
 */
import {
  AppConfigDataClient,
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
} from "@aws-sdk/client-appconfigdata"
import { BatchGetItemCommand, DynamoDBClient, GetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb"
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms"
import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  RDSDataClient,
  RollbackTransactionCommand,
} from "@aws-sdk/client-rds-data"
import {
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager"
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  SSMClient,
} from "@aws-sdk/client-ssm"
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts"
import { type HttpHandler, HttpRequest, HttpResponse } from "@smithy/core/protocols"
import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import type { ClientOptions } from "../../src/aws/AwsClients.ts"
import { VERSION } from "../../src/observability/version.ts"
import { STS } from "../../src/aws/AwsClients.ts"
import { PROTOCOL as STS_PROTOCOL } from "../../src/aws/assumeRole.ts"
import { makeClient, type ServiceProtocol } from "../../src/aws/client.ts"
import { makeTransport } from "../../src/host/nodeAwsTransport.ts"
import type { AwsService } from "../../src/kinds/Kind.ts"
import { PROTOCOL as APPCONFIG_PROTOCOL } from "../../src/kinds/appconfig/fetch/configurations.ts"
import { PROTOCOL as DYNAMODB_PROTOCOL } from "../../src/kinds/dynamodb/fetch/items.ts"
import { PROTOCOL as SSM_PROTOCOL } from "../../src/kinds/parameters/fetch/parameters.ts"
import { PROTOCOL as SECRETS_PROTOCOL } from "../../src/kinds/secrets/fetch/secrets.ts"
import { PROTOCOL as SQL_PROTOCOL } from "../../src/kinds/sql/fetch/queries.ts"
import { PROTOCOL as KMS_PROTOCOL } from "../../src/shared/encryption/kmsKeys.ts"
import { SERVICES } from "../support/services.ts"

/** The part of a client that the test uses, whatever its commands are. */
interface AnyClient {
  readonly send: (command: object, options: object) => Promise<unknown>
  readonly middlewareStack: {
    readonly remove: (name: string) => boolean
    readonly addRelativeTo: (
      middleware: (next: (args: Args) => Promise<unknown>) => (args: Args) => Promise<unknown>,
      options: { readonly name: string; readonly relation: "before"; readonly toMiddleware: string },
    ) => void
  }
}
interface Args {
  readonly request: unknown
}
type Own = new (options: object) => unknown

const KEY = { id: { S: "schön" }, range: { N: "1" } }
const BINARY_KEY = { id: { B: new Uint8Array([0, 1, 254, 255]) }, range: { B: Buffer.from("binary") } }

const DATABASE = {
  resourceArn: "arn:aws:rds:eu-west-1:123456789012:cluster:shop",
  secretArn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
}

const OPERATIONS: ReadonlyArray<readonly [string, AwsService, ServiceProtocol, Own, object]> = [
  [
    "GetParameter",
    SERVICES.SSM,
    SSM_PROTOCOL,
    SSMClient,
    new GetParameterCommand({ Name: "/a b", WithDecryption: true }),
  ],
  [
    "GetParameters",
    SERVICES.SSM,
    SSM_PROTOCOL,
    SSMClient,
    new GetParametersCommand({ Names: ["A", "ä:1"], WithDecryption: false }),
  ],
  [
    "GetParametersByPath",
    SERVICES.SSM,
    SSM_PROTOCOL,
    SSMClient,
    new GetParametersByPathCommand({
      Path: "/app",
      Recursive: true,
      WithDecryption: true,
      MaxResults: 10,
      NextToken: "t",
    }),
  ],
  [
    "GetSecretValue",
    SERVICES.SECRETS_MANAGER,
    SECRETS_PROTOCOL,
    SecretsManagerClient,
    new GetSecretValueCommand({ SecretId: "s", VersionId: "v", VersionStage: "AWSPREVIOUS" }),
  ],
  [
    "BatchGetSecretValue",
    SERVICES.SECRETS_MANAGER,
    SECRETS_PROTOCOL,
    SecretsManagerClient,
    new BatchGetSecretValueCommand({ SecretIdList: ["s", "t"], NextToken: "n" }),
  ],
  [
    "GetItem",
    SERVICES.DYNAMODB,
    DYNAMODB_PROTOCOL,
    DynamoDBClient,
    new GetItemCommand({ TableName: "T", Key: KEY, ConsistentRead: true }),
  ],
  [
    "GetItem by a binary key",
    SERVICES.DYNAMODB,
    DYNAMODB_PROTOCOL,
    DynamoDBClient,
    new GetItemCommand({ TableName: "T", Key: BINARY_KEY }),
  ],
  [
    "BatchGetItem",
    SERVICES.DYNAMODB,
    DYNAMODB_PROTOCOL,
    DynamoDBClient,
    new BatchGetItemCommand({ RequestItems: { T: { Keys: [KEY, BINARY_KEY], ConsistentRead: false } } }),
  ],
  [
    "Query",
    SERVICES.DYNAMODB,
    DYNAMODB_PROTOCOL,
    DynamoDBClient,
    new QueryCommand({
      TableName: "T",
      IndexName: undefined,
      Limit: 10,
      ConsistentRead: true,
      ScanIndexForward: false,
      ExclusiveStartKey: BINARY_KEY,
      ProjectionExpression: "#2",
      KeyConditionExpression: "#0 = :hash AND begins_with(#1, :sort)",
      ExpressionAttributeNames: { "#0": "id", "#1": "sort", "#2": "schön" },
      ExpressionAttributeValues: { ":hash": { S: "a" }, ":sort": { B: new Uint8Array([0, 255]) } },
    }),
  ],
  [
    "StartConfigurationSession",
    SERVICES.APPCONFIGDATA,
    APPCONFIG_PROTOCOL,
    AppConfigDataClient,
    new StartConfigurationSessionCommand({
      ApplicationIdentifier: "a",
      EnvironmentIdentifier: "e",
      ConfigurationProfileIdentifier: "p",
      RequiredMinimumPollIntervalInSeconds: 15,
    }),
  ],
  [
    "GetLatestConfiguration",
    SERVICES.APPCONFIGDATA,
    APPCONFIG_PROTOCOL,
    AppConfigDataClient,
    new GetLatestConfigurationCommand({ ConfigurationToken: "a+b/c=" }),
  ],
  [
    "BeginTransaction",
    SERVICES.RDS_DATA,
    SQL_PROTOCOL,
    RDSDataClient,
    new BeginTransactionCommand({ ...DATABASE, database: "shop" }),
  ],
  [
    "ExecuteStatement",
    SERVICES.RDS_DATA,
    SQL_PROTOCOL,
    RDSDataClient,
    new ExecuteStatementCommand({
      ...DATABASE,
      sql: "SELECT :schön",
      database: "shop",
      parameters: [
        { name: "a", value: { blobValue: new Uint8Array([0, 1, 254]) } },
        { name: "b", value: { doubleValue: 1.5 } },
        { name: "c", value: { isNull: true } },
        { name: "d", value: { stringValue: "19.90" }, typeHint: "DECIMAL" },
      ],
      transactionId: "t+/=",
      includeResultMetadata: true,
    }),
  ],
  [
    "RollbackTransaction",
    SERVICES.RDS_DATA,
    SQL_PROTOCOL,
    RDSDataClient,
    new RollbackTransactionCommand({ ...DATABASE, transactionId: "t" }),
  ],
  [
    "AssumeRole",
    STS,
    STS_PROTOCOL,
    STSClient,
    new AssumeRoleCommand({ RoleArn: "arn:aws:iam::123456789012:role/r", RoleSessionName: "a b" }),
  ],
  [
    "GenerateDataKey",
    SERVICES.KMS,
    KMS_PROTOCOL,
    KMSClient,
    new GenerateDataKeyCommand({ KeyId: "alias/a", EncryptionContext: { a: "schön" }, KeySpec: "AES_256" }),
  ],
  [
    "Decrypt",
    SERVICES.KMS,
    KMS_PROTOCOL,
    KMSClient,
    new DecryptCommand({ CiphertextBlob: new Uint8Array([0, 1, 254]), KeyId: "alias/a" }),
  ],
]

/** Headers of the SDK's own clients that are left out: they tell AWS about the SDK and its retries. */
const ABOUT_THE_SDK = ["amz-sdk-invocation-id", "amz-sdk-request", "user-agent", "x-amz-user-agent"]

const withoutHeadersAboutTheSdk = (client: AnyClient): AnyClient => {
  client.middlewareStack.remove("getUserAgentMiddleware")
  client.middlewareStack.addRelativeTo(
    (next) => (args) => {
      if (HttpRequest.isInstance(args.request))
        for (const name of ABOUT_THE_SDK) delete args.request.headers[name]
      return next(args)
    },
    { name: "withoutHeadersAboutTheSdk", relation: "before", toMiddleware: "httpSigningMiddleware" },
  )
  return client
}

/** A refusal in the protocol of a service, with a name that no SDK knows. */
const refusalOf = (service: AwsService): HttpResponse => {
  const json = JSON.stringify({ __type: "NoSuchThing", message: "why" })
  const xml =
    "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchThing</Code><Message>why</Message></Error></ErrorResponse>"
  return new HttpResponse({
    statusCode: 400,
    headers: {},
    body: new TextEncoder().encode(service === STS ? xml : json),
  })
}

const textOf = (body: unknown): unknown => (body instanceof Uint8Array ? Buffer.from(body).toString() : body)

/** What a client sends for a command, and what it rejects with when AWS refuses it. */
const exchangeOf = async (
  make: (options: ClientOptions) => unknown,
  service: AwsService,
  command: object,
  places: object,
) => {
  const sent: Array<unknown> = []
  const userAgents: Array<string | undefined> = []
  const requestHandler: HttpHandler = {
    handle: ({ body, headers, hostname, method, path, port, protocol, query }) => {
      const { "user-agent": userAgent, ...others } = headers
      userAgents.push(userAgent)
      const sorted = Object.fromEntries(Object.entries(others).toSorted())
      sent.push({
        body: textOf(body),
        headers: sorted,
        hostname,
        method,
        path,
        port,
        protocol,
        query: query ?? {},
      })
      return Promise.resolve({ response: refusalOf(service) })
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  }
  const client = make({
    requestHandler,
    region: "eu-west-1",
    credentials: () => Promise.resolve({ accessKeyId: "AKIA", secretAccessKey: "s", sessionToken: "t" }),
    sha256: makeTransport().sha256,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    ...places,
  }) as AnyClient
  const error = await client.send(command, {}).catch((cause: unknown) => cause)
  const { $fault, message, name } = error as Error & { readonly $fault: unknown }
  return { exchange: { sent, error: { $fault, message, name } }, userAgents }
}

describe("a client made from the SDK's parts", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 }))
  afterEach(() => void vi.useRealTimers())

  const PLACES = [{}, { endpoint: "http://127.0.0.1:4566" }, { useFipsEndpoint: true }]
  const CASES = OPERATIONS.flatMap((operation) =>
    PLACES.map((places) => [operation[0], places, operation] as const),
  )

  it.each(CASES)(
    "sends and signs %s as the SDK's own client does, under %j",
    async (_, places, [, service, protocol, Sdk, command]) => {
      const ours = await exchangeOf(
        (options) => makeClient(service, protocol, options),
        service,
        command,
        places,
      )
      const theirs = await exchangeOf(
        (options) => withoutHeadersAboutTheSdk(new Sdk({ ...options, maxAttempts: 1 }) as AnyClient),
        service,
        command,
        places,
      )
      assert.lengthOf(ours.exchange.sent, 1)
      assert.strictEqual(ours.exchange.error.name, "NoSuchThing")
      assert.deepStrictEqual(ours.exchange, theirs.exchange)
      assert.deepStrictEqual(ours.userAgents, [`lambda-cache-extension/${VERSION}`])
    },
  )
})
