/**
 * `dev` beside what users call functions with: the real AWS CLI and boto3 on its Invoke API, and a Python function under AWS's own
 * runtime client, awslambdaric. Each where a machine has it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { isOnPath } from "../sam/onPath.ts"
import { folderOf, python3 } from "../support/lambda.ts"
import { endByCtrlC, runCli } from "../support/program.ts"
import { skipped } from "../support/skipped.ts"

const PYTHON = python3()
const hasModule = (name: string) =>
  PYTHON !== undefined && spawnSync(PYTHON, ["-c", `import ${name}`]).status === 0

const FILES = {
  "index.mjs": `export const handler = async (event) => {
  const url = "http://127.0.0.1:" + process.env.CACHE_EXTENSION_PORT + "/parameters?name=/shop/greeting"
  if (event.fail) throw new TypeError("boom")
  return { value: await (await fetch(url)).text(), event }
}
`,
  "config.yaml": "parameters:\n  - names: [/shop/greeting]\n",
  "seed.yaml": "parameters:\n  - { name: /shop/greeting, value: schön }\n",
}

const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_REGION: "us-east-1",
  // The AWS CLI 1 and boto3 know only this one.
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_CONFIG_FILE: "/nonexistent",
}

/** Runs a program to its end, and gives what it printed. It must succeed. */
const output = (folder: string, command: string, args: ReadonlyArray<string>) =>
  Effect.callback<string>((resume) => {
    const child = execFile(
      command,
      args,
      { cwd: folder, env: { ...process.env, ...CREDENTIALS } },
      (error, stdout, stderr) =>
        resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(stdout + stderr))),
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** `dev` on a function, with the address of its Invoke API. */
const running = Effect.fnUntraced(function* (files: Readonly<Record<string, string>>) {
  const folder = yield* folderOf(files)
  const program = yield* runCli("dev", folder, [])
  const [, endpoint = ""] = yield* program.shows(/aws lambda invoke --endpoint-url (\S+)/)
  return { folder, program, endpoint }
})

/** With boto3: an answer, an error of the function, an event without an answer, and the end of the log. */
const BOTO3 = `
import base64, boto3, json, sys
client = boto3.client("lambda", endpoint_url=sys.argv[1])
def invoke(event, **more):
    reply = client.invoke(FunctionName="function", Payload=json.dumps(event), **more)
    log = base64.b64decode(reply.get("LogResult", "")).decode()
    return [reply["StatusCode"], reply.get("FunctionError"), reply["Payload"].read().decode(), "REPORT RequestId" in log]
print(json.dumps([invoke({"n": "é"}, LogType="Tail"), invoke({"fail": True}), invoke({}, InvocationType="Event")]))
`

const withoutCli = !isOnPath("aws")
const withoutBoto3 = !hasModule("boto3")
const withoutRic = !hasModule("awslambdaric")

describe("dev", () => {
  it.live.skipIf(withoutCli)(
    `is invoked by the AWS CLI as docs/dev.md shows${skipped(withoutCli, "without aws on PATH")}`,
    () =>
      Effect.gen(function* () {
        const { endpoint, folder, program } = yield* running(FILES)
        const invoke = (event: unknown) => {
          // A file of bytes is the one form that both versions of the CLI read alike.
          writeFileSync(path.join(folder, "event.json"), JSON.stringify(event))
          const of = ["--endpoint-url", endpoint, "--function-name", "function"]
          const payload = ["--payload", "fileb://event.json", "--output", "json"]
          return output(folder, "aws", ["lambda", "invoke", ...of, ...payload, "out.json"])
        }
        const read = () => JSON.parse(readFileSync(path.join(folder, "out.json"), "utf8"))
        assert.strictEqual(JSON.parse(yield* invoke({ n: 1 })).StatusCode, 200)
        assert.deepStrictEqual(read(), { value: "schön", event: { n: 1 } })
        assert.strictEqual(JSON.parse(yield* invoke({ fail: true })).FunctionError, "Unhandled")
        assert.deepInclude(read(), { errorType: "TypeError", errorMessage: "boom" })
        assert.strictEqual((yield* endByCtrlC(program)).code, 0)
      }).pipe(Effect.scoped),
    120_000,
  )

  it.live.skipIf(withoutBoto3)(
    `is invoked by boto3, with errors, logs and events${skipped(withoutBoto3, "without boto3 in python3")}`,
    () =>
      Effect.gen(function* () {
        const { endpoint, folder, program } = yield* running({ ...FILES, "client.py": BOTO3 })
        const text = yield* output(folder, PYTHON ?? "", ["client.py", endpoint])
        const [answer, failed, event] = JSON.parse(text) as ReadonlyArray<
          readonly [number, string | null, string, boolean]
        >
        assert.deepStrictEqual(answer, [200, null, '{"value":"schön","event":{"n":"é"}}', true])
        assert.deepStrictEqual([failed?.[0], failed?.[1]], [200, "Unhandled"])
        assert.deepStrictEqual(event, [202, null, "", false])
        yield* program.shows(/invocation 3/)
        assert.strictEqual((yield* endByCtrlC(program)).code, 0)
      }).pipe(Effect.scoped),
    120_000,
  )

  it.live.skipIf(withoutRic)(
    `runs a Python function under AWS's runtime client${skipped(withoutRic, "without awslambdaric in python3")}`,
    () =>
      Effect.gen(function* () {
        const app = `import os, urllib.request
def handler(event, context):
    url = "http://127.0.0.1:" + os.environ["CACHE_EXTENSION_PORT"] + "/parameters?name=/shop/greeting"
    with urllib.request.urlopen(url) as response:
        return {"value": response.read().decode(), "time": context.get_remaining_time_in_millis() > 0}
`
        const { "index.mjs": _, ...rest } = FILES
        const { program } = yield* running({ ...rest, "app.py": app })
        yield* program.shows(/AWS's runtime client|awslambdaric/)
        yield* program.write("")
        const [, answer = ""] = yield* program.shows(/invocation 1 with \{\}: [^{]*(\{.*\})/)
        assert.deepStrictEqual(JSON.parse(answer), { value: "schön", time: true })
        const { code, output } = yield* endByCtrlC(program)
        assert.strictEqual(code, 0)
        assert.notInclude(output, "pip install awslambdaric")
      }).pipe(Effect.scoped),
    120_000,
  )
})
