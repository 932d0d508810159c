/**
 * How the SDK's clients reach AWS: region, endpoint, credentials, one HTTP handler for all of them.
 *
 * Everything is given to the client explicitly, so that it neither searches the credential provider chain nor
 * reads configuration files. Retries and time budgets are ours (`Sources`), so a client makes one attempt.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import type { SourceError } from "../domain/SourceError.ts"
import { Host } from "../host/Host.ts"
import type { AwsTransport, Environment } from "../host/Platform.ts"
import * as Metrics from "../observability/Metrics.ts"
import { annotate, inSpan } from "../observability/Tracing.ts"
import { sourceErrorOf } from "./awsErrors.ts"
import { type CredentialsProvider, credentialsFrom } from "./awsCredentials.ts"

/** The services that have clients, as AWS_ENDPOINT_URL_<SERVICE> spells them. */
export type AwsService = "SSM" | "SECRETS_MANAGER" | "DYNAMODB"

/** What every client is made with. */
export interface ClientOptions extends AwsTransport {
  readonly region: string
  readonly credentials: CredentialsProvider
  readonly maxAttempts: 1
  readonly retryMode: "standard"
  readonly defaultsMode: "standard"
  readonly useFipsEndpoint: boolean
  readonly useDualstackEndpoint: boolean
  readonly endpoint?: string
}

interface Client {
  readonly destroy: () => void
  readonly middlewareStack: { readonly remove: (name: string) => boolean }
}

/** What the SDK puts around each call and nobody here looks at. Its retries stay: others are placed by them. */
const UNUSED_MIDDLEWARE = ["loggerMiddleware", "recursionDetectionMiddleware", "getUserAgentMiddleware"]

const lean = <C extends Client>(client: C): C => {
  for (const name of UNUSED_MIDDLEWARE) client.middlewareStack.remove(name)
  return client
}

/**
 * The endpoint that the environment asks for, by the rules of the AWS SDKs:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export const endpointFor = (service: AwsService, environment: Environment): string | undefined =>
  environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.toLowerCase() === "true"
    ? undefined
    : environment[`AWS_ENDPOINT_URL_${service}`] || environment["AWS_ENDPOINT_URL"] || undefined

const HOSTS: Readonly<Record<AwsService, string>> = {
  SSM: "ssm",
  SECRETS_MANAGER: "secretsmanager",
  DYNAMODB: "dynamodb",
}

/** Where a client will most likely connect to. A wrong guess costs an unused connection, nothing else. */
const likelyEndpoint = (service: AwsService, region: string, environment: Environment): string =>
  endpointFor(service, environment) ??
  `https://${HOSTS[service]}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`

export class AwsClients extends Context.Service<
  AwsClients,
  {
    /** Clients of one service, one per region, made by `make` on first use and destroyed with the scope. */
    readonly byRegion: <C extends Client>(
      service: AwsService,
      make: (options: ClientOptions) => C,
    ) => Effect.Effect<(region: string) => C, never, Scope.Scope>
    /** Opens a connection to a service before its client is loaded. */
    readonly preconnect: (service: AwsService, region: string) => Effect.Effect<void>
  }
>()("cache-extension/sources/AwsClients") {
  static readonly layer: Layer.Layer<AwsClients, never, Host> = Layer.effect(
    AwsClients,
    Effect.gen(function* () {
      const { awsTransport, environment, exchange, preconnect } = yield* Host
      const services = yield* Effect.context<never>()
      const transport = yield* awsTransport
      const credentials = credentialsFrom(environment, (request) =>
        Effect.runPromiseWith(services)(exchange(request)),
      )

      const optionsFor = (service: AwsService, region: string): ClientOptions => {
        const endpoint = endpointFor(service, environment)
        return {
          region,
          credentials,
          ...transport,
          maxAttempts: 1,
          retryMode: "standard",
          defaultsMode: "standard",
          useFipsEndpoint: environment["AWS_USE_FIPS_ENDPOINT"] === "true",
          useDualstackEndpoint: environment["AWS_USE_DUALSTACK_ENDPOINT"] === "true",
          ...(endpoint === undefined ? {} : { endpoint }),
        }
      }

      return AwsClients.of({
        preconnect: (service, region) => preconnect(likelyEndpoint(service, region, environment)),
        byRegion: (service, make) =>
          Effect.map(
            Effect.acquireRelease(
              Effect.sync(() => new Map<string, ReturnType<typeof make>>()),
              (clients) => Effect.sync(() => clients.forEach((client) => client.destroy())),
            ),
            (clients) => (region) => {
              const client = clients.get(region) ?? lean(make(optionsFor(service, region)))
              clients.set(region, client)
              return client
            },
          ),
      })
    }),
  )
}

/** Sends one request and gives its reply; interruption aborts the HTTP request. Every call is counted. */
export const send = <Reply>(
  service: AwsService,
  operation: string,
  request: (options: { readonly abortSignal: AbortSignal }) => Promise<Reply>,
): Effect.Effect<Reply, SourceError> => {
  const count = (outcome: string) =>
    Effect.andThen(
      Metric.update(Metric.withAttributes(Metrics.awsCalls, { service, operation, outcome }), 1),
      annotate({ "aws.outcome": outcome }),
    )
  return Effect.tryPromise({ try: (abortSignal) => request({ abortSignal }), catch: sourceErrorOf }).pipe(
    Effect.tap(() => count("ok")),
    Effect.tapError(({ reason }) => count(reason._tag)),
    // Who interrupts a call has waited long enough for it.
    Effect.onInterrupt(() => count("TimedOut")),
    inSpan(`${service} ${operation}`, {
      kind: "client",
      attributes: { "rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation },
    }),
  )
}
