/**
 * Helpers for tests on the Lambda emulator: temporary folders of extensions and function code, the emulator, a raw client
 * for its APIs, and process states from /proc. Everything is acquired in the test's scope. Tests with real processes are
 * `it.live`.
 */
import { Effect, Exit, Schedule, type Scope } from "effect"
import { execFileSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import http from "node:http"
import os from "node:os"
import path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { type EmulatorError } from "../../local/lambda/errors.ts"
import { LambdaEmulator, type LambdaEmulatorShape } from "../../local/lambda/LambdaEmulator.ts"
import { type LambdaEmulatorOptions } from "../../local/lambda/options.ts"

const FIXTURES = fileURLToPath(new URL("fixtures/", import.meta.url))

/** A file of test/support/fixtures. */
export const fixture = (name: string): string => path.join(FIXTURES, name)

/** A new folder, removed with the scope. */
export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(path.join(os.tmpdir(), "lambda-emulator-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

/** A folder with these files: name (with slashes for subfolders) to text. */
export const folderOf = (
  files: Readonly<Record<string, string>>,
): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(temporaryFolder, (folder) => {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder, name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    return folder
  })

/** An extension to put into the folder: a file to copy, or a script; with its mode (default 755). */
type ExtensionFile =
  | { readonly copyOf: string; readonly mode?: number }
  | { readonly script: string; readonly mode?: number }

/** A stand-in for /opt/extensions: name of the extension to its file. */
export const extensionsFolder = (
  extensions: Readonly<Record<string, ExtensionFile>>,
): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(temporaryFolder, (folder) => {
    for (const [name, extension] of Object.entries(extensions)) {
      const file = path.join(folder, name)
      if ("script" in extension) writeFileSync(file, extension.script)
      else copyFileSync(extension.copyOf, file)
      chmodSync(file, extension.mode ?? 0o755)
    }
    return folder
  })

/** The extension of fixtures/extension.mjs, which does what the variables of its environment say. */
export const FIXTURE_EXTENSION: ExtensionFile = { copyOf: fixture("extension.mjs") }

interface TestEmulatorOptions extends Omit<LambdaEmulatorOptions, "function" | "extensionsFolder"> {
  readonly extensions?: Readonly<Record<string, ExtensionFile>>
  /** Default: attach, so that the test itself is the runtime. */
  readonly function?: LambdaEmulatorOptions["function"]
}

/** An emulator over a temporary extensions folder. */
export const makeEmulator = ({ extensions = {}, ...options }: TestEmulatorOptions = {}): Effect.Effect<
  LambdaEmulatorShape,
  EmulatorError,
  Scope.Scope
> =>
  Effect.flatMap(extensionsFolder(extensions), (folder) =>
    LambdaEmulator.make({ function: { kind: "attach" }, ...options, extensionsFolder: folder }),
  )

/** The Node.js function of fixtures/function/index.mjs. */
export const NODE_FUNCTION = {
  kind: "node",
  taskRoot: fixture("function"),
  handler: "index.handler",
} as const

/** A function's answer that is a JSON object. */
export const payloadOf = (result: { readonly payload: string | undefined }): Record<string, unknown> =>
  JSON.parse(result.payload ?? "{}")

interface RawReply {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
  /** Of an error in the form of the Lambda APIs. */
  readonly errorType: string | undefined
}

export interface RawRequest {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** One plain HTTP request without a timeout, on a connection of its own; interruption closes it. */
export const raw = (
  address: string,
  method: string,
  target: string,
  { body = "", headers = {} }: RawRequest = {},
): Effect.Effect<RawReply, Error> =>
  Effect.callback((resume) => {
    const request = http.request(
      `http://${address}${target}`,
      { method, headers, agent: false },
      (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8")
          resume(
            Effect.succeed({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              errorType: /"errorType":"(?<type>[^"]*)"/u.exec(text)?.groups?.["type"],
            }),
          )
        })
      },
    )
    request.on("error", (error) => resume(Effect.fail(error)))
    request.end(body)
    return Effect.sync(() => request.destroy())
  })

/** Whether this machine tells the state of a process. */
export const HAS_PROC = existsSync("/proc/self/stat")

/** The state letter of a process (R, S, T for stopped, Z, ...); `undefined` when there is none. */
export const processState = (pid: number): string | undefined => {
  const exit = Effect.runSyncExit(Effect.sync(() => readFileSync(`/proc/${pid}/stat`, "utf8")))
  // The command, in brackets, may hold anything: the state follows the last bracket.
  return Exit.isSuccess(exit) ? exit.value.slice(exit.value.lastIndexOf(")") + 2).charAt(0) : undefined
}

/** Whether a process exists. */
export const isAlive = (pid: number): boolean =>
  Exit.isSuccess(Effect.runSyncExit(Effect.sync(() => process.kill(pid, 0))))

/** Waits until something about the world outside holds; the world has no event for it. */
export const eventually = (fact: () => boolean): Effect.Effect<void> =>
  Effect.sync(fact).pipe(
    Effect.repeat({ until: (holds) => holds, schedule: Schedule.spaced("5 millis") }),
    Effect.asVoid,
  )

/** The real python3, not a shim that needs more of the environment; `undefined` where there is none. */
export const python3 = (): string | undefined => {
  const exit = Effect.runSyncExit(
    Effect.sync(() =>
      execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim(),
    ),
  )
  return Exit.isSuccess(exit) ? exit.value : undefined
}

/**
 * A proxy as a function may have one, at a port where nothing listens: what goes through it fails. Node's `fetch` asks
 * it only where NODE_USE_ENV_PROXY says so, and then heeds NO_PROXY; Java has properties of its own.
 */
export const DEAD_PROXY: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map((name) => [name, "http://127.0.0.1:1"]),
  ),
  JAVA_TOOL_OPTIONS: "-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=1 -Dhttp.nonProxyHosts=",
}

/** The same for a function on Node that has its `fetch` heed it, with the exception that docs/client.md tells of. */
export const DEAD_PROXY_OF_NODE: Readonly<Record<string, string>> = {
  ...DEAD_PROXY,
  NODE_USE_ENV_PROXY: "1",
  NO_PROXY: "127.0.0.1",
}
