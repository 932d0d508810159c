/**
 * Clients of the SDK that belong to a scope: its end closes their connections, also after an interruption.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Makes a client, and destroys it with the scope. */
export const scopedClient = <Client extends { readonly destroy: () => void }>(
  make: () => Client,
): Effect.Effect<Client, never, Scope.Scope> =>
  Effect.acquireRelease(Effect.sync(make), (client) => Effect.sync(() => client.destroy()))
