/**
 * The wrapper of the function's runtime (scripts/exec.sh) as a process, under each shell that this machine has, beside a server
 * of the test in the extension's place. test/integration/environmentVariables.test.ts runs it with the extension itself.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { execFile, spawnSync } from "node:child_process"
import http from "node:http"
import path from "node:path"
import { write } from "../../src/http/environment/variables.ts"
import { listen } from "../support/extensionHttp.ts"
import { folderOf } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

const WRAPPER = path.resolve(import.meta.dirname, "../../scripts/exec.sh")

const has = (shell: string): boolean => spawnSync(shell, ["-c", ":"]).status === 0

/** Bash as Lambda calls it, which is by the name of sh, and another sh that leads to bash. */
const SHELLS = [
  { name: "bash", command: ["bash", "--posix"] },
  { name: "dash", command: ["dash"] },
].map(({ command, name }) => ({ command, name, isMissing: !has(name) || !has("bash") }))

const REFERENCE = "cache-extension://secrets?name=a&json=/b%2Bc"

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

type Reply = (asked: Asked, response: http.ServerResponse) => void

/** A server in the place of the extension and of the Runtime API; gives its port and what it was asked. */
const serve = Effect.fnUntraced(function* (reply: Reply) {
  const asked: Array<Asked> = []
  const server = http.createServer(async (request, response) => {
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { headers, method = "", url = "" } = request
    const one = { method, url, headers, body: Buffer.concat(chunks).toString() }
    asked.push(one)
    if (url === "/2018-06-01/runtime/init/error") response.writeHead(202).end()
    else reply(one, response)
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  return { port: yield* listen(server), asked }
}, Effect.orDie)

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the wrapper to its end. The environment is exactly the given one, besides PATH. */
const run = (
  shell: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>>,
  command: ReadonlyArray<string> = ["env", "-0"],
): Effect.Effect<Ended> =>
  Effect.callback((resume) => {
    const [file = "", ...args] = [...shell, WRAPPER, ...command]
    const env = { PATH: process.env["PATH"], ...variables }
    const child = execFile(file, args, { env, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code)
      resume(Effect.succeed({ code, stdout, stderr }))
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** The variables that `env -0` prints. */
const variablesIn = ({ stdout }: Ended): Readonly<Record<string, string>> =>
  Object.fromEntries(
    stdout
      .split("\0")
      .filter((pair) => pair !== "")
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  )

const variables = (values: Readonly<Record<string, string>>): string =>
  write(Object.entries(values).map(([name, value]) => ({ name, value, source: name })))

const replyWith =
  (values: Readonly<Record<string, string>>): Reply =>
  (_, response) =>
    response.end(variables(values))

/** Every character that a shell or a terminal treats in a way of its own is among the first 0x7F. */
const character = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 0x1_ff })))

/** Anything that can be a variable. */
const anyValue = Arbitrary.map(Arbitrary.array(character, { maxLength: 40 }), (codes) =>
  codes.map((code) => (code === 0x1_ff ? "\u{1F600}" : String.fromCodePoint(code))).join(""),
)

const AWKWARD = ["'; exit 1; '", "$(exit 1)", "`exit 1`", "a\n\n", "\n", "\\", "\r\n0\n", "x".repeat(100_000)]

for (const { command: shell, isMissing, name } of SHELLS) {
  describe.skipIf(isMissing)(
    `the wrapper under ${name}${skipped(isMissing, `where there is no ${name}`)}`,
    () => {
      it.live("sets each variable to its value, byte for byte", () =>
        Effect.gen(function* () {
          const random = yield* Arbitrary.sampleEffect(anyValue, { count: 100, seed: 1 })
          for (const values of [random.slice(50), random.slice(0, 50), AWKWARD]) {
            const expected = Object.fromEntries(values.map((value, at) => [`V${at}`, value]))
            const { port } = yield* serve(replyWith(expected))
            const references = Object.fromEntries(Object.keys(expected).map((key) => [key, REFERENCE]))
            const ended = yield* run(shell, { ...references, CACHE_EXTENSION_PORT: String(port) })
            assert.strictEqual(ended.stderr, "")
            assert.deepInclude(variablesIn(ended), expected)
          }
        }),
      )

      it.live("asks once, for what the variables refer to, with the function's token", () =>
        Effect.gen(function* () {
          const { asked, port } = yield* serve(replyWith({ B: "b", _a: "" }))
          const given = {
            B: REFERENCE,
            _a: "cache-extension://parameters?name=x%20y#z",
            AWS_SESSION_TOKEN: "token",
          }
          assert.deepInclude(
            variablesIn(yield* run(shell, { ...given, CACHE_EXTENSION_PORT: String(port) })),
            {
              B: "b",
              _a: "",
            },
          )
          assert.strictEqual(asked.length, 1)
          const url = new URL(`http://127.0.0.1${asked[0]?.url}`)
          assert.strictEqual(url.pathname, "/environment")
          assert.sameMembers(url.searchParams.getAll("set"), [`B=${REFERENCE}`, `_a=${given._a}`])
          assert.strictEqual(asked[0]?.headers["x-aws-parameters-secrets-token"], "token")
        }),
      )

      it.live("changes nothing and asks nobody if no variable refers to anything", () =>
        Effect.gen(function* () {
          const { asked, port } = yield* serve(replyWith({}))
          const given = {
            A: "see cache-extension://secrets?name=a",
            LC_ALL: "C.UTF-8",
            IFS: "x",
            SHELLOPTS: "xtrace",
            CACHE_EXTENSION_PORT: String(port),
          }
          const ended = yield* run(shell, given, ["env", "-0", "B=an argument of  its own"])
          assert.deepInclude(variablesIn(ended), {
            A: given.A,
            LC_ALL: given.LC_ALL,
            B: "an argument of  its own",
          })
          assert.deepStrictEqual([ended.code, asked], [0, []])
        }),
      )

      it.live(
        "sets variables below a path, unless they are there, and removes what referred to the path",
        () =>
          Effect.gen(function* () {
            const { port } = yield* serve(
              replyWith({ HOSTNAME: "shop", HERE: "other", EMPTY: "other", PATH: "/none" }),
            )
            const given = { SHOP: "cache-extension://parameters?path=/shop", HERE: "here", EMPTY: "" }
            const found = variablesIn(yield* run(shell, { ...given, CACHE_EXTENSION_PORT: String(port) }))
            assert.deepInclude(found, {
              HOSTNAME: "shop",
              HERE: "here",
              EMPTY: "",
              PATH: process.env["PATH"],
            })
            assert.notProperty(found, "SHOP")
          }),
      )

      it.live("takes the port from config.yaml if CACHE_EXTENSION_PORT is not set", () =>
        Effect.gen(function* () {
          const { port } = yield* serve(replyWith({ A: "a" }))
          const forms = [
            `server: { token: off, port: ${port} }`,
            `server:\n  token: off\n  port: ${port} # ours`,
          ]
          for (const form of forms) {
            const config = `parameters:\n  - names: ["port: 1"]\n${form}\ncache: { ttl: 1m }\n`
            const folder = yield* folderOf({ "config.yaml": config })
            const given = { A: REFERENCE, CACHE_EXTENSION_CONFIG: path.join(folder, "config.yaml") }
            assert.deepInclude(variablesIn(yield* run(shell, given)), { A: "a" })
          }
        }),
      )

      it.live("starts the next wrapper with the same arguments and the variables resolved", () =>
        Effect.gen(function* () {
          const { port } = yield* serve(replyWith({ A: "a" }))
          const folder = yield* folderOf({ "next.sh": `#!/bin/sh\nexec env CHAINED="$A" "$@"` })
          const next = path.join(folder, "next.sh")
          spawnSync("chmod", ["+x", next])
          const given = {
            A: REFERENCE,
            CACHE_EXTENSION_PORT: String(port),
            CACHE_EXTENSION_EXEC_WRAPPER: next,
          }
          assert.deepInclude(variablesIn(yield* run(shell, given)), { A: "a", CHAINED: "a" })
        }),
      )
    },
  )
}

const problem =
  (status: number, detail: string): Reply =>
  (_, response) =>
    response.writeHead(status).end(JSON.stringify({ type: "urn:x", status, title: "T", detail }))

interface Fault {
  readonly name: string
  readonly says: string
  readonly given?: Readonly<Record<string, string>>
  readonly command?: ReadonlyArray<string>
  readonly reply?: Reply
}

const FAULTS: ReadonlyArray<Fault> = [
  {
    name: "the extension cannot resolve a variable",
    reply: problem(404, 'A: "a" is not listed under secrets in config.yaml; B: \\ and\nmore'),
    says: 'A: "a" is not listed under secrets in config.yaml; B: \\ and\nmore',
  },
  {
    name: "a reference has a space in it",
    given: { A: "cache-extension://secrets?name=a b" },
    says: "A: a reference has neither spaces",
  },
  {
    name: "the references are too long",
    given: { A: `${REFERENCE}${"x".repeat(13_000)}` },
    says: "A: the references are too long together",
  },
  {
    name: "a snapshot would contain the values",
    given: { AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start" },
    says: "A: with SnapStart, variables cannot be resolved",
  },
  {
    name: "nothing listens at the port",
    given: { CACHE_EXTENSION_PORT: "1" },
    says: "A: the extension does not listen at 127.0.0.1:1; allowed:",
  },
  {
    name: "the extension closes the connection",
    reply: (_, { socket }) => socket?.destroy(),
    says: "A: the extension closed the connection at 127.0.0.1:",
  },
  {
    name: "the answer is cut off",
    reply: (_, response) => response.end("2\nA 1\na\nB 9\nhidden"),
    says: "A: the extension's answer ended too early",
  },
  {
    name: "the answer is something else",
    reply: (_, response) => response.end("hidden"),
    says: "A: the extension's answer ended too early",
  },
  {
    name: "the answer is an error without words",
    reply: (_, response) => response.writeHead(503).end(),
    says: "A: the extension answered with the status 503",
  },
  {
    name: "a parameter below a path has a name that the shell keeps",
    reply: replyWith({ UID: "hidden" }),
    says: "the shell keeps the variable UID for itself",
  },
  {
    name: "there is no command",
    command: [],
    reply: replyWith({ A: "hidden" }),
    says: "is given no command; allowed:",
  },
  {
    name: "the command cannot be executed",
    command: ["/none"],
    reply: replyWith({ A: "hidden" }),
    says: "/none cannot be executed",
  },
  {
    name: "the next wrapper is missing",
    given: { CACHE_EXTENSION_EXEC_WRAPPER: "/none" },
    reply: replyWith({ A: "hidden" }),
    says: "CACHE_EXTENSION_EXEC_WRAPPER is /none, which is no executable file",
  },
  {
    name: "the next wrapper is this one",
    given: { CACHE_EXTENSION_EXEC_WRAPPER: WRAPPER },
    reply: replyWith({ A: "hidden" }),
    says: "CACHE_EXTENSION_EXEC_WRAPPER is this wrapper itself",
  },
]

describe.skipIf(!has("bash"))(
  `the wrapper ends INIT with a message${skipped(!has("bash"), "where there is no bash")}`,
  () => {
    it.live.each(FAULTS)("if $name", ({ command, given, reply = replyWith({}), says }) =>
      Effect.gen(function* () {
        const { asked, port } = yield* serve(reply)
        const variables = {
          A: REFERENCE,
          CACHE_EXTENSION_PORT: String(port),
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
          ...given,
        }
        const { code, stderr, stdout } = yield* run(["bash", "--posix"], variables, command)
        assert.deepStrictEqual([code, stdout], [1, ""])
        assert.include(stderr, `[cache-extension] `)
        assert.include(stderr, says)
        const report = asked.find(({ method }) => method === "POST")
        assert.strictEqual(
          report?.headers["lambda-runtime-function-error-type"],
          "Extension.EnvironmentUnresolved",
        )
        const { errorMessage, errorType } = JSON.parse(report?.body ?? "{}") as Record<string, string>
        assert.strictEqual(errorType, "Extension.EnvironmentUnresolved")
        assert.include(String(errorMessage), says)
        assert.notInclude(stderr + report?.body, "hidden")
      }),
    )
  },
)
