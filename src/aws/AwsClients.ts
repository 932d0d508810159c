/**
 * Makes the SDK's clients, one per service, region and role, over one transport, and calls AWS with them.
 *
 * A client is given everything explicitly, so that it neither walks the credential provider chain nor reads configuration
 * files. It makes one attempt, because `Sources` has the retries and time budgets.
 */
import type { HttpHandler } from "@smithy/core/protocols"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Settings } from "../config/Settings.ts"
import { type Access, accessText } from "../domain/Address.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { Host } from "../host/Host.ts"
import type { AwsTransport } from "../host/Platform.ts"
import { type CredentialsProvider, functionCredentials } from "./functionCredentials.ts"
import { makeRequestHandler } from "./requestHandler.ts"
import { MAX_REGIONS_AND_ROLES, makeLruMap } from "./LruMap.ts"
import type { AwsService } from "../kinds/Kind.ts"
import { failWith, send, type SendOptions } from "./send.ts"
import type { CredentialsCache } from "./CredentialsCache.ts"

/** The options of every client. */
export interface ClientOptions extends Pick<AwsTransport, "sha256"> {
  readonly requestHandler: HttpHandler
  readonly region: string
  readonly credentials: CredentialsProvider
  readonly useFipsEndpoint: boolean
  readonly useDualstackEndpoint: boolean
  readonly endpoint?: string
}

interface Client {
  readonly destroy: () => void
}

/** A guess at AWS's endpoint for a service. A wrong guess only costs an unused connection. */
const likelyEndpoint = ({ host }: AwsService, region: string): string =>
  `https://${host}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`

export const STS: AwsService = { id: "STS", host: "sts", longestReplies: {} }

/** The region of STS if the environment names none. Its credentials are valid in every region. */
const DEFAULT_STS_REGION = "us-east-1"

/**
 * How long the SDK's providers may take: a process or a sign-on service answers in seconds. A read does not wait for them
 * longer than for AWS; the next one finds what they gave.
 */
const PROVIDERS_TIMEOUT = Duration.seconds(30)

/** The only key in the cache of the function's own credentials. */
const OWN = ""

/** Who calls AWS: the function itself or a role. */
interface Identity {
  readonly provider: CredentialsProvider
  /** Obtains the credentials before a call, and replaces them if AWS refuses them. */
  readonly authenticate: <Reply>(call: Effect.Effect<Reply, SourceError>) => Effect.Effect<Reply, SourceError>
}

const areCredentialsRefused = ({ reason }: SourceError): boolean =>
  reason._tag === "ExpiredCredentials" || reason._tag === "RefusedCredentials"

/** Calls an operation of one service with the client for a region and role. */
export type Caller<C> = <Reply>(
  access: Access,
  operation: string,
  request: (client: C, options: SendOptions) => Promise<Reply>,
) => Effect.Effect<Reply, SourceError>

export class AwsClients extends Context.Service<
  AwsClients,
  {
    /** A caller for a service. `make` makes its clients; the scope destroys them. */
    readonly caller: <C extends Client>(
      service: AwsService,
      make: (options: ClientOptions) => C,
    ) => Effect.Effect<Caller<C>, never, Scope.Scope>
    /** Opens the connections that calls will need while the SDK still loads. */
    readonly preconnect: (service: AwsService, access: Access) => Effect.Effect<void>
  }
