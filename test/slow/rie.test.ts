/**
 * Both layers under AWS's own emulator of Lambda (`aws-lambda-rie`), where a machine has it: on demand and as Managed Instances,
 * with the wrapper that resolves environment variables, and with the functions of bench:lambda.
 * `go install github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie@latest` builds it.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { invocationOf } from "../../bench/on-lambda/measured.ts"
import { ROOT } from "../docs/markdown.ts"
import { onEachArtifact } from "../support/extension.ts"
import { isRoot, type Rie, RUNTIME_CLIENTS, startRie, unableToRunRie } from "../support/rie.ts"
import { skipped } from "../support/skipped.ts"

const BENCH = path.join(ROOT, "bench/on-lambda/function")

const CONFIG = `
parameters:
  - names: [/shop/greeting]
secrets:
  - names: [db/main]
server: { token: required }
`

const SECRET = "s3cret"

const SEED = {
  parameters: [{ name: "/shop/greeting", value: "hello" }],
  secrets: [{ name: "db/main", value: JSON.stringify({ password: SECRET }) }],
}

const WRAPPED = {
  AWS_LAMBDA_EXEC_WRAPPER: "/opt/cache-extension/exec",
  GREETING: "cache-extension://parameters?name=/shop/greeting",
  DB_PASSWORD: "cache-extension://secrets?name=db/main&json=/password",
}

/** Lambda sets this for functions on Managed Instances, and it makes the emulator act as these. */
const MANAGED = { AWS_LAMBDA_MAX_CONCURRENCY: "2" }

/** Functions that return two variables and a read of the port, for each runtime. */
const FUNCTIONS = {
  node: {
    handler: "index.handler",
    files: {
      "config.yaml": CONFIG,
      "index.mjs": `const { AWS_SESSION_TOKEN, CACHE_EXTENSION_PORT, DB_PASSWORD, GREETING } = process.env
const headers = { "X-Aws-Parameters-Secrets-Token": AWS_SESSION_TOKEN }
export const handler = async ({ n }) => {
  const url = \`http://127.0.0.1:\${CACHE_EXTENSION_PORT}/parameters?name=/shop/greeting\`
  const response = await fetch(url, { headers })
  return { n, GREETING, DB_PASSWORD, read: await response.text(), status: response.headers.get("cache-status") }
}
`,
    },
  },
  python: {
    handler: "app.handler",
    files: {
      "config.yaml": CONFIG,
      "app.py": `import os
from urllib import request
HEADERS = {"X-Aws-Parameters-Secrets-Token": os.environ["AWS_SESSION_TOKEN"]}
URL = "http://127.0.0.1:" + os.environ["CACHE_EXTENSION_PORT"] + "/parameters?name=/shop/greeting"
def handler(event, context):
    variables = {name: os.environ.get(name) for name in ["GREETING", "DB_PASSWORD"]}
    with request.urlopen(request.Request(URL, headers=HEADERS)) as response:
        return {"n": event["n"], **variables, "read": response.read().decode(), "status": response.headers["cache-status"]}
`,
    },
  },
} as const

/** AWS's runtime clients, with why one cannot be used here. */
const CLIENTS = (["node", "python"] as const).map((runtime) => {
  const client = RUNTIME_CLIENTS[runtime]
  const unable = unableToRunRie ?? (client === undefined ? "without awslambdaric in python3" : undefined)
  return { runtime, client: client ?? [], unable }
})

/** Both invokes see the variables and read from memory; AWS was asked once for each value. */
const servesTwoInvokes = Effect.fnUntraced(function* ({ aws, invoke, program }: Rie) {
  for (const n of [1, 2]) {
    const answer = JSON.parse(yield* invoke({ n })) as Record<string, unknown>
    assert.deepInclude(answer, { n, GREETING: "hello", DB_PASSWORD: SECRET, read: "hello" }, program.output())
    assert.match(String(answer["status"]), /; hit/)
  }
  const calls = yield* aws.calls.all
  assert.sameMembers(
    calls.map(({ operation }) => operation),
    ["GetParameter", "GetSecretValue"],
  )
  assert.notInclude(program.output(), SECRET)
})

