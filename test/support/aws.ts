/**
 * Local AWS for tests: an emulator on a free port, and SDK clients for it in the test's scope. By default the clients do
 * not retry, so that a test sees every reply.
 */
import { AppConfigDataClient } from "@aws-sdk/client-appconfigdata"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { KMSClient } from "@aws-sdk/client-kms"
import { S3Client } from "@aws-sdk/client-s3"
import { RDSDataClient } from "@aws-sdk/client-rds-data"
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { SSMClient } from "@aws-sdk/client-ssm"
import { STSClient } from "@aws-sdk/client-sts"
import type { AwsCredentialIdentity } from "@smithy/types"
import { Effect, Layer, type Scope } from "effect"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { LOCAL_CREDENTIALS } from "../../local/aws/seed.ts"

export const REGION = "us-west-2"

/** A fresh, empty emulator on a free port. */
export const awsLayer = Layer.orDie(AwsEmulator.layer())

interface ClientOptions {
  readonly region?: string
  /** Default 1: no retries. */
  readonly maxAttempts?: number
  /** Default: long-term credentials. */
  readonly credentials?: AwsCredentialIdentity
}

export interface Clients {
  readonly ssm: SSMClient
  readonly secrets: SecretsManagerClient
  readonly dynamo: DynamoDBClient
  readonly sts: STSClient
  readonly kms: KMSClient
  readonly appconfig: AppConfigDataClient
  readonly s3: S3Client
  readonly rdsData: RDSDataClient
}

/** The clients for any endpoint. */
export const clientsFor = (
  endpoint: string,
  options: ClientOptions = {},
): Effect.Effect<Clients, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const config = {
        endpoint,
        region: options.region ?? REGION,
        maxAttempts: options.maxAttempts ?? 1,
        credentials: options.credentials ?? LOCAL_CREDENTIALS,
      }
      return {
        ssm: new SSMClient(config),
        secrets: new SecretsManagerClient(config),
        dynamo: new DynamoDBClient(config),
        sts: new STSClient(config),
        kms: new KMSClient(config),
        appconfig: new AppConfigDataClient(config),
        s3: new S3Client({ ...config, forcePathStyle: true }),
        rdsData: new RDSDataClient(config),
      }
    }),
    (clients) => Effect.sync(() => Object.values(clients).forEach((client) => client.destroy())),
  )

/** The clients for the emulator of the test. */
export const awsClients = (
  options: ClientOptions = {},
): Effect.Effect<Clients, never, AwsEmulator | Scope.Scope> =>
  Effect.flatMap(AwsEmulator, ({ endpoint }) => clientsFor(endpoint, options))

/** The error of an SDK call. */
interface Refusal {
  /** The error type, as AWS names it. */
  readonly name: string
  readonly message: string
  /** The HTTP status; undefined without a reply. */
  readonly status: number | undefined
}

interface SdkError {
  readonly name?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** Makes an SDK call that must succeed. An error fails the test. */
export const sdk = <A>(send: (signal: AbortSignal) => Promise<A>): Effect.Effect<A> => Effect.promise(send)

/** Makes an SDK call that must fail, and returns its error. */
export const refusalOf = (send: (signal: AbortSignal) => Promise<unknown>): Effect.Effect<Refusal> =>
  Effect.tryPromise({
    try: send,
    catch: (cause): Refusal => {
      const { name = "", message = "", $metadata } = cause as SdkError
      return { name, message, status: $metadata?.httpStatusCode }
    },
  }).pipe(
    Effect.flip,
    Effect.mapError((answer) => new Error(`expected a refusal, was answered ${JSON.stringify(answer)}`)),
    Effect.orDie,
  )
