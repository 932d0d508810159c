/**
 * How a source reads a value of another kind, such as the secret that a URL's header needs. `Sources` provides it: such a fetch
 * shares batches, retries and circuits with all others, and nothing of it is cached.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Address } from "../domain/Address.ts"
import type { Value } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"

export type FetchSibling = (address: Address) => Effect.Effect<Value, SourceError>

export const Siblings = Context.Reference<FetchSibling>("cache-extension/sources/Siblings", {
  defaultValue: () => () => Effect.die("there are no other sources"),
})
