/**
 * A source without AWS: its clients record the calls and return the replies of the test, in parsed JSON. So a test sees
 * how addresses are grouped, the input of each call, and the result of any reply.
 */
import { type Array as Arr, Effect, Layer, Result, type Scope } from "effect"
import type { Access, AddressOf, Kind } from "../../src/domain/Address.ts"
import { SourceError } from "../../src/domain/SourceError.ts"
import { AwsClients, type Caller } from "../../src/aws/AwsClients.ts"
import { toSourceError } from "../../src/aws/awsErrors.ts"
import * as sdk from "../../src/aws/sdkErrors.ts"
import type { AwsService } from "../../src/kinds/Kind.ts"
import { type Attempt, type Fetched, type Rounds, type Source, UNOBSERVED } from "../../src/kinds/Source.ts"
import { bodyOf } from "./entries.ts"

interface RecordedCall {
  /** The id of the service. */
  readonly service: string
  readonly operation: string
  /** The region and role of the client. */
  readonly access: Access
  /** The input of the command. */
  readonly input: Readonly<Record<string, unknown>>
}

/** For a call that is never answered. */
export const SILENCE = Symbol("silence")

/** The result of a call: a reply in parsed JSON, an error, or `SILENCE`. Calls are counted from 1. */
export type Reply = (call: RecordedCall, count: number) => unknown

/**
 * A caller that answers by `reply`. A reply is there at once, without a promise between: what `TestClock` lets pass are the
 * pauses of the code under test.
 */
const recordingCaller =
  <C>(service: AwsService, calls: Array<RecordedCall>, reply: Reply): Caller<C> =>
  ({ region, roleArn }, operation, request) =>
    Effect.suspend(() => {
      const access: Access = roleArn === undefined ? { region } : { region, roleArn }
      let answer: unknown
      const client = {
        send: ({ input }: { readonly input: RecordedCall["input"] }) => {
          const call = { service: service.id, operation, access, input }
          calls.push(call)
          answer = reply(call, calls.length)
          // oxlint-disable-next-line unicorn/no-thenable -- it stands for a promise
          return { then: (use: (reply: unknown) => unknown) => (isReply(answer) ? use(answer) : undefined) }
        },
      }
      return Effect.flatMap(
        Effect.try({
          // A source uses nothing of its client but `send`, and nothing of that but what becomes of its reply.
          try: () => request(client as C, { abortSignal: new AbortController().signal }) as never,
          catch: (cause) => toSourceError(cause, sdk),
        }),
        (used) => {
          if (answer === SILENCE) return Effect.never
          return answer instanceof SourceError ? Effect.fail(answer) : Effect.succeed(used)
        },
      )
    })

const isReply = (answer: unknown): boolean => answer !== SILENCE && !(answer instanceof SourceError)

/** Clients that return `reply`, and the calls so far. */
export const recordedCalls = (reply: Reply) => {
  const calls: Array<RecordedCall> = []
  const callerOf = <C>(service: AwsService) => recordingCaller<C>(service, calls, reply)
  const layer = Layer.mock(AwsClients, {
    preconnect: () => Effect.void,
    caller: (service) => Effect.succeed(callerOf(service)),
  })
  return { calls, layer, callerOf }
}

/** One attempt, without retries. */
export const once: Attempt = (call) => call

/** A source whose calls get `reply`. */
export const recordedSource = <K extends Kind>(
  make: Effect.Effect<Source<K>, never, AwsClients | Scope.Scope>,
  reply: Reply,
) =>
  Effect.gen(function* () {
    const { calls, layer } = recordedCalls(reply)
    const source = yield* Effect.provide(make, layer)
    return {
      source,
      calls,
      /** The result of each address. If the whole call fails, that is the result of all. */
      fetch: (
        first: AddressOf<K>,
        ...rest: ReadonlyArray<AddressOf<K>>
      ): Effect.Effect<ReadonlyArray<Fetched>> => {
        const addresses: Arr.NonEmptyReadonlyArray<AddressOf<K>> = [first, ...rest]
        const told = new Map<number, Fetched>()
        const rounds: Rounds = { ...UNOBSERVED, settle: (index, fetched) => told.set(index, fetched) }
        return source.fetch(addresses, once, [], rounds).pipe(
          Effect.catch((error) => Effect.succeed(addresses.map((): Fetched => Result.fail(error)))),
          Effect.map((results) => addresses.flatMap((_, index) => told.get(index) ?? results[index] ?? [])),
        )
      },
    }
  })

/** Results as a test compares them: the texts of values, the reasons of failures. */
export const shown = (results: ReadonlyArray<Fetched>): ReadonlyArray<string | Uint8Array> =>
  results.map((result) => (Result.isSuccess(result) ? bodyOf(result.success) : result.failure.reason._tag))
