/**
 * The environment of the secrecy tests: every value in AWS and all credentials are canaries, and all output of the built
 * extension is collected, except for the values that it serves.
 */
import { Effect, Schedule } from "effect"
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs"
import path from "node:path"
import { LOCAL_CREDENTIALS, type Seed } from "../../local/aws/seed.ts"
import { type Canary, makeCanary, makeNumberCanary, type Output } from "./canaries.ts"
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

const CANARIES: Array<Canary> = []

const planted = (canary: Canary): string => {
  CANARIES.push(canary)
  return canary.text
}
const secret = (name: string): string => planted(makeCanary(name))
const number = (name: string): string => planted(makeNumberCanary(name))
const base64 = (name: string): string => Buffer.from(secret(name)).toString("base64")

/** A value in the company of what breaks quotes and lines. */
const awkward = (name: string): string => `"${secret(name)}" \\ / 'ü'\n%s ${secret(`${name}, second line`)}`

const SEED = {
  parameters: [
    { name: "plain", value: awkward("String") },
    { name: "encrypted", value: secret("SecureString"), type: "SecureString" },
    { name: "list", value: [secret("StringList"), secret("StringList, second")].join(), type: "StringList" },
    { name: "refreshed", value: secret("parameter that is refreshed") },
    { name: "/app/one", value: secret("parameter below a path") },
  ],
  secrets: [
    { name: "referenced", value: secret("secret by reference") },
    { name: "text", value: awkward("secret text") },
    { name: "json", value: JSON.stringify({ user: "u", password: awkward("field of a JSON secret") }) },
    { name: "binary", binary: base64("binary secret") },
  ],
  tables: [
    {
      name: "Things",
      hashKey: { name: "id" },
      items: [
        {
          id: "one",
          S: awkward("attribute S"),
          N: { $N: number("attribute N") },
          B: { $B: base64("attribute B") },
          L: [secret("attribute L"), [secret("attribute in lists")]],
          M: { inner: { deep: secret("attribute M") } },
          SS: { $SS: [secret("attribute SS")] },
          NS: { $NS: [number("attribute NS")] },
          BS: { $BS: [base64("attribute BS")] },
          [secret("name of an attribute")]: true,
        },
        { id: "two", S: secret("attribute of another item") },
      ],
    },
  ],
  appconfig: [
    {
      application: "shop",
      environment: "prod",
      profile: "flags",
      content: awkward("configuration"),
      pollInterval: 0,
    },
  ],
} satisfies Seed

export const CREDENTIALS = {
  ...LOCAL_CREDENTIALS,
  secretAccessKey: secret("secret access key"),
  sessionToken: secret("session token"),
}

/** Everything that must not be seen. */
export const SECRETS: ReadonlyArray<Canary> = CANARIES

/** A name is no secret: it is in the log and in answers. So the search can be seen to find something there. */
export const NAME = makeCanary("name")

/** Every read asks AWS, gives up soon, and gets what AWS says; one entry is refreshed at each invoke and served stale. */
export const CONFIG = `
cache: { ttl: 0s, stale_if_error: 0s, negative_ttl: 0s, read_budget: 250ms, load_budget: 1s, forced_refresh_interval: 0s }
parameters:
  - names: [plain, encrypted, list, /aws/reference/secretsmanager/referenced]
  - names: [refreshed]
    stale_while_revalidate: 1h
    stale_if_error: 1h
secrets:
  - names: [text, json, binary]
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: two }
appconfig:
  - { application: shop, environment: prod, profile: flags }
metrics: { emf_every: 1 }
`

const READS = [
  ["parameters", "plain"],
  ["parameters", "encrypted"],
  ["parameters", "list"],
  ["parameters", "/aws/reference/secretsmanager/referenced"],
  ["parameters", "refreshed"],
  ["secrets", "text"],
  ["secrets", "json"],
  ["secrets", "binary"],
  ["dynamodb", "Things-one"],
  ["dynamodb", "Things-two"],
  ["appconfig", "shop/prod/flags"],
] as const

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
  ["POST", "/parameters?name=plain"],
  ["HEAD", "/secrets?name=json"],
] as const

export const VERBOSE = { CACHE_EXTENSION_LOG_LEVEL: "debug" }

/** `config`: another one than that of the canaries. */
export type Planting = Omit<EnvironmentOptions, "artifact" | "config" | "seed"> & { readonly config?: string }

/** An environment with canaries everywhere, yet to be started, and with a folder for whatever the extension might write. */
export const plant = Effect.fnUntraced(function* (artifact: Artifact, options: Planting = {}) {
  const folder = yield* temporaryFolder
  const environment = yield* makeEnvironment({
    artifact,
    config: CONFIG,
    seed: SEED,
    latency: 2,
    ...options,
    variables: { TMPDIR: folder, BUN_TMPDIR: folder, HOME: folder, ...options.variables },
    lambda: { freeze: false, credentials: CREDENTIALS, extensionCwd: folder, ...options.lambda },
  })
  return { environment, folder }
})

const TOKEN = { "x-aws-parameters-secrets-token": CREDENTIALS.sessionToken }

/**
 * The parts of an answer that must not contain the value: all of it, unless the answer is that of a successful read. Headers
 * and body are separate, so that a body that comes again, like the OpenAPI document, is searched only once.
 */
const outputsOf = (
  method: string,
  target: string,
  { headers, status, text }: Answer,
): ReadonlyArray<Output> => {
  const isValue = status === 200 && /^\/(parameters|secrets|dynamodb|appconfig)\b/.test(target)
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

/** Waits until every read gets its value: AWS is well again, and the extension has noticed. */
export const untilWell = Effect.fnUntraced(function* ({ read }: Environment) {
  const isWell = Effect.map(
    Effect.forEach(READS, ([kind, name]) => read(kind, name, { headers: TOKEN }), AT_ONCE),
    (answers) => answers.every(({ status }) => status === 200),
  )
  yield* Effect.repeat(isWell, { until: (well) => well, schedule: LOOK })
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
