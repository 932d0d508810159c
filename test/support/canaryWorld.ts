/**
 * The environment of the secrecy tests: the built extension with the canaries of `canarySeed.ts` in everything that it fetches.
 * All of its output is collected, except for the values that it serves.
 */
import { Effect, Schedule } from "effect"
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs"
import path from "node:path"
import type { Kind } from "../../src/domain/Address.ts"
import { KINDS } from "../../src/kinds/kinds.ts"
import { type Output } from "./canaries.ts"
import {
  answerBadly,
  answerWell,
  BAD_WEB_VARIABLE,
  CONFIG,
  CREDENTIALS,
  NAME,
  SEED,
  WEB_VARIABLE,
} from "./canarySeed.ts"
import { openConstant } from "./constantEngine.ts"
import {
  type Artifact,
  type Environment,
  type EnvironmentOptions,
  EXTENSION,
  makeEnvironment,
  readOf,
} from "./extension.ts"
import { type Answer } from "./extensionHttp.ts"
import { temporaryFolder } from "./lambda.ts"
import { serve } from "./webServer.ts"

/** What is read. A new kind needs its canary here. */
const NAMES: Readonly<Record<Kind, ReadonlyArray<string>>> = {
  parameters: ["plain", "encrypted", "list", "/aws/reference/secretsmanager/referenced", "refreshed"],
  secrets: ["text", "json", "binary", "described"],
  dynamodb: ["Things-one", "Things-two", "queried", "any-three"],
  appconfig: ["shop/prod/flags"],
  s3: ["canaries/text"],
  sql: ["rows"],
  http: ["page"],
}
const READS = KINDS.flatMap((kind) => NAMES[kind].map((name) => [kind, name] as const))

/** The answer names the path. */
export const NOWHERE = `/nowhere/${NAME.text}`

/** Requests that are no reads, or bad ones. A client's own token is nothing to repeat either. */
const OTHERS = [
  ["GET", "/health"],
  ["GET", "/ready"],
  ["GET", "/metrics"],
  ["GET", "/openapi.json"],
  ["GET", NOWHERE],
  ["GET", "/parameters"],
  ["GET", "/parameters?name=unlisted"],
  ["GET", "/parameters?name=plain&no=such"],
  ["GET", "/secrets?name=text&json=/password"],
  ["GET", "/appconfig?name=shop/prod/flags&flag=password"],
  ["GET", "/dynamodb?name=any&hashkeyvalue=none"],
  ["GET", "/http?name=unfit"],
  ["GET", "/http?name=quoted"],
  ["GET", "/http?name=redirected"],
  ["GET", "/http?name=broken-off"],
  ["POST", "/parameters?name=plain"],
  ["HEAD", "/secrets?name=json"],
] as const

export const VERBOSE = { CACHE_EXTENSION_LOG_LEVEL: "debug" }

/** `config`: another one than that of the canaries. */
export type Planting = Omit<EnvironmentOptions, "artifact" | "config" | "seed"> & { readonly config?: string }

/** An environment with canaries everywhere, yet to be started, and with a folder for whatever the extension might write. */
export const plant = Effect.fnUntraced(function* (artifact: Artifact, options: Planting = {}) {
  const folder = yield* temporaryFolder
  const web = yield* serve(answerWell)
  const badWeb = yield* serve(answerBadly)
  const environment = yield* makeEnvironment({
    artifact,
    config: CONFIG,
    seed: SEED,
    latency: 2,
    openEngine: openConstant,
    ...options,
    variables: {
      TMPDIR: folder,
      BUN_TMPDIR: folder,
      HOME: folder,
      [WEB_VARIABLE]: web.url,
      [BAD_WEB_VARIABLE]: badWeb.url,
      ...options.variables,
    },
    lambda: { freeze: false, credentials: CREDENTIALS, extensionCwd: folder, ...options.lambda },
  })
  return { environment, folder }
})

const TOKEN = { "x-aws-parameters-secrets-token": CREDENTIALS.sessionToken }

/** A read of any kind. */
const VALUE = new RegExp(`^/(${KINDS.join("|")})\\b`)

/**
 * The parts of an answer that must not contain the value: all of it, unless the answer is that of a successful read. Headers
 * and body are separate, so that a body that comes again, like the OpenAPI document, is searched only once.
 */
