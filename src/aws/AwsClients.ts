/**
 * How the SDK's clients reach AWS: region, role, endpoint, credentials, one way out for all of them.
 *
 * Everything is given to the client explicitly, so that it neither searches the credential provider chain nor
 * reads configuration files. Retries and time budgets are ours (`Sources`), so a client makes one attempt.
 */
import type { HttpHandler } from "@smithy/core/protocols"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { ignoresEndpoints, usesDualstack, usesFips } from "../config/awsVariables.ts"
import { type Access, accessText } from "../domain/Address.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { Host } from "../host/Host.ts"
import type { AwsTransport, Environment } from "../host/Platform.ts"
import {
  hasContainerCredentials,
  type CredentialsProvider,
  functionCredentials,
} from "./functionCredentials.ts"
import { makeRequestHandler } from "./requestHandler.ts"
import { MAX_REGIONS_AND_ROLES, makeLruMap } from "./LruMap.ts"
import { type AwsService, classified, ENDPOINT_PREFIXES, send, type SendOptions } from "./send.ts"
import type { CredentialsCache } from "./CredentialsCache.ts"

/** What every client is made with. */
export interface ClientOptions extends Pick<AwsTransport, "sha256"> {
  readonly requestHandler: HttpHandler
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
  ignoresEndpoints(environment)
    ? undefined
    : environment[`AWS_ENDPOINT_URL_${service}`] || environment["AWS_ENDPOINT_URL"] || undefined

/** Where a client will most likely connect to. A wrong guess costs an unused connection, nothing else. */
const likelyEndpoint = (service: AwsService, region: string, environment: Environment): string =>
  endpointFor(service, environment) ??
  `https://${ENDPOINT_PREFIXES[service]}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`

/** Where roles are assumed when nothing names the function's region. Credentials hold in every region. */
const DEFAULT_STS_REGION = "us-east-1"

/** The key of the function's own credentials among the sessions of the container endpoint. */
const OWN = ""

const isRefusalOfCredentials = ({ reason }: SourceError): boolean =>
  reason._tag === "ExpiredCredentials" || reason._tag === "RefusedCredentials"

/** Calls an operation of one service, in a region and as a role, by the client for both. Counted by `send`. */
export type Caller<C> = <Reply>(
  access: Access,
  operation: string,
  request: (client: C, options: SendOptions) => Promise<Reply>,
) => Effect.Effect<Reply, SourceError>

export class AwsClients extends Context.Service<
  AwsClients,
  {
    /** The caller of a service. Its clients, one per region and role, are made by `make` and end with the scope. */
    readonly caller: <C extends Client>(
      service: AwsService,
      make: (options: ClientOptions) => C,
    ) => Effect.Effect<Caller<C>, never, Scope.Scope>
    /** Opens the connections that calls will need, before their clients are loaded. */
    readonly preconnect: (service: AwsService, access: Access) => Effect.Effect<void>
  }
>()("cache-extension/aws/AwsClients") {
  static readonly layer: Layer.Layer<AwsClients, never, Host> = Layer.effect(
    AwsClients,
    Effect.gen(function* () {
      const { awsTransport, environment, exchange, preconnect } = yield* Host
      const services = yield* Effect.context<Scope.Scope>()
      const transport = yield* awsTransport
      const run = Effect.runPromiseWith(services)

      /** Has the credentials at hand before the call, and obtains others when AWS does not take these. */
      const withCachedCredentials =
        (cache: Effect.Effect<CredentialsCache>, key: string) =>
        <Reply>(call: Effect.Effect<Reply, SourceError>): Effect.Effect<Reply, SourceError> =>
          Effect.gen(function* () {
            const { get, invalidate } = yield* cache
            const used = yield* get(key)
            return yield* Effect.tapError(call, (error) =>
              isRefusalOfCredentials(error) ? invalidate(key, used) : Effect.void,
            )
          })
      /** The SDK would keep credentials by rules of its own; marked as memoized, they are asked for each time. */
      const providerOf = (cache: Effect.Effect<CredentialsCache>, key: string): CredentialsProvider =>
        Object.assign(() => run(Effect.flatMap(cache, ({ get }) => get(key))), {
          memoized: true,
        })

      const provider = functionCredentials(environment, (request) => run(exchange(request)))
      const ownCredentials = yield* Effect.promise(() => import("./CredentialsCache.ts")).pipe(
        Effect.flatMap(({ makeCredentialsCache }) =>
          makeCredentialsCache(() =>
            Effect.catch(Effect.tryPromise(provider), ({ cause }) => classified(cause)),
          ),
        ),
        Effect.provideContext(services),
        Effect.cached,
      )
      const isRenewed = hasContainerCredentials(environment)
      const own = isRenewed ? providerOf(ownCredentials, OWN) : provider
      const asOwn = isRenewed
        ? withCachedCredentials(ownCredentials, OWN)
        : <Reply>(call: Effect.Effect<Reply, SourceError>) => call

      const optionsFor = (
        service: AwsService,
        region: string,
        credentials: CredentialsProvider,
      ): ClientOptions => {
        const endpoint = endpointFor(service, environment)
        return {
          region,
          credentials,
          requestHandler: makeRequestHandler(service, transport),
          ...(transport.sha256 === undefined ? {} : { sha256: transport.sha256 }),
          maxAttempts: 1,
          retryMode: "standard",
          defaultsMode: "standard",
          useFipsEndpoint: usesFips(environment),
          useDualstackEndpoint: usesDualstack(environment),
          ...(endpoint === undefined ? {} : { endpoint }),
        }
      }

      const home = environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"] || DEFAULT_STS_REGION
      const roles = yield* Effect.promise(() => import("./assumeRole.ts")).pipe(
        Effect.flatMap(({ make }) =>
          make(optionsFor("STS", home, own), environment["AWS_LAMBDA_FUNCTION_NAME"], asOwn),
        ),
        Effect.provideContext(services),
        Effect.cached,
      )
      const providerFor = ({ roleArn }: Access): CredentialsProvider =>
        roleArn === undefined ? own : providerOf(roles, roleArn)

      const caller = <C extends Client>(
        service: AwsService,
        make: (options: ClientOptions) => C,
      ): Effect.Effect<Caller<C>, never, Scope.Scope> =>
        Effect.gen(function* () {
          // A client has no connections of its own, so that one which goes ends no call.
          const clients = makeLruMap<string, C>(MAX_REGIONS_AND_ROLES, (client) => client.destroy())
          yield* Effect.addFinalizer(() =>
            Effect.sync(() => {
              for (const client of clients.values()) client.destroy()
            }),
          )

          const clientFor = (access: Access): C => {
            const key = accessText(access)
            const client =
              clients.get(key) ?? lean(make(optionsFor(service, access.region, providerFor(access))))
            clients.set(key, client)
            return client
          }

          return (access, operation, request) => {
            const call = send(service, operation, (options) => request(clientFor(access), options))
            return access.roleArn === undefined
              ? asOwn(call)
              : withCachedCredentials(roles, access.roleArn)(call)
          }
        })

      return AwsClients.of({
        caller,
        preconnect: (service, { region, roleArn }) =>
          Effect.andThen(
            preconnect(likelyEndpoint(service, region, environment)),
            roleArn === undefined ? Effect.void : preconnect(likelyEndpoint("STS", home, environment)),
          ),
      })
    }),
  )
}
