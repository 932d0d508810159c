// Makes V8's code cache for the Node bundle: runs the program once through a start, a load, reads and SHUTDOWN,
// then has V8 write down what it compiled. What that run used is in the cache; the rest is compiled when needed.
//
// V8 writes other bytes at each run (its hashes have a random seed, and flags that fix it make the cache unfit),
// so a cache is kept in .work/ for the bundle and the V8 it was made from: the same input gives the same layer.
//
// Called by the build with the folder of the bundle. The child is this same file with `record` in front.
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
import { ROOT } from "./bundle.ts"

const CONFIG = `parameters: [{ names: [A, B, C] }, { names: [D], ttl: 1s }]
secrets: [{ names: [S, T] }]
dynamodb: [{ table: Table, hashkey: pKey, hashkeytype: S, hashkeyvalue: a, sortkey: sKey, sortkeytype: N, sortkeyvalue: 1 }]
appconfig: [{ application: a, environment: e, profile: p }]
`

/** Just enough of AWS for a load: canned replies, by operation. */
const AWS_REPLIES: Readonly<
  Record<string, (request: { readonly Names?: ReadonlyArray<string> }) => unknown>
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
  GetItem: () => ({
    Item: { pKey: { S: "a" }, sKey: { N: "1" }, Data: { M: { list: { L: [{ BOOL: true }] } } } },
  }),
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

/** AppConfig names its operation by the method: a session is begun, then asked. */
const appConfig: Answer = (_, { method }, response) => {
  if (method === "POST") response.writeHead(201).end(`{"InitialConfigurationToken":"t"}`)
  else response.setHeader("next-poll-configuration-token", "t").end("{}")
}

const aws: Answer = (body, request, response) => {
  if (request.url?.startsWith("/configuration") === true) return appConfig(body, request, response)
  const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? ""
  const reply = AWS_REPLIES[operation]?.(JSON.parse(body)) ?? {}
  response.setHeader("content-type", "application/x-amz-json-1.1").end(JSON.stringify(reply))
}

const event = (fields: object) => JSON.stringify({ deadlineMs: 4e12, requestId: "r", ...fields })

/** Registers, then one INVOKE during which everything is read, then SHUTDOWN. */
const extensionsApi = (port: number): Answer => {
  let nexts = 0
  const read = (url: string) => fetch(`http://127.0.0.1:${port}${url}`).then((response) => response.text())
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
        "/dynamodb?name=Table-a-1",
        "/appconfig?name=a/e/p",
        "/parameters?name=X",
        "/health",
      ]) {
        await read(url)
      }
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

/** Puts the cache next to the bundle: the one that was made for it before, or a new one. */
export const makeCodeCache = async (folder: string): Promise<void> => {
  const kept = path.join(ROOT, ".work/code-cache", keyOf(folder))
  const target = path.join(folder, "code-cache")
  if (!existsSync(kept)) {
    await runOnce(folder)
    mkdirSync(path.dirname(kept), { recursive: true })
    cpSync(target, kept, { recursive: true })
  }
  cpSync(kept, target, { recursive: true })
}

const runOnce = async (folder: string): Promise<void> => {
  const port = await freePort()
  const [awsServer, api] = await Promise.all([listen(aws), listen(extensionsApi(port))])
  const work = mkdtempSync(path.join(tmpdir(), "code-cache-"))
  const config = path.join(work, "config.yaml")
  writeFileSync(config, CONFIG)
  const child = spawn(process.execPath, [import.meta.filename, "record", folder], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_ENDPOINT_URL: `http://${awsServer.address}`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "x",
      CACHE_EXTENSION_CONFIG: config,
      CACHE_EXTENSION_PORT: String(port),
      CACHE_EXTENSION_INIT_STARTUP: "true",
    },
  })
  const [status] = (await once(child, "exit")) as [number | null]
  awsServer.close()
  api.close()
  rmSync(work, { recursive: true, force: true })
  if (status !== 0) throw new Error(`the run that makes the code cache ended with status ${status}`)
}

interface Loader {
  readonly cacheFolder: string
  readonly load: (name: string) => unknown
  readonly scripts: ReadonlyMap<string, { readonly createCachedData: () => Buffer }>
}

const record = (folder: string): void => {
  const { cacheFolder, load, scripts } = createRequire(import.meta.url)(
    path.join(folder, "loader.cjs"),
  ) as Loader
  process.once("exit", () => {
    mkdirSync(cacheFolder, { recursive: true })
    for (const [name, script] of scripts)
      writeFileSync(path.join(cacheFolder, name), script.createCachedData())
  })
  process.argv.splice(1, process.argv.length, "main.cjs", "cache-extension")
  load("program.cjs")
}

if (process.argv[1] === import.meta.filename && process.argv[2] === "record") record(process.argv[3] ?? "")