>()("cache-extension/aws/AwsClients") {
  static readonly layer: Layer.Layer<AwsClients, never, Host | Settings> = Layer.effect(
    AwsClients,
    Effect.gen(function* () {
      const { awsTransport, exchange, preconnect, providers } = yield* Host
      const { aws, functionName, proxyFor, region } = yield* Settings
      const home = region ?? DEFAULT_STS_REGION
      const services = yield* Effect.context<Scope.Scope>()
      // Imported with the first source: on Node it brings `node:https`, which a start without calls does not need.
      const transport = yield* Effect.cached(awsTransport(proxyFor))
      const run = Effect.runPromiseWith(services)

      const cachedIdentity = (cache: Effect.Effect<CredentialsCache>, key: string): Identity => ({
        // `memoized` keeps the SDK from caching the credentials by rules of its own.
        provider: Object.assign(() => run(Effect.flatMap(cache, ({ get }) => get(key))), { memoized: true }),
        authenticate: (call) =>
          Effect.gen(function* () {
            const { get, invalidate } = yield* cache
            const used = yield* get(key)
            return yield* Effect.tapError(call, (error) =>
              areCredentialsRefused(error) ? invalidate(key, used) : Effect.void,
            )
          }),
      })

      const provider = functionCredentials(aws.credentials, (request) => run(exchange(request)), {
        load: () => run(providers),
        region,
      })
      const obtainTimeout = aws.credentials?._tag === "Providers" ? PROVIDERS_TIMEOUT : undefined
      const ownCredentials = yield* Effect.promise(() => import("./CredentialsCache.ts")).pipe(
        Effect.flatMap(({ makeCredentialsCache }) =>
          makeCredentialsCache(
            () => Effect.catch(Effect.tryPromise(provider), ({ cause }) => failWith(cause)),
            obtainTimeout,
          ),
        ),
        Effect.provideContext(services),
        Effect.cached,
      )
      // Credentials from elsewhere than the environment expire and can be renewed.
      const own: Identity =
        aws.credentials === undefined || aws.credentials._tag === "Keys"
          ? { provider, authenticate: (call) => call }
          : cachedIdentity(ownCredentials, OWN)

      const optionsFor = (
        { sha256, ...transport }: AwsTransport,
        service: AwsService,
        region: string,
        credentials: CredentialsProvider,
      ): ClientOptions => {
        const endpoint = aws.endpoints[service.id]
        return {
          region,
          credentials,
          requestHandler: makeRequestHandler(service, transport),
          sha256,
          useFipsEndpoint: aws.useFips,
          useDualstackEndpoint: aws.useDualstack,
          ...(endpoint === undefined ? {} : { endpoint }),
        }
      }

      const roles = yield* Effect.all([Effect.promise(() => import("./assumeRole.ts")), transport]).pipe(
        Effect.flatMap(([{ makeRoleCredentials }, sent]) =>
          makeRoleCredentials(optionsFor(sent, STS, home, own.provider), functionName, own.authenticate),
        ),
        Effect.provideContext(services),
        Effect.cached,
      )
      const identityFor = ({ roleArn }: Access): Identity =>
        roleArn === undefined ? own : cachedIdentity(roles, roleArn)

      const caller = <C extends Client>(
        service: AwsService,
        make: (options: ClientOptions) => C,
      ): Effect.Effect<Caller<C>, never, Scope.Scope> =>
        Effect.gen(function* () {
          const sent = yield* transport
          // The connections belong to the transport, so destroying a client interrupts no call.
          const clients = makeLruMap<string, C>(MAX_REGIONS_AND_ROLES, (client) => client.destroy())
          yield* Effect.addFinalizer(() =>
            Effect.sync(() => {
              for (const client of clients.values()) client.destroy()
            }),
          )

          const clientFor = (access: Access): C => {
            const key = accessText(access)
            const client =
              clients.get(key) ?? make(optionsFor(sent, service, access.region, identityFor(access).provider))
            clients.set(key, client)
            return client
          }

          return (access, operation, request) =>
            identityFor(access).authenticate(
              send(service.id, operation, (options) => request(clientFor(access), options), service.isTier),
            )
        })

      const connect = (service: AwsService, region: string) =>
        preconnect(aws.endpoints[service.id] ?? likelyEndpoint(service, region))

      return AwsClients.of({
        caller,
        preconnect: (service, { region, roleArn }) =>
          Effect.andThen(connect(service, region), roleArn === undefined ? Effect.void : connect(STS, home)),
      })
    }),
  )
}