const outputsOf = (
  method: string,
  target: string,
  { headers, status, text }: Answer,
): ReadonlyArray<Output> => {
  const isValue = status === 200 && VALUE.test(target)
  const where = `the answer ${status} to ${method} ${target}`
  return [JSON.stringify(headers), isValue ? "" : text].map((text) => ({ where, text }))
}

const asking = Effect.fnUntraced(function* (
  { ask }: Environment,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
) {
  return outputsOf(method, target, yield* ask(target, { method, headers: { ...TOKEN, ...headers } }))
})

const AT_ONCE = { concurrency: "unbounded" } as const

/** Reads of everything: plain ones, forced ones, and forgetting. */
const readAll = (environment: Environment) =>
  Effect.map(
    Effect.all([
      Effect.forEach(READS, ([kind, name]) => asking(environment, "GET", readOf(kind, name)), AT_ONCE),
      Effect.forEach(
        READS,
        ([kind, name]) => asking(environment, "GET", readOf(kind, name), { "cache-control": "no-cache" }),
        AT_ONCE,
      ),
      Effect.forEach(READS, ([kind, name]) => asking(environment, "DELETE", readOf(kind, name)), AT_ONCE),
    ]),
    (answers) => answers.flat(2),
  )

/** Everything else that can be asked. */
const askOthers = (environment: Environment) =>
  Effect.map(
    Effect.forEach(OTHERS, ([method, target]) => asking(environment, method, target), AT_ONCE),
    (answers) => answers.flat(),
  )

/** How often it is looked whether AWS is well again: a circuit may be open for a second. */
const LOOK = Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 50 }))

/**
 * Waits until every read has got its value: AWS is well again, and the extension has noticed. Dies if one never gets it: a
 * canary that nothing fetches proves nothing.
 */
export const untilWell = Effect.fnUntraced(function* ({ ask }: Environment) {
  let missing = READS.map(([kind, name]) => readOf(kind, name))
  const look = Effect.gen(function* () {
    const answers = yield* Effect.forEach(
      missing,
      (target) => Effect.map(ask(target, { headers: TOKEN }), ({ status }) => ({ status, target })),
      AT_ONCE,
    )
    missing = answers.flatMap(({ status, target }) => (status === 200 ? [] : [target]))
    return missing.length
  })
  yield* Effect.repeat(look, { until: (count) => count === 0, schedule: LOOK })
  if (missing.length > 0) return yield* Effect.die(`no value: ${missing.join(", ")}`)
})

/** Every way to ask, while AWS answers as it does. */
export const askEverything = Effect.fnUntraced(function* (environment: Environment) {
  const answers = yield* readAll(environment)
  yield* environment.lambda.invoke()
  return [...answers, ...(yield* askOthers(environment))]
}, Effect.orDie)

/** What the system shows of the running process: its arguments, and files that it has open for writing. */
export const processOutputs = Effect.fnUntraced(function* ({ lambda }: Environment) {
  const { pid } = (yield* lambda.processes).find(({ name }) => name === EXTENSION) ?? { pid: 0 }
  return [
    { where: "the process's arguments", text: readFileSync(`/proc/${pid}/cmdline`, "utf8") },
    { where: "the files it has open", text: writtenBy(pid).join("\n") },
  ] satisfies ReadonlyArray<Output>
})

/** The regular files that a process has open for writing. */
const writtenBy = (pid: number): ReadonlyArray<string> =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const link = `/proc/${pid}/fd/${fd}`
    if (!existsSync(link) || !statSync(link).isFile()) return []
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"))?.[1] ?? "0"
    return (Number.parseInt(flags, 8) & WRITING) === 0 ? [] : [readlinkSync(link)]
  })

/** O_WRONLY and O_RDWR. */
const WRITING = 0o3

/** What it printed, and what Lambda was told. */
export const reportsOf = ({ lambda, lines }: Environment): ReadonlyArray<Output> => [
  { where: "the log", text: lines().join("\n") },
  {
    where: "what Lambda was told",
    text: lambda.events
      .all()
      .map((event) => JSON.stringify(event))
      .join("\n"),
  },
]

/** The files in folders, each as an output. */
export const filesIn = (folder: string): ReadonlyArray<Output> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ where: file, text: readFileSync(file, "latin1") }))
