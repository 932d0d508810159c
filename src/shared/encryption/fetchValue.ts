/**
 * Fetches what the shared tier itself needs from AWS: the key of its encryption, and the password of its store. Once, without
 * cache and retries: whoever asks decides what a failure means.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { AwsClients } from "../../aws/AwsClients.ts"
import type { AddressOf } from "../../domain/Address.ts"
import type { Value } from "../../domain/Entry.ts"
import { type SourceError, timedOut } from "../../domain/SourceError.ts"
import { registry } from "../../kinds/kinds.ts"
import { type Source, UNOBSERVED } from "../../kinds/Source.ts"

const otherKind = Effect.die("the source of another kind")

export type FetchValue = (
  address: AddressOf<"secrets"> | AddressOf<"parameters">,
) => Effect.Effect<Value, SourceError>

const fetchFrom = <K extends "secrets" | "parameters">(
  source: Source<K>,
  address: AddressOf<K>,
): Effect.Effect<Value, SourceError> =>
  Effect.flatMap(
    Effect.suspend(() => source.fetch([address], (call) => call, [undefined], UNOBSERVED)),
    ([fetched = Result.fail(timedOut("no result"))]) => Effect.fromResult(fetched),
  )

/** The source of a kind is loaded at once, so that no call waits for it. The scope destroys its client. */
export const makeFetchValue = (
  kind: "secrets" | "parameters",
): Effect.Effect<FetchValue, never, AwsClients | Scope.Scope> =>
  Effect.gen(function* () {
    if (kind === "secrets") {
      const source = yield* (yield* Effect.promise(registry.secrets.fetch)).make
      return (address) => (address.kind === "secrets" ? fetchFrom(source, address) : otherKind)
    }
    const source = yield* (yield* Effect.promise(registry.parameters.fetch)).make
    return (address) => (address.kind === "parameters" ? fetchFrom(source, address) : otherKind)
  })
