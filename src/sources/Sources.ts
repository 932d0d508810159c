/**
 * All sources behind one function: `fetch` an address, whatever its kind.
 *
 * Addresses requested within the same batch window (`BatchWindow.ts`) share a call, one group per region and role. A batch
 * that fails because of one member is split, so that a bad name affects only its own entry. A source's module, and with it
 * an SDK client, is imported with its first address.
 */
import type { NonEmptyArray, NonEmptyReadonlyArray } from "effect/Array"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
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
import { attemptTimeoutIn, READ_BUDGET } from "../domain/defaults.ts"
import { accessText, type Address, type AddressOf, type Kind } from "../domain/Address.ts"
import type { Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { AwsClients } from "../aws/AwsClients.ts"
import * as Circuit from "./Circuit.ts"
import * as BatchWindow from "./BatchWindow.ts"
import * as Metrics from "../observability/Metrics.ts"
import { inSpan } from "../observability/Tracing.ts"
import { kinds, registry } from "../kinds/kinds.ts"
import type { KindDescription } from "../kinds/Kind.ts"
import type { Progress } from "./Progress.ts"
import * as Queue from "./Queue.ts"
import { Siblings } from "./Siblings.ts"
import { ATTEMPT_TIMEOUT, type Effort, retryTransient, withRetries } from "./retry.ts"
import { type Fetched, type Rounds, type Source, UNOBSERVED } from "../kinds/Source.ts"

/** How many calls may be under way at once, over all services. */
const CONCURRENT_CALLS = 16

/** The kinds. The type checks that no source requires services beyond these. */
const DESCRIPTIONS: { readonly [K in Kind]: KindDescription<K, AwsClients | Scope.Scope> } = registry

/** A caller that waits for an address. */
interface Caller {
  /** Called on progress. */
  readonly note: () => void
  hasLeft: boolean
}

interface Fetch extends Request.Request<Value, SourceError> {
  readonly _tag: "Fetch"
  readonly address: Address
  readonly held: Value | undefined
  /** In milliseconds. */
  readonly attemptTimeout: number
  readonly caller: Caller
}
const Fetch = Request.tagged<Fetch>("Fetch")

type Fetcher = (
  address: Address,
  held: Value | undefined,
  attemptTimeout: number,
  progress: Progress | undefined,
) => Effect.Effect<Value, SourceError>

/** Whether a single member may have made the whole batch fail; then its members are fetched one by one. */
const mayBeOneMember = ({ reason }: SourceError): boolean =>
  reason._tag === "AccessDenied" || reason._tag === "InvalidRequest" || reason._tag === "NotFound"

/**
 * Fetches a batch. Never fails: if a call fails, so does every member without a result. A member with a result is not
 * fetched again. `held`: as for `Source.fetch`. `rounds.settle` gets each result as soon as it is known.
 */
export const fetchBatch = <K extends Kind>(
  source: Source<K>,
  addresses: NonEmptyReadonlyArray<AddressOf<K>>,
  circuit: Circuit.Circuit,
  held: ReadonlyArray<Value | undefined> = [],
  rounds: Rounds = UNOBSERVED,
  attemptTimeout: Duration.Duration = ATTEMPT_TIMEOUT,
): Effect.Effect<ReadonlyArray<Fetched>> =>
  Effect.suspend(() => {
    const guard = circuit(`${source.kind} in ${(source.circuitOf ?? accessText)(addresses[0])}`)
    const results = new Map<number, Fetched>()
    const settle = (index: number, fetched: Fetched) => {
      if (results.has(index)) return
      results.set(index, fetched)
      rounds.settle(index, fetched)
    }

    const fetchAlone = (address: AddressOf<K>, index: number) =>
      fetchBatch(
        source,
        [address],
        circuit,
        [held[index]],
        { ...rounds, settle: (_, fetched) => settle(index, fetched) },
        attemptTimeout,
      )

    const onFailure = (error: SourceError) => {
      const left = addresses.flatMap((address, index) => (results.has(index) ? [] : [{ address, index }]))
      if (addresses.length === 1 || !mayBeOneMember(error)) {
        return Effect.sync(() => left.forEach(({ index }) => settle(index, Result.fail(error))))
      }
      return Effect.forEach(left, ({ address, index }) => fetchAlone(address, index), {
        concurrency: "unbounded",
        discard: true,
      })
    }

    return source
      .fetch(addresses, (call) => guard(withRetries(call, attemptTimeout)), held, { ...rounds, settle })
      .pipe(
        Effect.matchEffect({
          onFailure,
          onSuccess: (all) => Effect.sync(() => all.forEach((fetched, index) => settle(index, fetched))),
        }),
        Effect.map(() => addresses.flatMap((_, index) => results.get(index) ?? [])),
      )
  })

const exitOf = (fetched: Fetched) =>
  Result.isSuccess(fetched) ? Exit.succeed(fetched.success) : Exit.fail(fetched.failure)

const makeFetcher = <K extends Kind>(
  source: Source<K>,
  queue: Queue.Queue,
  circuit: Circuit.Circuit,
  scope: Scope.Scope,
): Fetcher => {
  // The registry gives each source only addresses of its own kind.
  const addressOf = ({ request }: Request.Entry<Fetch>) => request.address as AddressOf<K>

  const batchWindow = BatchWindow.make()

  const run = (entries: NonEmptyArray<Request.Entry<Fetch>>) => {
    const [first, ...rest] = entries
    const size = Metric.withAttributes(Metrics.batchSize, { kind: source.kind })
    const held = entries.map(({ request }) => request.held)
    /** The members without a result yet. */
    const waiting = new Set(entries)
    const moved = () => waiting.forEach(({ request }) => request.caller.note())
    const rounds: Rounds = {
      settle: (index, fetched) => {
        const entry = entries[index]
        if (entry === undefined) return
        waiting.delete(entry)
        entry.completeUnsafe(exitOf(fetched))
        moved()
      },
      moved,
      isWanted: () => Array.from(waiting).some(({ request }) => !request.caller.hasLeft),
    }
    const inTurn: Circuit.Circuit = (key) => (call) => queue.inTurn(circuit(key)(call), moved)
    const attemptTimeout = Duration.millis(first.request.attemptTimeout)
    const addresses = [addressOf(first), ...rest.map(addressOf)] as const
    return fetchBatch(source, addresses, inTurn, held, rounds, attemptTimeout).pipe(
      batchWindow.during,
      Effect.tap(() => Metric.update(size, entries.length)),
      inSpan("fetch", { attributes: { "cache.kind": source.kind, "cache.batch_size": entries.length } }),
      // A batch outlives the caller that happens to start it.
      Effect.forkIn(scope),
      Effect.flatMap(Fiber.join),
      Effect.asVoid,
    )
  }

  const resolver = RequestResolver.makeGrouped<Fetch, string>({
    // Fetches with different time limits go into different batches: one that can wait must not fail because another cannot.
    key: (entry) => `${entry.request.attemptTimeout} ${source.groupOf(addressOf(entry))}`,
    resolver: run,
  }).pipe(RequestResolver.batchN(source.batchSize), RequestResolver.setDelayEffect(batchWindow.closed))

  return (address, held, attemptTimeout, progress) =>
    Effect.suspend(() => {
      batchWindow.arrived()
      const caller: Caller = { note: progress?.note ?? (() => {}), hasLeft: false }
      return Effect.onInterrupt(
        Effect.request(Fetch({ address, held, attemptTimeout, caller }), resolver),
        () => Effect.sync(() => (caller.hasLeft = true)),
      )
    })
}

export class Sources extends Context.Service<
  Sources,
  {
    /**
     * Fetches the value at an address from AWS, with retries. Fetches made together share batches. Transient failures are
     * retried as long as the effort allows (`retryTransient`). `held`: the value that the caller has, if any.
     */
    readonly fetch: (address: Address, effort?: Effort, held?: Value) => Effect.Effect<Value, SourceError>
    /** Opens connections for fetches of these addresses. */
    readonly prepare: (addresses: Iterable<Address>) => Effect.Effect<void>
    /** Imports what fetches of these addresses need, one kind after the other. */
    readonly importFor: (addresses: Iterable<Address>) => Effect.Effect<void>
  }
>()("cache-extension/sources/Sources") {
  static readonly layerNoDeps: Layer.Layer<Sources, never, AwsClients> = Layer.effect(
    Sources,
    Effect.gen(function* () {
      const context = yield* Effect.context<AwsClients | Scope.Scope>()
      const aws = yield* AwsClients
      const scope = yield* Effect.scope
      const queue = yield* Queue.make(CONCURRENT_CALLS)
      const circuit = yield* Circuit.make

      const load = <K extends Kind>(kind: K): Effect.Effect<Effect.Effect<Fetcher>> =>
        Effect.promise(DESCRIPTIONS[kind].fetch).pipe(
          Effect.flatMap(({ make }) => make),
          Effect.provideService(Siblings, (address) =>
            Effect.flatMap(fetchers[address.kind], (fetcher) =>
              fetcher(address, undefined, attemptTimeoutIn(READ_BUDGET), undefined),
            ),
          ),
          Effect.map((source) => makeFetcher(source, queue, circuit, scope)),
          Effect.provideContext(context),
          Effect.cached,
        )

      const fetchers: Readonly<Record<Kind, Effect.Effect<Fetcher>>> = yield* Effect.all(
        Record.map(kinds, (_, kind) => load(kind)),
      )

      const prepare = (addresses: Iterable<Address>) => {
        const places = Array.from(
          addresses,
          (address) => [`${address.kind} ${accessText(address)}`, address] as const,
        )
        return Effect.forEach(
          new Map(places).values(),
          (address) => {
            const { service } = kinds[address.kind]
            return service.aws === undefined ? Effect.void : aws.preconnect(service.aws, address)
          },
          { discard: true },
        )
      }

      return Sources.of({
        prepare,
        importFor: (addresses) =>
          Effect.forEach(new Set(Array.from(addresses, ({ kind }) => kind)), (kind) => fetchers[kind], {
            discard: true,
          }),
        fetch: (address, effort, held) =>
          Effect.flatMap(fetchers[address.kind], (fetcher) => {
            const { attemptTimeout, budget = READ_BUDGET, progress } = effort ?? {}
            const fetching = fetcher(address, held, attemptTimeout ?? attemptTimeoutIn(budget), progress)
            return effort === undefined ? fetching : retryTransient(effort)(fetching)
          }),
      })
    }),
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(AwsClients.layer))
}
