/**
 * All sources behind one function: `fetch` an address, whatever its kind.
 *
 * Addresses asked for at about the same moment (see Gathering.ts) are collected into the service's batches, one
 * group per region and role; a batch that fails because of one member is split, so that a bad name touches only its own
 * entry. A source's module, and with it an SDK client, is imported when its first address comes.
 */
import type { NonEmptyArray, NonEmptyReadonlyArray } from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Record from "effect/Record"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { accessText, type Address, type AddressOf, type Kind } from "../domain/Address.ts"
import type { Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { AwsClients } from "./AwsClients.ts"
import * as Circuit from "./Circuit.ts"
import * as Gathering from "./Gathering.ts"
import * as Metrics from "../observability/Metrics.ts"
import { inSpan } from "../observability/Tracing.ts"
import { type Effort, insisting, withRetries } from "./retry.ts"
import { type AwsService } from "./send.ts"
import type { Fetched, Source } from "./Source.ts"

/** The most calls that are under way at once, over all services. */
const CONCURRENT_CALLS = 16

type SourceModule<K extends Kind> = {
  readonly make: Effect.Effect<Source<K>, never, AwsClients | Scope.Scope>
}

/** What is known of a source before it is loaded: the service behind it, and how to load it. */
interface Registered<K extends Kind> {
  readonly service: AwsService
  readonly load: () => Promise<SourceModule<K>>
}

/** The registry: one line per source. */
const REGISTRY: { readonly [K in Kind]: Registered<K> } = {
  parameters: { service: "SSM", load: () => import("./Parameters.ts") },
  secrets: { service: "SECRETS_MANAGER", load: () => import("./Secrets.ts") },
  dynamodb: { service: "DYNAMODB", load: () => import("./DynamoDb.ts") },
  appconfig: { service: "APPCONFIGDATA", load: () => import("./AppConfig.ts") },
}

interface Fetch extends Request.Request<Value, SourceError> {
  readonly _tag: "Fetch"
  readonly address: Address
  readonly held: Value | undefined
}
const Fetch = Request.tagged<Fetch>("Fetch")

type Fetcher = (address: Address, held: Value | undefined) => Effect.Effect<Value, SourceError>

/** Whether a batch may have failed because of one of its members, so that the others deserve a try alone. */
const isPerhapsOneMember = ({ reason }: SourceError): boolean =>
  reason._tag === "AccessDenied" || reason._tag === "InvalidRequest" || reason._tag === "NotFound"

/** Fetches a batch; never fails: a failed call is the result of each of its members. `held`: as for `Source.fetch`. */
export const fetchBatch = <K extends Kind>(
  source: Source<K>,
  addresses: NonEmptyReadonlyArray<AddressOf<K>>,
  circuit: Circuit.Circuit,
  held: ReadonlyArray<Value | undefined> = [],
): Effect.Effect<ReadonlyArray<Fetched>> => {
  const guard = circuit(`${source.kind} in ${accessText(addresses[0])}`)
  return source
    .fetch(addresses, (call) => guard(withRetries(call)), held)
    .pipe(
      Effect.catch((error) =>
        addresses.length > 1 && isPerhapsOneMember(error)
          ? Effect.map(
              Effect.forEach(
                addresses,
                (address, index) => fetchBatch(source, [address], circuit, [held[index]]),
                { concurrency: "unbounded" },
              ),
              (results) => results.flat(),
            )
          : Effect.succeed(addresses.map((): Fetched => Result.fail(error))),
      ),
    )
}

const exitOf = (fetched: Fetched) =>
  Result.isSuccess(fetched) ? Exit.succeed(fetched.success) : Exit.fail(fetched.failure)

const makeFetcher = <K extends Kind>(
  source: Source<K>,
  calls: Semaphore.Semaphore,
  circuit: Circuit.Circuit,
  scope: Scope.Scope,
): Fetcher => {
  // The registry gives each source the addresses of its own kind only.
  const addressOf = ({ request }: Request.Entry<Fetch>) => request.address as AddressOf<K>

  const gathering = Gathering.make()

  const run = (entries: NonEmptyArray<Request.Entry<Fetch>>) => {
    const [first, ...rest] = entries
    const size = Metric.withAttributes(Metrics.batchSize, { kind: source.kind })
    const held = entries.map(({ request }) => request.held)
    return fetchBatch(source, [addressOf(first), ...rest.map(addressOf)], circuit, held).pipe(
      calls.withPermit,
      gathering.during,
      Effect.tap(() => Metric.update(size, entries.length)),
      inSpan("fetch", { attributes: { "cache.kind": source.kind, "cache.batch_size": entries.length } }),
      Effect.map((results) =>
        entries.forEach((entry, index) => {
          const result = results[index]
          if (result !== undefined) entry.completeUnsafe(exitOf(result))
        }),
      ),
      // A batch ends with the program, not with the caller that happened to start it.
      Effect.forkIn(scope),
      Effect.flatMap(Fiber.join),
    )
  }

  const resolver = RequestResolver.makeGrouped<Fetch, string>({
    key: (entry) => source.groupOf(addressOf(entry)),
    resolver: run,
  }).pipe(RequestResolver.batchN(source.batchSize), RequestResolver.setDelayEffect(gathering.window))

  return (address, held) =>
    Effect.suspend(() => {
      gathering.arrived()
      return Effect.request(Fetch({ address, held }), resolver)
    })
}

export class Sources extends Context.Service<
  Sources,
  {
    /**
     * Fetches the value at an address from AWS, retries included. Calls made together share batches. What may pass by
     * itself is asked for again as long as the effort has patience: see `insisting`. `held` is what the caller has of it.
     */
    readonly fetch: (address: Address, effort?: Effort, held?: Value) => Effect.Effect<Value, SourceError>
    /** Opens the connections that fetches from these addresses will need. */
    readonly prepare: (addresses: Iterable<Address>) => Effect.Effect<void>
  }
>()("cache-extension/sources/Sources") {
  static readonly layerNoDeps: Layer.Layer<Sources, never, AwsClients> = Layer.effect(
    Sources,
    Effect.gen(function* () {
      const context = yield* Effect.context<AwsClients | Scope.Scope>()
      const aws = yield* AwsClients
      const scope = yield* Effect.scope
      const calls = yield* Semaphore.make(CONCURRENT_CALLS)
      const circuit = yield* Circuit.make

      const load = <K extends Kind>(kind: K): Effect.Effect<Effect.Effect<Fetcher>> =>
        Effect.promise(REGISTRY[kind].load).pipe(
          Effect.flatMap(({ make }) => make),
          Effect.map((source) => makeFetcher(source, calls, circuit, scope)),
          Effect.provideContext(context),
          Effect.cached,
        )

      const fetchers = yield* Effect.all(Record.map(REGISTRY, (_, kind) => load(kind)))

      const prepare = (addresses: Iterable<Address>) => {
        const places = Array.from(
          addresses,
          (address) => [`${address.kind} ${accessText(address)}`, address] as const,
        )
        return Effect.forEach(
          new Map(places).values(),
          (address) => aws.preconnect(REGISTRY[address.kind].service, address),
          { discard: true },
        )
      }

      return Sources.of({
        prepare,
        fetch: (address, effort, held) =>
          Effect.flatMap(fetchers[address.kind], (fetcher) => {
            const fetching = fetcher(address, held)
            return effort === undefined ? fetching : insisting(effort)(fetching)
          }),
      })
    }),
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(AwsClients.layer))
}
