/**
 * The part of the fault matrix about pooled connections that die during a freeze, many at once. AWS is up, so each read
 * after the thaw must get the new value on a new connection.
 */
import { Duration, Effect } from "effect"
import { type Artifact } from "./extension.ts"
import { type Death } from "./extensionRelay.ts"
import { keepConnections } from "./keptConnections.ts"

export interface DeathCell {
  readonly death: Death
  /** How many connections died. */
  readonly count: number
  /** What the read of a value said that was held, and of one that was not. */
  readonly held: string
  readonly gone: string
  /** Milliseconds that the slower of the two took. */
  readonly took: number
}

export const playDeath = Effect.fnUntraced(function* (artifact: Artifact, death: Death, count: number) {
  const { forget, frozen, names, relay, say } = yield* keepConnections(artifact, count)
  const [heldName = "", goneName = ""] = names
  yield* forget(goneName)
  yield* frozen(relay.kill(death))
  const [first, held] = yield* Effect.timed(say(heldName))
  const [second, gone] = yield* Effect.timed(say(goneName))
  const took = Duration.toMillis(Duration.max(first, second))
  const cell: DeathCell = { death, count, held, gone, took }
  return cell
}, Effect.scoped)
