/**
 * A real PostgreSQL server, where a machine has one: `initdb` and `postgres` on PATH, files in a temporary folder, reached by a
 * Unix socket, stopped with the scope. It takes the place of pglite in local AWS.
 */
import { spawn, spawnSync } from "node:child_process"
import { chownSync } from "node:fs"
import { connect, type Socket } from "node:net"
import path from "node:path"
import process from "node:process"
import { protocol } from "@electric-sql/pglite"
import { Effect } from "effect"
import {
  encode,
  type Engine,
  NoEngine,
  type OpenEngine,
  type ServerMessage,
} from "../../local/aws/Postgres.ts"
import { isOnPath } from "../sam/onPath.ts"
import { temporaryFolder } from "./lambda.ts"

/** Whether there is a PostgreSQL server on PATH. */
export const isPostgresInstalled = isOnPath("postgres") && isOnPath("initdb")

/** PostgreSQL refuses to run as root; `nobody` is on every Linux. */
const NOBODY = 65_534
const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

const READY = /database system is ready to accept connections/

const start = (folder: string) =>
  Effect.callback<{ readonly stop: Effect.Effect<void> }>((resume) => {
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
    const data = path.join(folder, "data")
    const made = spawnSync("initdb", ["-D", data, "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8"], user)
    if (made.status !== 0) return resume(Effect.die(new Error(`initdb failed: ${made.stderr}`)))
    const args = [
      "-D",
      data,
      "-k",
      folder,
      "-c",
      "listen_addresses=",
      "-c",
      "timezone=UTC",
      "-c",
      "fsync=off",
    ]
    const child = spawn("postgres", args, { stdio: ["ignore", "pipe", "pipe"], ...user })
    const killAtExit = () => child.kill("SIGKILL")
    process.once("exit", killAtExit)
    child.once("exit", () => process.off("exit", killAtExit))
    const stop = Effect.callback<void>((stopped) => {
      if (child.exitCode !== null || child.signalCode !== null) return stopped(Effect.void)
      child.once("exit", () => stopped(Effect.void))
      // At once, with all connections.
      child.kill("SIGQUIT")
    })
    let output = ""
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString()
      if (READY.test(output)) resume(Effect.succeed({ stop }))
    })
    child.once("exit", () => resume(Effect.die(new Error(`postgres ended: ${output}`))))
  })

/** The server's replies in the order of the requests: each ends with `readyForQuery`. */
const exchanger = (socket: Socket) => {
  const parser = new protocol.Parser()
  const waiting: Array<(messages: ReadonlyArray<ServerMessage>) => void> = []
  let messages: Array<ServerMessage> = []
  socket.on("data", (chunk) => {
    parser.parse(chunk as Buffer, (message) => {
      messages.push(message as unknown as ServerMessage)
      if (message.name !== "readyForQuery") return
      waiting.shift()?.(messages)
      messages = []
    })
  })
  return (request: Uint8Array): Promise<ReadonlyArray<ServerMessage>> =>
    new Promise((resolve) => {
      waiting.push(resolve)
      socket.write(request)
    })
}

const connectTo = (folder: string, database: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const socket = connect(path.join(folder, ".s.PGSQL.5432"))
      const exchange = exchanger(socket)
      await exchange(protocol.serialize.startup({ user: "postgres", database }))
      return { exchange, socket }
    }),
    ({ socket }) => Effect.sync(() => socket.destroy()),
  )

/** A server. `open` opens a new database in it at each use. */
export const postgresServer = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  yield* Effect.acquireRelease(start(folder), ({ stop }) => stop)
  const admin = yield* connectTo(folder, "postgres")
  let databases = 0
  const open: OpenEngine = Effect.gen(function* () {
    const name = `database_${databases++}`
    yield* Effect.promise(() => admin.exchange(protocol.serialize.query(`CREATE DATABASE ${name}`)))
    const { exchange } = yield* connectTo(folder, name)
    let last: Promise<unknown> = Promise.resolve()
    /** One caller at a time, as with pglite. */
    const inTurn = <A>(act: () => Promise<A>): Promise<A> => {
      const turn = last.then(act)
      last = turn.catch(() => undefined)
      return turn
    }
    const engine: Engine = {
      run: (statements) =>
        inTurn(() =>
          Promise.all(statements.map((statement) => exchange(encode(protocol.serialize, statement)))),
        ),
      runScript: (script) =>
        inTurn(async () => {
          const error = (await exchange(protocol.serialize.query(script))).find(
            ({ name }) => name === "error",
          )
          if (error !== undefined) throw new Error(error.message)
        }),
    }
    return engine
  }).pipe(Effect.catchDefect((cause) => Effect.fail(new NoEngine({ cause }))))
  return { open }
})
