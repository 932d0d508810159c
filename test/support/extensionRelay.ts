/**
 * The network between the extension and AWS: passes bytes on, and breaks as networks do (reset, silent).
 * The tests point the extension at the relay and it at local AWS.
 */
import { Effect, type Scope } from "effect"
import net from "node:net"
import { listen, LOOPBACK } from "./extensionHttp.ts"

export interface Relay {
  readonly endpoint: string
  /** Resets every open connection, as a peer that has forgotten them does. New ones work. */
  readonly resetAll: Effect.Effect<void>
  /** From now on nothing passes on the connections that are open, and nothing says so. New ones work. */
  readonly silenceAll: Effect.Effect<void>
  /** How many connections were accepted so far. */
  readonly accepted: () => number
}

/** A relay to a port of this machine, for the scope; at `at`, or (0) at any port. */
export const makeRelay = (target: number, at = 0): Effect.Effect<Relay, never, Scope.Scope> =>
  Effect.gen(function* () {
    const pairs = new Map<net.Socket, net.Socket>()
    let accepted = 0

    const server = net.createServer((near) => {
      accepted += 1
      const far = net.connect({ port: target, host: LOOPBACK })
      pairs.set(near, far)
      const end = () => {
        pairs.delete(near)
        near.destroy()
        far.destroy()
      }
      for (const socket of [near, far]) socket.on("error", end).once("close", end)
      near.pipe(far)
      far.pipe(near)
    })

    const resetAll = Effect.sync(() => {
      for (const near of pairs.keys()) near.resetAndDestroy()
    })
    yield* Effect.addFinalizer(() => resetAll)
    const port = yield* listen(server, at)

    return {
      endpoint: `http://${LOOPBACK}:${port}`,
      resetAll,
      silenceAll: Effect.sync(() => {
        for (const [near, far] of pairs) {
          near.unpipe(far)
          far.unpipe(near)
          near.pause()
        }
      }),
      accepted: () => accepted,
    }
  }).pipe(Effect.orDie)
