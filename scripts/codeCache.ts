// Makes V8's code cache for the Node bundle: runs the program through a start, a load, reads and SHUTDOWN, then writes what V8
// compiled. Functions that this run did not call are compiled when they are needed.
//
// The same bundle and Node give the same bytes. By default V8 would write different ones at each run: its hashes are random,
// functions are numbered in the order of their compilation, and padding holds uninitialized memory. So the run uses
// `--predictable`, and a second process reads the cache and writes it again.
//
// The build calls it with the folder of the bundle. The child processes run this file with `record` or `rewrite`.
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createRequire } from "node:module"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import process from "node:process"
import { text } from "node:stream/consumers"
import { Script } from "node:vm"
import { ROOT } from "./root.ts"

/** An entry of each way to fetch. No ttl or budget ends during a run, however busy the machine: functions would differ. */
const configFor = (web: string): string => `parameters: [{ names: [A, B, C] }, { names: [D], ttl: 2h }]
secrets: [{ names: [S, T] }, { names: [R], revalidate: describe }]
dynamodb:
  - { table: Table, hashkey: pKey, hashkeytype: S, hashkeyvalue: a, sortkey: sKey, sortkeytype: N, sortkeyvalue: 1 }
  - { table: Table, name: part, hashkey: pKey, hashkeytype: S, hashkeyvalue: a, sortkey: sKey, sortkeytype: N, sortkeyvalue: 1, attributes: [Data] }
  - { table: Table, name: items, hashkey: pKey, hashkeytype: S, hashkeyvalue: a, query: {} }
tables: [{ table: Table, name: any, hashkey: pKey, hashkeytype: S, sortkey: sKey, sortkeytype: N }]
appconfig: [{ application: a, environment: e, profile: p }]
s3: [{ bucket: bucket, key: key }]
sql:
  - name: rows
    resource_arn: arn:aws:rds:us-east-1:123456789012:cluster:shop
    secret_arn: arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf
    statement: "SELECT id FROM orders WHERE id = :id"
    parameters: [{ name: id, value: 1, type: long }]
http: [{ url: "http://${web}/page", name: page, headers: [{ name: Authorization, secret: S, prefix: "Bearer " }] }]
compatibility: { appconfig_agent: on }
cache: { read_budget: 8s, load_budget: 9s, forced_refresh_interval: 0s }
`

const ITEM = { pKey: { S: "a" }, sKey: { N: "1" }, Data: { M: { list: { L: [{ BOOL: true }] } } } }

/** Canned replies of AWS for a load, by operation. */
const AWS_REPLIES: Readonly<
  Record<string, (request: { readonly Names?: ReadonlyArray<string>; readonly SecretId?: string }) => unknown>
> = {
  GetParameters: ({ Names = [] }) => ({
    Parameters: Names.map((Name) => ({ Name, Type: "String", Value: "value", Version: 1 })),
    InvalidParameters: [],
  }),
  GetParameter: () => ({ Parameter: { Name: "A", Type: "String", Value: "value", Version: 1 } }),
  BatchGetSecretValue: () => ({
    SecretValues: ["S", "T"].map((Name) => ({ Name, ARN: Name, SecretString: "secret", VersionId: "v" })),
    Errors: [],
  }),
  GetSecretValue: ({ SecretId: Name }) => ({ Name, ARN: Name, SecretString: "secret", VersionId: "v" }),
  DescribeSecret: () => ({ Name: "R", ARN: "R", VersionIdsToStages: { v: ["AWSCURRENT"] } }),
  GetItem: () => ({ Item: ITEM }),
  BatchGetItem: () => ({ Responses: { Table: [ITEM] }, UnprocessedKeys: {} }),
  Query: () => ({ Items: [ITEM], Count: 1, ScannedCount: 1 }),
}

/** Canned replies of services that name the operation in the path. */
const REPLIES_BY_PATH: Readonly<Record<string, string>> = {
  "/BeginTransaction": `{"transactionId":"t"}`,
  "/Execute": `{"columnMetadata":[{"name":"id","label":"id"}],"numberOfRecordsUpdated":0,"records":[[{"longValue":1}]]}`,
  "/RollbackTransaction": `{"transactionStatus":"Rollback Complete"}`,
}

type Answer = (body: string, request: IncomingMessage, response: ServerResponse) => void | Promise<void>

