/**
 * `dev` as a person meets it: functions of one's own, events, restarts, faults with what to do, and an end in
 * order. The processes run the built extension.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, writeFileSync } from "node:fs"
import http from "node:http"
import { createServer } from "node:net"
import path from "node:path"
import process from "node:process"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { LOCAL_CREDENTIALS, seedFrom } from "../../local/aws/seed.ts"
import { listen } from "../support/extensionHttp.ts"
import { folderOf, python3 } from "../support/lambda.ts"
import { endByCtrlC, PROGRAM, runCli, startProgram } from "../support/program.ts"

const PYTHON = python3()

const CONFIG = "parameters:\n  - names: [/shop/greeting]\n"
const SEED = "parameters:\n  - { name: /shop/greeting, value: first }\n"

/** A handler that answers with the parameter and its event. */
const NODE = (answer = "value") => `
export const handler = async (event) => {
  const response = await fetch("http://127.0.0.1:" + process.env.CACHE_EXTENSION_PORT + "/parameters?name=/shop/greeting")
  const value = await response.text()
  if (event.fail) throw new Error("boom")
  return { ${answer}: value, event }
}
`

const PYTHON_APP = `
import os, urllib.request
def handler(event, context):
    url = "http://127.0.0.1:" + os.environ["CACHE_EXTENSION_PORT"] + "/parameters?name=/shop/greeting"
    if event.get("fail"):
        raise ValueError("boom")
    with urllib.request.urlopen(url) as response:
        return {"value": response.read().decode(), "function": context.function_name}
`

const post = (port: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.callback<{
    readonly status: number
    readonly headers: http.IncomingHttpHeaders
    readonly text: string
  }>((resume) => {
    const target = "/2015-03-31/functions/function/invocations"
    const request = http.request(
      { host: "127.0.0.1", port, path: target, method: "POST", headers, agent: false },
      (response) => {
        let text = ""
        response.on("data", (chunk) => (text += String(chunk)))
        response.on("end", () =>
          resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, text })),
        )
      },
    )
    request.on("error", (error) => resume(Effect.die(error)))
    request.end(body)
  })

it.live(
  "dev finds function, config.yaml and seed in this folder, runs each event, and goes on by Enter and by HTTP",
  () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({
        "index.mjs": NODE(),
        "config.yaml": CONFIG,
        "seed.yaml": SEED,
        "one.json": '{"number":1}',
        "two.json": '{"fail":true}',
      })
      const program = yield* runCli("dev", folder, ["--event", "one.json", "--event", "two.json"])
      yield* program.shows(
        /Assumed: --function \.; --runtime node --handler index\.handler, from index\.mjs; --config config\.yaml; --seed seed\.yaml\./,
      )
      yield* program.shows(/invocation 1 with one\.json: .*\{"value":"first","event":\{"number":1\}\}/)
      yield* program.shows(/invocation 2 with two\.json: failed after .*: Error: boom/)
      yield* program.write("")
      yield* program.shows(/invocation 3 with one\.json/)
      yield* program.write('{"typed":true}')
      yield* program.shows(/invocation 4 with the line: .*"typed":true/)
      yield* program.write("{")
      yield* program.shows(/the line: found no JSON/)

      const [, invokePort = ""] = yield* program.shows(/http:\/\/127\.0\.0\.1:(\d+)\/2015-03-31/)
      const answer = yield* post(Number(invokePort), '{"by":"http"}', { "x-amz-log-type": "Tail" })
      assert.deepStrictEqual(JSON.parse(answer.text), { value: "first", event: { by: "http" } })
      assert.include(
        Buffer.from(String(answer.headers["x-amz-log-result"]), "base64").toString(),
        "REPORT RequestId",
      )
      const failed = yield* post(Number(invokePort), '{"fail":true}')
      assert.strictEqual(failed.headers["x-amz-function-error"], "Unhandled")
      assert.strictEqual(JSON.parse(failed.text).errorMessage, "boom")
      assert.strictEqual(
        (yield* post(Number(invokePort), "{}", { origin: "https://example.com" })).status,
        403,
      )
      assert.strictEqual((yield* post(Number(invokePort), "no JSON")).status, 400)

      const { code, output } = yield* endByCtrlC(program)
      assert.strictEqual(code, 0, output)
      assert.match(output, /summary +\| 6 invocations \(2 failed\)/)
      assert.include(output, "Received SHUTDOWN event")
    }),
)