onEachArtifact("AWS's emulator of Lambda", (artifact) => {
  for (const { client, runtime, unable } of CLIENTS) {
    const { files, handler } = FUNCTIONS[runtime]
    const because = skipped(unable !== undefined, unable ?? "")

    it.live.skipIf(unable !== undefined)(
      `${runtime} gets resolved variables and reads from memory, and SHUTDOWN ends the extension${because}`,
      () =>
        Effect.gen(function* () {
          const rie = yield* startRie({ artifact, client, handler, files, seed: SEED, variables: WRAPPED })
          yield* servesTwoInvokes(rie)
          yield* rie.shutdown
          yield* rie.program.shows(/\[cache-extension\] Received SHUTDOWN event/)
          yield* rie.program.shows(/\[cache-extension\] Exiting/)
        }).pipe(Effect.scoped),
      60_000,
    )

    it.live.skipIf(unable !== undefined)(
      `${runtime} does not start if a variable cannot be resolved, and the log says which${because}`,
      () =>
        Effect.gen(function* () {
          const rie = yield* startRie({
            artifact,
            client,
            handler,
            files,
            seed: SEED,
            variables: { ...WRAPPED, DB_USER: "cache-extension://secrets?name=db/main&json=/user" },
          })
          assert.deepInclude(JSON.parse(yield* rie.invoke({ n: 1 })), {
            errorType: "Runtime.EnvironmentUnresolved",
            errorMessage: 'DB_USER: the value has nothing at "/user"',
          })
          yield* rie.program.shows(/\[cache-extension\] DB_USER: the value has nothing at "\/user"/)
          assert.notInclude(rie.program.output(), SECRET)
        }).pipe(Effect.scoped),
      60_000,
    )

    it.live.skipIf(unable !== undefined)(
      `the ${runtime} function of bench:lambda is measured there${because}`,
      () =>
        Effect.gen(function* () {
          const rie = yield* startRie({
            artifact,
            client,
            handler,
            files: Object.fromEntries(
              readdirSync(BENCH).map((name) => [name, readFileSync(path.join(BENCH, name), "utf8")]),
            ),
            seed: SEED,
            variables: { BENCH_READS: "yes", BENCH_PARAMETER: "/shop/greeting" },
          })
          const answer = yield* rie.invoke({})
          yield* rie.program.shows(/^REPORT .*$/m)
          const measured = invocationOf(rie.program.output(), answer)
          for (const figure of [
            "duration",
            "init",
            "first",
            "second",
            "registered",
            "ready",
            "resident",
          ] as const)
            assert.isAbove(measured[figure] ?? 0, 0, figure)
        }).pipe(Effect.scoped),
      60_000,
    )
  }

  const unable = unableToRunRie ?? (isRoot ? undefined : "without root")
  it.live.skipIf(unable !== undefined)(
    `serves a Managed Instance${skipped(unable !== undefined, unable ?? "")}`,
    () =>
      Effect.gen(function* () {
        const rie = yield* startRie({
          artifact,
          client: RUNTIME_CLIENTS.node,
          ...FUNCTIONS.node,
          seed: SEED,
          variables: { ...WRAPPED, ...MANAGED },
        })
        yield* servesTwoInvokes(rie)
        yield* rie.shutdown
        yield* rie.program.shows(/"Exiting"/)
      }).pipe(Effect.scoped),
    60_000,
  )

  it.live.skipIf(unable !== undefined)(
    `reports the fault of a variable to Managed Instances by its type${skipped(unable !== undefined, unable ?? "")}`,
    () =>
      Effect.gen(function* () {
        const rie = yield* startRie({
          artifact,
          client: RUNTIME_CLIENTS.node,
          ...FUNCTIONS.node,
          seed: SEED,
          variables: { ...WRAPPED, ...MANAGED, DB_USER: "cache-extension://secrets?name=db/main&json=/user" },
        })
        const [, type] = yield* rie.program.shows(/Received Runtime Init Error" errType=(\S+)/)
        assert.strictEqual(type, "Runtime.EnvironmentUnresolved")
      }).pipe(Effect.scoped),
    60_000,
  )

  it.live.skipIf(unableToRunRie !== undefined)(
    `reports every fault of config.yaml there${skipped(unableToRunRie !== undefined, unableToRunRie ?? "")}`,
    () =>
      Effect.gen(function* () {
        const rie = yield* startRie({
          artifact,
          client: RUNTIME_CLIENTS.node,
          handler: "index.handler",
          files: { ...FUNCTIONS.node.files, "config.yaml": "parameters: [{ names: [''], ttl: 5 }]\n" },
          seed: {},
        })
        yield* Effect.forkScoped(rie.invoke({ n: 1 }))
        const [, type] = yield* rie.program.shows(/fatal error stored in appctx: (\S+)/)
        assert.strictEqual(type, "Extension.InitError")
        const output = rie.program.output()
        for (const fault of [/names\[0\]: found ""; allowed: /, /ttl: found "5"; allowed: /])
          assert.match(output, fault)
      }).pipe(Effect.scoped),
    60_000,
  )
})
