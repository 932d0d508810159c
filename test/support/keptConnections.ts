/**
 * An environment with many pooled connections to AWS, and a relay that can kill them all while the extension is stopped,
 * as a freeze does. For the tests of connections and the fault matrix.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type Certificate } from "../../bench/support/certificates.ts"
import { type Artifact, EXTENSION, readOf, startEnvironment } from "./extension.ts"
import { freePort, LOOPBACK } from "./extensionHttp.ts"
import { makeRelay, serveTls } from "./extensionRelay.ts"

/** Names in a GetParameters call, at most: as many batches at once, as many connections. */
const BATCH = 10

/** So long that all batches are under way at the same moment, in milliseconds. */
const LATENCY = 500

/** How many connections are tried: more than a call has attempts, and more than AWS's clients open at once in a load. */
export const COUNTS = [2, 10, 16] as const

/** How many values change: they are read after the thaw, one after the other. */
export const CHANGED = 8

/** An environment that keeps so many connections to AWS open. Every value that it holds is too old to be served. */
export const keepConnections = Effect.fnUntraced(function* (
  artifact: Artifact,
  count: number,
  certificate?: Certificate,
) {
  const names = Array.from({ length: count * BATCH }, (_, index) => `p${index}`)
  const port = yield* freePort
  const scheme = certificate === undefined ? "http" : "https"
  const environment = yield* startEnvironment({
    artifact,
    config: `parameters:\n  - names: [${names.join(", ")}]\n    ttl: 0s\n`,
    seed: { parameters: names.map((name) => ({ name, value: "old" })) },
    endpointOf: () => `${scheme}://${LOOPBACK}:${port}`,
    variables: certificate === undefined ? {} : { CACHE_EXTENSION_EXTRA_CA_CERTS: certificate.authority },
  })
  const { ask, aws, lambda, put, read } = environment
  const target = certificate === undefined ? aws.port : yield* serveTls(aws.port, certificate)
  const relay = yield* makeRelay(target, port)
  yield* aws.latency.set(LATENCY)
  // A busy machine may read so slowly that connections are used twice: then all is read again.
  yield* Effect.forEach(names, (name) => read("parameters", name), { concurrency: "unbounded" }).pipe(
    Effect.repeat({ until: () => relay.open() >= count, times: 4 }),
  )
  yield* aws.latency.set(0)
  assert.isAtLeast(relay.open(), count)
  yield* Effect.forEach(names.slice(0, CHANGED), (name) => put(name, "new"))

  return {
    relay,
    names,
    frozen: <A>(meanwhile: Effect.Effect<A>) =>
      Effect.andThen(lambda.pause(EXTENSION), meanwhile).pipe(Effect.ensuring(lambda.resume(EXTENSION))),
    forget: (name: string) => ask(readOf("parameters", name), { method: "DELETE" }),
    /** The status and value of a read. */
    say: (name: string) => Effect.map(read("parameters", name), ({ status, text }) => `${status} ${text}`),
    /** The lines of a metric. */
    metric: (name: string) =>
      Effect.map(ask("/metrics"), ({ text }) =>
        text.split("\n").filter((line) => line.startsWith(`${name}{`)),
      ),
  }
})