it.live(
  "dev restarts when function, seed or config.yaml change, and waits for the next change while one has a fault",
  () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({
        "index.mjs": NODE(),
        "config.yaml": CONFIG,
        "seed.yaml": SEED,
        "event.json": "{}",
      })
      const change = (file: string, text: string) =>
        Effect.sync(() => writeFileSync(path.join(folder, file), text))
      const program = yield* runCli("dev", folder, ["--event", "event.json"])
      yield* program.shows(/invocation 1 with event\.json: .*"value":"first"/)

      yield* change("index.mjs", NODE("answer"))
      yield* program.shows(/Changed: index\.mjs\. Restarting\./)
      yield* program.shows(/invocation 2 with event\.json: .*"answer":"first"/)

      yield* change("seed.yaml", SEED.replace("first", "second"))
      yield* program.shows(/invocation 3 with event\.json: .*"answer":"second"/)

      yield* change("config.yaml", "parameters:\n  - nmes: [A]\n")
      yield* program.shows(
        /config\.yaml:2:5: parameters\[0\]\.nmes: found an unknown key[^\n]*\n {2}1 \| parameters:\n> 2 \| {3}- nmes: \[A\]\n {4}\| {5}\^\n/,
      )
      yield* program.shows(/Waiting for a change\./)
      yield* change("config.yaml", CONFIG)
      yield* program.shows(/invocation 4 with event\.json: .*"answer":"second"/)

      yield* change("seed.yaml", "parameters:\n  - { name: a, valeu: b }\n")
      yield* program.shows(/seed\.yaml:2:16: parameters\[0\]\.valeu: found an unknown key/)
      yield* change("seed.yaml", SEED)
      yield* program.shows(/invocation 5 with event\.json: .*"answer":"first"/)
      assert.strictEqual((yield* endByCtrlC(program)).code, 0)
    }),
)

it.live(
  "dev --invocations ends with 1 if an invocation failed, and fills local AWS with samples without a seed",
  () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({
        "index.mjs": NODE(),
        "config.yaml": CONFIG,
        "event.json": '{"fail":true}',
      })
      const { ended } = yield* runCli("dev", folder, [
        "--invocations",
        "1",
        "--event",
        "event.json",
        "--freeze",
      ])
      const { code, output } = yield* ended
      assert.strictEqual(code, 1, output)
      assert.include(output, "There is no seed file, so local AWS holds made-up values.")
      assert.match(output, /value: sample of \/shop\/greeting/)
      assert.match(output, /failed after .*Error: boom/)
    }),
)

it.live("dev says that the handler does not exist, and runs once it does", () =>
  Effect.gen(function* () {
    const folder = yield* folderOf({
      "index.mjs": "export const other = 1\n",
      "config.yaml": CONFIG,
      "seed.yaml": SEED,
    })
    const program = yield* runCli("dev", folder, ["--handler", "index.handler"])
    yield* program.shows(/INIT failed: Runtime\.HandlerNotFound: index\.handler is undefined or not exported/)
    yield* program.shows(/Waiting for a change\./)
    writeFileSync(path.join(folder, "index.mjs"), NODE())
    yield* program.shows(/Restarted\./)
    yield* program.write("")
    yield* program.shows(/invocation 1 with \{\}: .*"value":"first"/)
    assert.strictEqual((yield* endByCtrlC(program)).code, 0)
  }),
)

it.live("dev ends with 1 and says what to do if the extension's port is taken", () =>
  Effect.gen(function* () {
    const folder = yield* folderOf({ "index.mjs": NODE(), "config.yaml": CONFIG })
    const taken = yield* listen(createServer())
    const program = yield* startProgram([PROGRAM, "dev", "--port", String(taken), "--page", "0"], {
      cwd: folder,
    })
    const { code, output } = yield* program.ended
    assert.strictEqual(code, 1)
    assert.match(
      output,
      new RegExp(`^INIT failed: port ${taken} cannot be opened .*; --port chooses another$`, "m"),
    )
    const args = ["dev", "--invoke-port", String(taken), "--page", "0"]
    const invoking = yield* (yield* startProgram([PROGRAM, ...args], { cwd: folder })).ended
    assert.strictEqual(invoking.code, 1)
    assert.match(invoking.output, /EADDRINUSE.*; --invoke-port chooses another port$/m)
  }),
)

