/**
 * A PostgreSQL database for `DataApi.ts`: pglite, which is PostgreSQL compiled to WebAssembly, in this process and in memory.
 *
 * It is loaded when a seed has a database. Its first start on a machine takes some seconds (initdb); the files of that start
 * are kept in node_modules/.cache, so that later starts take one second. It is used through PostgreSQL's own protocol, so that
 * values are seen as the server writes them, and a real server can take its place (`Engine`).
 * https://www.postgresql.org/docs/current/protocol-flow.html
 */
import { randomUUID } from "node:crypto"
import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { protocol } from "@electric-sql/pglite"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"

const PACKAGE = "@electric-sql/pglite"

/** A database cannot be started. */
export class NoEngine extends Schema.TaggedError<NoEngine>()("NoEngine", { cause: Schema.Defect() }) {
  override get message(): string {
    const reason = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `databases need the package ${PACKAGE}: npm install --save-dev ${PACKAGE} (${reason})`
  }
}

/** A message from the server. The members depend on its name. */
export interface ServerMessage {
  readonly name: string
  /** Of `rowDescription`: the columns; of `dataRow`: the values as text. */
  readonly fields?: ReadonlyArray<unknown>
  /** Of `error`. */
  readonly code?: string
  readonly message?: string
  /** Of `commandComplete`, such as `INSERT 0 1`. */
  readonly text?: string
}

/** One connection to a database. */
export interface Engine {
  /** Sends statements one after the other, with parameters as text, and returns the messages about each. */
  readonly run: (statements: ReadonlyArray<Statement>) => Promise<ReadonlyArray<ReadonlyArray<ServerMessage>>>
  /** Runs a script of several statements; rejects with the server's error. */
  readonly runScript: (script: string) => Promise<void>
}

export interface Statement {
  /** With `$1`, `$2`... for parameters. */
  readonly sql: string
  readonly parameters: ReadonlyArray<string | null>
}

/** Opens an empty database. It is closed with the scope. */
export type OpenEngine = Effect.Effect<Engine, NoEngine, Scope>

/** The protocol's encoder, as the package exports it. */
type Serialize = typeof protocol.serialize

/** The messages for a statement, in the extended protocol: it allows only one statement in a text, as the Data API. */
export const encode = (serialize: Serialize, { parameters, sql }: Statement): Uint8Array =>
  Buffer.concat([
    serialize.parse({ text: sql }),
    serialize.bind({ values: [...parameters] }),
    serialize.describe({ type: "P" }),
    serialize.execute({}),
    serialize.sync(),
  ])

/** Where the files of a new database are kept: `node_modules/.cache`. */
const keptAt = async (): Promise<string> => {
  const module = import.meta.resolve(PACKAGE)
  const { version } = JSON.parse(await readFile(new URL("../package.json", module), "utf8")) as {
    readonly version: string
  }
  return fileURLToPath(new URL(`../../../.cache/pglite-${version}.tar`, module))
}

const makePglite = async () => {
  const { PGlite, protocol } = await import("@electric-sql/pglite")
  const file = await keptAt()
  const kept = await readFile(file).catch(() => undefined)
  if (kept !== undefined)
    return { protocol, database: await PGlite.create({ loadDataDir: new Blob([kept]) }) }
  const database = await PGlite.create()
  const files = await database.dumpDataDir("none")
  const written = `${file}.${randomUUID()}`
  // If the folder is read-only, each start takes longer, but works.
  await mkdir(fileURLToPath(new URL(".", `file://${file}`)), { recursive: true })
    .then(async () => writeFile(written, Buffer.from(await files.arrayBuffer())))
    .then(() => rename(written, file))
    .catch(() => undefined)
  return { protocol, database }
}

/** Opens pglite. */
export const openPglite: OpenEngine = Effect.acquireRelease(
  Effect.tryPromise({ try: makePglite, catch: (cause) => new NoEngine({ cause }) }),
  ({ database }) => Effect.promise(() => database.close()),
).pipe(
  Effect.map(({ database, protocol: { serialize } }): Engine => ({
    run: (statements) =>
      database.runExclusive(async () => {
        const replies = []
        for (const statement of statements) {
          const { messages } = await database.execProtocol(encode(serialize, statement), {
            throwOnError: false,
          })
          replies.push(messages as unknown as ReadonlyArray<ServerMessage>)
        }
        return replies
      }),
    runScript: (script) => database.exec(script).then(() => undefined),
  })),
)
