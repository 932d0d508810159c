/**
 * One more kind: a folder beside those of `src/kinds` and its line in `kinds.ts`, and nothing else. docs/adding-a-source.md
 * tells it as a story, from which this test takes the configuration, the requests and the answers; the folder is test/kinds/fixtures/toys.
 */
import { spawn } from "node:child_process"
import http from "node:http"
import path from "node:path"
import process from "node:process"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Schedule, Scope } from "effect"
import { blocksOf, tablesOf, textOf } from "../docs/markdown.ts"
import { ask, freePort, listen, LOOPBACK } from "../support/extensionHttp.ts"
import { folderOf } from "../support/lambda.ts"
import { copyWithToys, runIn } from "../support/newKind.ts"

const PAGE = textOf("docs/adding-a-source.md")
const [CONFIG = ""] = blocksOf(PAGE, "yaml")
const [FAULTS = ""] = blocksOf(PAGE, "text")

/** What the page says of requests. */
const STORY = tablesOf(PAGE, "request", "status", "body").map(([request = "", status = "", body = ""]) => {
  const [method = "", target = ""] = request.split(" ")
  const [, part = body] = /`(.*)`/.exec(body) ?? []
  return { method, target, status: Number(status), part, isWhole: part === body }
})

const FAULTY = `toys:
  - region: eu-west-1
    names: [Ball]
    color: red
`

/** Lambda's side: it takes the registration, and what is wrong with INIT. */
const serveLambda = Effect.gen(function* () {
  const errors: Array<string> = []
  const server = http.createServer((request, response) => {
    if (request.url?.endsWith("/register") === true) {
      response.writeHead(200, { "lambda-extension-identifier": "toys" }).end(`{"functionName":"f"}`)
    }
    if (request.url?.endsWith("/init/error") === true) {
      request.on("data", (chunk: Buffer) => errors.push(chunk.toString("utf8")))
      response.writeHead(202).end("{}")
    }
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  return { address: `${LOOPBACK}:${yield* listen(server)}`, errors }
})

/** The extension as it is written, without a build. */
const start = Effect.fnUntraced(function* (folder: string, config: string) {
  const port = yield* freePort
  const lambda = yield* serveLambda
  const settings = yield* folderOf({ "config.yaml": config })
  const extension = spawn(process.execPath, [path.join(folder, "scripts/node.mjs"), "src/main.node.ts"], {
    cwd: folder,
    stdio: "ignore",
    env: {
      PATH: process.env["PATH"],
      AWS_LAMBDA_RUNTIME_API: lambda.address,
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
      CACHE_EXTENSION_CONFIG: path.join(settings, "config.yaml"),
      CACHE_EXTENSION_PORT: String(port),
    },
  })
  const ended = Effect.callback<void>((resume) => {
    if (extension.exitCode !== null) resume(Effect.void)
    else extension.once("exit", () => resume(Effect.void))
  })
  yield* Effect.addFinalizer(() =>
    Effect.andThen(
      Effect.sync(() => extension.kill("SIGTERM")),
      ended,
    ),
  )
  const untilOpen = Schedule.spaced("50 millis").pipe(Schedule.upTo({ duration: "30 seconds" }))
  return {
    ended,
    errors: lambda.errors,
    read: (target: string, method = "GET") =>
      Effect.orDie(Effect.retry(ask(port, target, { method }), untilOpen)),
  }
})

const useToys = Effect.fnUntraced(function* (folder: string) {
  const { read } = yield* start(folder, CONFIG)
  const answers = yield* Effect.forEach(STORY, ({ method, target }) => read(target, method))
  return {
    answers,
    ready: yield* read("/ready"),
    metrics: yield* read("/metrics"),
    openapi: yield* read("/openapi.json"),
  }
})

const faultsOf = Effect.fnUntraced(function* (folder: string) {
  const { ended, errors } = yield* start(folder, FAULTY)
  yield* ended
  return errors.join("")
})

const observe = Effect.gen(function* () {
  const { folder, read, variants } = yield* copyWithToys
  yield* runIn(folder, "scripts/generate.ts")
  const [types, used, faults] = yield* Effect.all(
    [runIn(folder, "scripts/check.ts"), useToys(folder), faultsOf(folder)],
    { concurrency: "unbounded" },
  )
  return { ...used, variants, types, faults, file: read }
})

const scope = Scope.makeUnsafe()
let seen: Effect.Success<typeof observe>

beforeAll(async () => {
  seen = await Effect.runPromise(Scope.provide(observe, scope))
})

afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

/** What the compiler says of a file. */
const errorsIn = (file: string): string => {
  const [, ...parts] = seen.types.split(new RegExp(`^${file.replaceAll(".", "\\.")}\\(`, "m"))
  return parts.map((part) => part.split(/^\S+\.ts\(/m, 1)[0]).join("")
}

const jsonOf = (text: string): unknown => JSON.parse(text)

describe("a kind that is added by its folder and its line", () => {
  it("is complete to the compiler, which misses whatever is left out", () => {
    const files = new Set(Array.from(seen.types.matchAll(/^(\S+\.ts)\(/gm), ([, file]) => file))
    assert.sameMembers([...files], [...seen.variants])
    // That an import is not used any more says nothing of what is missing.
    const unmissed = seen.variants.filter((file) => !/error TS(?!6133)/.test(errorsIn(file)))
    assert.deepStrictEqual(unmissed, [])
  })

  it("has a section in config.yaml, whose faults are shown with line and column", () => {
    const lines = FAULTS.trim().split("\n")
    assert.isNotEmpty(lines)
    for (const line of lines) assert.include(seen.faults, line)
  })

  it("is read, listed, refused and forgotten over HTTP as the page says", () => {
    assert.includeMembers(
      STORY.map(({ method }) => method),
      ["GET", "HEAD", "DELETE"],
    )
    STORY.forEach(({ isWhole, part, status, target }, index) => {
      const answer = seen.answers[index]
      assert.strictEqual(answer?.status, status, target)
      if (isWhole) assert.strictEqual(answer?.text, part)
      else assert.include(answer?.text, part)
    })
  })

  it("is in the report of /ready and in the metrics", () => {
    const { entries, sources } = jsonOf(seen.ready.text) as {
      entries: ReadonlyArray<{ name: string }>
      sources: ReadonlyArray<object>
    }
    assert.deepInclude(sources[0], { kind: "toys", region: "eu-west-1", listed: 2 })
    assert.sameMembers(
      entries.map(({ name }) => name),
      ["ball", "kite", "ball:blue"],
    )
    assert.match(seen.metrics.text, /\{[^}]*kind="toys"/)
  })

  it("is in the OpenAPI document, with its keys and its answers", () => {
    const document = seen.openapi.text
    assert.deepStrictEqual(jsonOf(document), jsonOf(seen.file("schema/openapi.json")))
    const { paths } = jsonOf(document) as { paths: Readonly<Record<string, object>> }
    assert.sameMembers(Object.keys(paths["/toys"] ?? {}), ["get", "head", "delete", "options"])
    assert.include(JSON.stringify(paths["/toys"]), "#/components/parameters/colour")
  })

  it("is in the JSON Schema for editors", () => {
    const schema = jsonOf(seen.file("schema/config.schema.json")) as { properties: object }
    assert.property(schema.properties, "toys")
  })

  it("is in the client's types", () => {
    assert.include(seen.file("client/kinds.ts"), "readonly colour?: string | undefined")
    assert.strictEqual(errorsIn("client/usesToys.ts"), "")
  })
})