it.live.skipIf(PYTHON === undefined)(
  `dev runs a Python function, with its errors and its context${PYTHON === undefined ? ", skipped: there is no python3" : ""}`,
  () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({
        "app.py": PYTHON_APP,
        "config.yaml": CONFIG,
        "seed.yaml": SEED,
        "good.json": "{}",
        "bad.json": '{"fail":true}',
      })
      const args = ["--invocations", "2", "--event", "good.json", "--event", "bad.json"]
      const { ended } = yield* runCli("dev", folder, args)
      const { code, output } = yield* ended
      assert.strictEqual(code, 1, output)
      assert.match(output, /Python 3\.\d+ \(.*\) runs it/)
      assert.match(output, /invocation 1 with good\.json: .*"value": ?"first"/)
      assert.match(output, /invocation 2 with bad\.json: failed after .*: ValueError: boom/)
      assert.include(output, "app.py")
    }),
)

it.live("dev runs the bootstrap of a custom runtime, with the variables of --env", () =>
  Effect.gen(function* () {
    const bootstrap = `#!${process.execPath}
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/"
const next = await fetch(api + "next")
await fetch(api + next.headers.get("lambda-runtime-aws-request-id") + "/response", { method: "POST", body: JSON.stringify(process.env.GREETING) })
await fetch(api + "next")
`
    const folder = yield* folderOf({ bootstrap, "package.json": '{"type":"module"}', "config.yaml": CONFIG })
    const notYet = yield* runCli("dev", folder, [])
    assert.include(
      (yield* notYet.ended).output,
      "bootstrap is not executable, so Lambda could not run it: chmod +x",
    )
    chmodSync(path.join(folder, "bootstrap"), 0o755)
    const { ended } = yield* runCli("dev", folder, ["--invocations", "1", "--env", "GREETING=hello"])
    const { code, output } = yield* ended
    assert.strictEqual(code, 0, output)
    assert.match(output, /invocation 1 with \{\}: .*"hello"/)
  }),
)

it.live("dev --aws real takes the caller's credentials and writes nothing", () =>
  Effect.gen(function* () {
    const aws = yield* AwsEmulator
    yield* seedFrom(aws.endpoint, {
      region: "eu-west-1",
      parameters: [{ name: "/shop/greeting", value: "from the account" }],
    })
    yield* aws.calls.clear
    const folder = yield* folderOf({
      "index.mjs": NODE(),
      "config.yaml": CONFIG,
      credentials: `[work]\naws_access_key_id = ${LOCAL_CREDENTIALS.accessKeyId}\naws_secret_access_key = ${LOCAL_CREDENTIALS.secretAccessKey}\naws_session_token = token\n`,
      profiles: "[profile work]\nregion = eu-west-1\n",
    })
    const variables = {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "credentials"),
      AWS_CONFIG_FILE: path.join(folder, "profiles"),
    }
    const args = ["--aws", "real", "--profile", "work", "--invocations", "1"]
    const { ended } = yield* runCli("dev", folder, args, variables)
    const { code, output } = yield* ended
    assert.strictEqual(code, 0, output)
    assert.include(output, "your AWS account in eu-west-1, profile work")
    assert.match(output, /"value":"from the account"/)
    assert.deepStrictEqual(
      (yield* aws.calls.all).map(({ operation }) => operation),
      ["GetParameter"],
    )
    const none = yield* runCli(
      "dev",
      folder,
      ["--aws", "real", "--profile", "other", "--region", "eu-west-1"],
      variables,
    )
    const refused = yield* none.ended
    assert.strictEqual(refused.code, 2)
    assert.match(refused.output, /--profile: found no profile "other"/)
  }).pipe(Effect.provide(AwsEmulator.layer())),
)