const listen = async (answer: Answer): Promise<{ readonly address: string; readonly close: () => void }> => {
  const server = createServer((request, response) => {
    void text(request).then((body) => answer(body, request, response))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** AppConfig's operations differ by method: POST starts a session, GET polls it. */
const appConfig: Answer = (_, { method }, response) => {
  if (method === "POST") response.writeHead(201).end(`{"InitialConfigurationToken":"t"}`)
  else response.setHeader("next-poll-configuration-token", "t").end("{}")
}

/** A document with a tag; 304 to whoever has it. */
const content: Answer = (_, { headers }, response) => {
  response.setHeader("etag", '"tag"').setHeader("content-type", "application/json")
  if (headers["if-none-match"] === undefined) response.end("{}")
  else response.writeHead(304).end()
}

const aws: Answer = (body, request, response) => {
  const [path = ""] = (request.url ?? "").split("?", 1)
  if (path.startsWith("/configuration")) return appConfig(body, request, response)
  if (path === "/bucket/key" || path === "/page") return content(body, request, response)
  if (path in REPLIES_BY_PATH)
    return void response.setHeader("content-type", "application/json").end(REPLIES_BY_PATH[path])
  const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? ""
  const reply = AWS_REPLIES[operation]?.(JSON.parse(body)) ?? {}
  response.setHeader("content-type", "application/x-amz-json-1.1").end(JSON.stringify(reply))
}

/** Reads that check the value in memory. A refresh by a ttl might still be under way at SHUTDOWN. */
const FORCED = new Set(["/secrets?name=R", "/s3?name=bucket/key", "/http?name=page"])
const NO_CACHE = { "cache-control": "no-cache" }
const ABSENT = "/parameters?name=X"

const event = (fields: object) => JSON.stringify({ deadlineMs: 4e12, requestId: "r", ...fields })

/** The Extensions API: register, one INVOKE that reads everything, SHUTDOWN. */
const extensionsApi = (port: number, agentPort: number): Answer => {
  let nexts = 0
  const read = async (url: string, at = port): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${at}${url}`, { headers: FORCED.has(url) ? NO_CACHE : {} })
    const body = await response.text()
    if (!response.ok && url !== ABSENT) throw new Error(`${url} got ${response.status}: ${body}`)
  }
  return async (_, request, response) => {
    if (request.url?.endsWith("/register")) {
      response.setHeader("Lambda-Extension-Identifier", "id").end(`{"functionName":"f"}`)
      return
    }
    nexts += 1
    if (nexts === 2) {
      for (const url of [
        "/parameters?name=A",
        "/secrets?name=S",
        "/secrets?name=R",
        "/dynamodb?name=Table-a-1",
        "/dynamodb?name=part",
        "/dynamodb?name=items",
        "/dynamodb?name=any&hashkeyvalue=a&sortkeyvalue=1",
        "/appconfig?name=a/e/p",
        "/s3?name=bucket/key",
        "/sql?name=rows&json=/0/id",
        "/http?name=page",
        ABSENT,
        "/health",
      ]) {
        await read(url)
      }
      await read("/applications/a/environments/e/configurations/p", agentPort)
    }
    response.end(event({ eventType: nexts < 3 ? "INVOKE" : "SHUTDOWN" }))
  }
}

const freePort = async (): Promise<number> => {
  const { address, close } = await listen(() => {})
  close()
  return Number(address.split(":")[1])
}

const keyOf = (folder: string): string => {
  const hash = createHash("sha256").update(`${process.version} ${process.versions.v8} ${process.arch}`)
  for (const name of readdirSync(folder).toSorted())
    hash.update(name).update(readFileSync(path.join(folder, name)))
  return hash.update(readFileSync(import.meta.filename)).digest("hex")
}

/** Fixed seeds make V8's hashes the same each time. The cache also fits a V8 without these flags. */
const FIXED_SEED = "--random-seed=1"

/**
 * Everything else that a run depends on: other threads, optimized or flushed code, and reused memory (a heap that never
 * fills is all zeros). V8 records these flags in the cache; `rewrite` removes that.
 */
const PREDICTABLE = [
  FIXED_SEED,
  "--predictable",
  "--no-opt",
  "--no-maglev",
  "--no-sparkplug",
  "--no-flush-bytecode",
  "--initial-heap-size=2048",
  "--min-semi-space-size=256",
  "--max-semi-space-size=256",
]

/** Puts the cache next to the bundle. Reuses the one that was made for the same bundle before. */
export const makeCodeCache = async (folder: string): Promise<void> => {
  const kept = path.join(ROOT, ".work/code-cache", keyOf(folder))
  const target = path.join(folder, "code-cache")
  if (!existsSync(kept)) {
    await recordAnew(folder)
    mkdirSync(path.dirname(kept), { recursive: true })
    cpSync(target, kept, { recursive: true })
  }
  cpSync(kept, target, { recursive: true })
}

/** Runs this file in a child process and returns its exit status. */
const child = async (
  flags: ReadonlyArray<string>,
  step: "record" | "rewrite",
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<number | null> => {
  const started = spawn(process.execPath, [...flags, import.meta.filename, step, folder], {
    stdio: ["ignore", "ignore", "inherit"],
    env,
  })
  const [status] = (await once(started, "exit")) as [number | null]
  return status
}

/** Makes the cache in the folder of the bundle. */
export const recordAnew = async (folder: string): Promise<void> => {
  const [port, agentPort] = await Promise.all([freePort(), freePort()])
  const [awsServer, api] = await Promise.all([listen(aws), listen(extensionsApi(port, agentPort))])
  const work = mkdtempSync(path.join(tmpdir(), "code-cache-"))
  const config = path.join(work, "config.yaml")
  writeFileSync(config, configFor(awsServer.address))
  const status = await child(PREDICTABLE, "record", folder, {
    AWS_LAMBDA_RUNTIME_API: api.address,
    AWS_ENDPOINT_URL: `http://${awsServer.address}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "x",
    AWS_SECRET_ACCESS_KEY: "x",
    CACHE_EXTENSION_CONFIG: config,
    CACHE_EXTENSION_PORT: String(port),
    AWS_APPCONFIG_EXTENSION_HTTP_PORT: String(agentPort),
    CACHE_EXTENSION_INIT_STARTUP: "true",
  })
  awsServer.close()
  api.close()
  rmSync(work, { recursive: true, force: true })
  if (status !== 0) throw new Error(`the run that makes the code cache ended with status ${status}`)
  if ((await child([FIXED_SEED], "rewrite", folder)) !== 0)
    throw new Error("V8 does not take the code cache that it has made")
}

interface CachedScript {
  readonly cachedDataRejected?: boolean | undefined
  readonly createCachedData: () => Buffer
}

interface Loader {
  readonly cacheFolder: string
  readonly compile: (name: string) => unknown
  readonly load: (name: string) => unknown
  readonly scripts: ReadonlyMap<string, CachedScript>
}

const loaderOf = (folder: string): Loader =>
  createRequire(import.meta.url)(path.join(folder, "loader.cjs")) as Loader

const record = (folder: string): void => {
  const { cacheFolder, load, scripts } = loaderOf(folder)
  process.once("exit", () => {
    mkdirSync(cacheFolder, { recursive: true })
    for (const [name, script] of scripts)
      writeFileSync(path.join(cacheFolder, name), script.createCachedData())
  })
  process.argv.splice(1, process.argv.length, "main.cjs", "cache-extension")
  load("program.cjs")
}

/** The offset of the hash of V8's flags in a cache, in bytes (SerializedCodeData in V8's code-serializer.h). */
const FLAG_HASH_AT = 12

/** Reads and writes each file's cache in the order of the names, without running the files. */
const rewrite = (folder: string): void => {
  const { cacheFolder, compile, scripts } = loaderOf(folder)
  const ownFlags = new Script("").createCachedData().readUInt32LE(FLAG_HASH_AT)
  for (const name of readdirSync(cacheFolder).toSorted()) {
    const file = path.join(cacheFolder, name)
    const recorded = readFileSync(file)
    recorded.writeUInt32LE(ownFlags, FLAG_HASH_AT)
    writeFileSync(file, recorded)
    compile(name)
    const script = scripts.get(name)
    if (script === undefined || script.cachedDataRejected === true)
      throw new Error(`V8 refuses the code cache of ${name}`)
    writeFileSync(file, script.createCachedData())
  }
}

const [, self, step, folder = ""] = process.argv
if (self === import.meta.filename && step === "record") record(folder)
if (self === import.meta.filename && step === "rewrite") rewrite(folder)
