/**
 * Outages of the network between the extension and local AWS or a server on the web, which can be started and ended: the
 * name does not resolve, connections are refused, or packets are dropped, SYN included.
 *
 * For names the extension runs with an /etc/hosts of its own, by a mount namespace; where the machine does not allow that,
 * `CAN_RENAME` is false and those cells cannot be run.
 */
import { Effect, Exit, Scope } from "effect"
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import net from "node:net"
import path from "node:path"
import { Worker } from "node:worker_threads"
import { connect, LOOPBACK } from "./extensionHttp.ts"
import { extensionsFolder as extensionsFolderOf, folderOf } from "./lambda.ts"

export type Outage = "unknownName" | "refused" | "blackHole"

export interface Network {
  readonly fail: Effect.Effect<void>
  readonly mend: Effect.Effect<void>
}

/** Names that no name server knows (RFC 6761). A URL of this machine must have a name of this machine. */
const NAMES = { aws: "aws.invalid", web: "web.localhost" } as const

/** Where the extension is to look for AWS or the web so that this outage can be made. */
export const endpointAt = (side: keyof typeof NAMES, outage: Outage, port: number): string =>
  `http://${outage === "unknownName" ? NAMES[side] : LOOPBACK}:${port}`

const NAMESPACE = ["--user", "--map-root-user", "--mount"] as const

/** Whether this machine lets a process have files of its own in /etc. */
export const CAN_RENAME =
  spawnSync("unshare", [...NAMESPACE, "sh", "-c", "mount --bind /dev/null /etc/hosts"]).status === 0

/** No name server is there, so that only the hosts file tells names. */
const RESOLVER = `nameserver ${LOOPBACK}\noptions attempts:1 timeout:1\n`

/** A stand-in for /opt/extensions: the extension in it finds the names of `hosts`, a file, and no others. */
export const withOwnHosts = Effect.fnUntraced(function* (extensionsFolder: string, name: string) {
  const folder = yield* folderOf({ hosts: "", "resolv.conf": RESOLVER })
  const hosts = path.join(folder, "hosts")
  const mounts = [
    `mount --bind ${hosts} /etc/hosts`,
    `mount --bind ${path.join(folder, "resolv.conf")} /etc/resolv.conf`,
  ]
  const inside = [...mounts, `exec ${path.join(extensionsFolder, name)}`].join(" && ")
  const script = `#!/bin/sh\nexec unshare ${NAMESPACE.join(" ")} sh -c '${inside}'\n`
  return { hosts, extensionsFolder: yield* extensionsFolderOf({ [name]: { script } }) }
})

/** Connections that the kernel takes for a server that takes none: the backlog and one more. */
const BACKLOG = 1
const QUEUED = BACKLOG + 1

/** A thread that listens and then stands still, so that nobody takes the connections that come. */
const STANDSTILL = `
const { parentPort, workerData } = require("node:worker_threads")
const { backlog, gate, host, port } = workerData
require("node:net").createServer().listen({ backlog, host, port }, () => {
  parentPort.postMessage("listening")
  Atomics.wait(gate, 0, 0)
  process.exit()
})
`

const OPEN = 1

/** A port whose queue is full: what is sent to it is dropped. Until the scope closes. */
const swallow = (port: number): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    const workerData = { backlog: BACKLOG, gate, host: LOOPBACK, port }
    yield* Effect.acquireRelease(
      Effect.callback<Worker, Error>((resume) => {
        const worker = new Worker(STANDSTILL, { eval: true, workerData })
        worker.once("message", () => resume(Effect.succeed(worker)))
        worker.once("error", (error) => resume(Effect.fail(error)))
      }),
      (worker) =>
        Effect.callback<void>((resume) => {
          worker.once("exit", () => resume(Effect.void))
          Atomics.store(gate, 0, OPEN)
          Atomics.notify(gate, 0)
        }),
    )
    yield* Effect.forEach(Array.from({ length: QUEUED }), () => connect(port), { discard: true })
  }).pipe(Effect.orDie)

/** Passes bytes on to a port of this machine. `close` stops listening; what is open stays so until `reset`. */
const makeRelay = (target: number) => {
  const open = new Set<readonly [near: net.Socket, far: net.Socket]>()
  const server = net.createServer((near) => {
    const far = net.connect({ port: target, host: LOOPBACK })
    const pair = [near, far] as const
    open.add(pair)
    const end = () => {
      open.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const socket of pair) socket.on("error", end).once("close", end)
    near.pipe(far)
    far.pipe(near)
  })
  return {
    listen: (port: number): Effect.Effect<void, NodeJS.ErrnoException> =>
      Effect.callback((resume) => {
        const fail = (error: Error) => resume(Effect.fail(error))
        server.once("error", fail)
        server.listen(port, LOOPBACK, () => {
          server.off("error", fail)
          resume(Effect.void)
        })
      }),
    close: Effect.sync(() => server.close()),
    reset: Effect.sync(() => {
      for (const [near] of open) near.resetAndDestroy()
    }),
    silence: Effect.sync(() => {
      for (const [near, far] of open) {
        near.unpipe(far).pause()
        far.unpipe(near).pause()
      }
    }),
  }
}

/** Up at first, on `port`, in front of what is at `target`. Gone with the scope. */
export const makeNetwork = Effect.fnUntraced(function* (
  outage: Outage,
  port: number,
  target: number,
  hosts: string,
) {
  const relay = makeRelay(target)
  const holes = yield* Effect.acquireRelease(Scope.make(), (scope, exit) => Scope.close(scope, exit))
  yield* Effect.addFinalizer(() => Effect.andThen(relay.close, relay.reset))
  yield* relay.listen(port)

  const rename = (text: string) => Effect.sync(() => writeFileSync(hosts, text))
  const known = `${LOOPBACK} ${Object.values(NAMES).join(" ")}\n`
  if (outage === "unknownName") yield* rename(known)

  const networks: { readonly [O in Outage]: Network } = {
    unknownName: { fail: Effect.andThen(rename(""), relay.reset), mend: rename(known) },
    refused: { fail: Effect.andThen(relay.close, relay.reset), mend: Effect.orDie(relay.listen(port)) },
    blackHole: {
      fail: Effect.all([relay.silence, relay.close, Scope.provide(swallow(port), holes)], { discard: true }),
      mend: Effect.andThen(Scope.close(holes, Exit.void), Effect.orDie(relay.listen(port))),
    },
  }
  return networks[outage]
}, Effect.orDie)
