/**
 * A TCP relay between the extension and local AWS, or the TLS terminator in front of it, that can break connections as
 * networks do.
 */
import { Effect, type Scope } from "effect"
import { readFileSync } from "node:fs"
import net from "node:net"
import { Transform } from "node:stream"
import { setTimeout as pause } from "node:timers/promises"
import tls from "node:tls"
import type { Certificate } from "../../bench/support/certificates.ts"
import { listen, LOOPBACK } from "./extensionHttp.ts"

/** How connections die. New ones work. */
export const DEATHS = [
  /** Reset at once, as by a peer that has forgotten them and says so. */
  "reset",
  /** Closed at once. */
  "closed",
  /** From now on nothing passes, and nothing says so. */
  "silent",
  /** Reset when the next byte comes, as by a peer that has forgotten them. */
  "reset when used",
  /** Closed when the next byte comes. */
  "closed when used",
] as const
export type Death = (typeof DEATHS)[number]

interface Relay {
  readonly endpoint: string
  /** What becomes of every connection that is open. */
  readonly kill: (death: Death) => Effect.Effect<void>
  /** Delays each reply by so many milliseconds, on all connections. */
  readonly delay: (milliseconds: number) => Effect.Effect<void>
  /** How many connections were accepted so far. */
  readonly accepted: () => number
  /** How many are open now. */
  readonly open: () => number
}

/** Passes bytes on after the time that `delay` says. */
const delayed = (delay: () => number) =>
  new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      const milliseconds = delay()
      if (milliseconds === 0) done(null, chunk)
      else void pause(milliseconds).then(() => done(null, chunk))
    },
  })

/** Copies bytes both ways until either side ends. */
const couple = (near: net.Socket, target: number, onEnd: () => void, delay = () => 0): net.Socket => {
  const far = net.connect({ port: target, host: LOOPBACK })
  const end = () => {
    onEnd()
    near.destroy()
    far.destroy()
  }
  for (const socket of [near, far]) socket.on("error", end).once("close", end)
  near.pipe(far)
  far.pipe(delayed(delay)).pipe(near)
  return far
}

/** Where TLS ends, in front of a port of this machine, for the scope. Gives its port. */
export const serveTls = (
  target: number,
  { certificate, key }: Certificate,
): Effect.Effect<number, never, Scope.Scope> => {
  const open = new Set<net.Socket>()
  const options = { key: readFileSync(key), cert: readFileSync(certificate) }
  const server = tls.createServer(options, (near) => {
    open.add(near)
    couple(near, target, () => open.delete(near))
  })
  const close = Effect.sync(() => {
    for (const near of open) near.destroy()
  })
  return Effect.orDie(
    Effect.andThen(
      Effect.addFinalizer(() => close),
      listen(server),
    ),
  )
}

const silence = (near: net.Socket, far: net.Socket): void => {
  near.unpipe(far)
  far.unpipe()
}

const WAYS: { readonly [D in Death]: (near: net.Socket, far: net.Socket) => void } = {
  reset: (near) => near.resetAndDestroy(),
  closed: (near) => near.end(),
  silent: (near, far) => {
    silence(near, far)
    near.pause()
  },
  "reset when used": (near, far) => {
    silence(near, far)
    near.once("data", () => near.resetAndDestroy()).resume()
  },
  "closed when used": (near, far) => {
    silence(near, far)
    near.once("data", () => near.end()).resume()
  },
}

/** A relay to a port of this machine, for the scope; at `at`, or (0) at any port. */
export const makeRelay = (target: number, at = 0): Effect.Effect<Relay, never, Scope.Scope> =>
  Effect.gen(function* () {
    const pairs = new Map<net.Socket, net.Socket>()
    let accepted = 0
    let delay = 0

    const server = net.createServer((near) => {
      accepted += 1
      pairs.set(
        near,
        couple(
          near,
          target,
          () => pairs.delete(near),
          () => delay,
        ),
      )
    })
    const kill = (death: Death) =>
      Effect.sync(() => {
        for (const [near, far] of pairs) WAYS[death](near, far)
      })
    yield* Effect.addFinalizer(() => kill("reset"))
    const port = yield* listen(server, at)

    return {
      endpoint: `http://${LOOPBACK}:${port}`,
      kill,
      delay: (milliseconds: number) =>
        Effect.sync(() => {
          delay = milliseconds
        }),
      accepted: () => accepted,
      open: () => pairs.size,
    }
  }).pipe(Effect.orDie)
