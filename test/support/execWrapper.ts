/**
 * The wrapper of the function's runtime (scripts/exec.sh) as a process, beside a server of the test in the place of the extension
 * and of the Runtime API.
 */
import { Effect } from "effect"
import { execFile, spawnSync } from "node:child_process"
import http from "node:http"
import path from "node:path"
import process from "node:process"
import { write } from "../../src/http/environment/variables.ts"
import { listen } from "./extensionHttp.ts"

/** The file of the wrapper. */
export const WRAPPER = path.resolve(import.meta.dirname, "../../scripts/exec.sh")

/** Whether this machine has a shell. */
export const has = (shell: string): boolean => spawnSync(shell, ["-c", ":"]).status === 0

/** What a variable refers to. */
export const REFERENCE = "cache-extension://secrets?name=a&json=/b%2Bc"

/** A request of the wrapper. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** How a server answers. */
export type Reply = (asked: Asked, response: http.ServerResponse) => void

/** A server in the place of the extension and of the Runtime API; gives its port and what it was asked. */
export const serve = Effect.fnUntraced(function* (reply: Reply) {
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

/** How the wrapper ended, or the command in its place. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the wrapper to its end. The environment is exactly the given one, besides PATH. */
export const run = (
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

const variables = (values: Readonly<Record<string, string>>): string =>
  write(Object.entries(values).map(([name, value]) => ({ name, value, source: name })))

/** Answers with these variables. */
export const replyWith =
  (values: Readonly<Record<string, string>>): Reply =>
  (_, response) =>
    response.end(variables(values))
