/**
 * What ends INIT in the wrapper of the function's runtime (scripts/exec.sh), and what it says then: to the log and to Lambda, and
 * never a value.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { has, REFERENCE, type Reply, replyWith, run, serve, WRAPPER } from "../support/execWrapper.ts"
import { skipped } from "../support/skipped.ts"

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
          "Runtime.EnvironmentUnresolved",
        )
        const { errorMessage, errorType } = JSON.parse(report?.body ?? "{}") as Record<string, string>
        assert.strictEqual(errorType, "Runtime.EnvironmentUnresolved")
        assert.include(String(errorMessage), says)
        assert.notInclude(stderr + report?.body, "hidden")
      }),
    )
  },
)
