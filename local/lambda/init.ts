/**
 * The INIT phase: launch every extension, wait until all have registered, then start the runtime, and wait for the first
 * poll of the runtime and of every extension.
 *
 * So an extension's time until it registers adds to every cold start. Its time from there to the first poll overlaps with
 * the start of the runtime.
 */
import * as Effect from "effect/Effect"
import { readdirSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { EmulatorError, InitFailed } from "./errors.ts"
import { type Variables, extensionEnvironment, functionEnvironment } from "./environment.ts"
import { MAX_EXTENSIONS } from "./limits.ts"
import { type FunctionSpec } from "./options.ts"
import { type Exit, type ManagedProcess, launch } from "./processes.ts"
import {
  type Extension,
  type Fatal,
  type Sandbox,
  FUNCTION,
  addExtension,
  fail,
  say,
  until,
} from "./Sandbox.ts"
import { moveExtension } from "./states.ts"

/** The arguments by which Node runs `aws-lambda-ric`, which is there in a clone only. */
const ricArguments = (): ReadonlyArray<string> => [
  "--import",
  fileURLToPath(new URL("ric-preload.ts", import.meta.url)),
  createRequire(import.meta.url).resolve("aws-lambda-ric"),
]

/** The paths of the regular files in a folder, sorted by name; empty without a folder. */
const listExtensions = (folder: string | undefined): Effect.Effect<ReadonlyArray<string>, EmulatorError> =>
  folder === undefined
    ? Effect.succeed([])
    : Effect.try({
        try: () =>
          readdirSync(folder)
            .toSorted()
            .map((name) => path.join(folder, name))
            .filter((file) => statSync(file).isFile()),
        catch: (cause) =>
          new EmulatorError({ message: `The extensions folder ${folder} cannot be read`, cause }),
      })

/** Runs the phase and returns its duration in milliseconds. */
export const init = (sandbox: Sandbox): Effect.Effect<number, InitFailed | EmulatorError> =>
  Effect.gen(function* () {
    const { settings } = sandbox
    const startedAt = sandbox.now()
    sandbox.record({ type: "init-started" })
    say(sandbox, `INIT_START Function: ${settings.functionName} Type: ${settings.initializationType}`)

    const files = yield* listExtensions(settings.extensionsFolder)
    if (files.length > MAX_EXTENSIONS) {
      return yield* initFailed(sandbox, launchFailure(`Extension limit (${MAX_EXTENSIONS}) reached`))
    }
    // All external extensions are recorded before the first one runs: any other name is an internal extension.
    const launches = yield* Effect.forEach(files, (file) =>
      Effect.map(addExtension(sandbox, path.basename(file), false), (extension) => ({ extension, file })),
    )
    const bringUp = Effect.gen(function* () {
      yield* Effect.forEach(launches, ({ extension, file }) => launchExtension(sandbox, extension, file))
      yield* until(sandbox, () => launches.every(({ extension }) => extension.state !== "Started"))
      yield* startRuntime(sandbox)
      if (settings.function.kind !== "none") yield* until(sandbox, () => sandbox.runtime.polled)
      yield* until(sandbox, () => [...sandbox.extensions.values()].every(({ polled }) => polled))
    })
    yield* bringUp.pipe(
      Effect.timeoutOrElse({
        duration: settings.initTimeout,
        orElse: () => Effect.fail(initTimeout(sandbox)),
      }),
      Effect.catch((fatal) => initFailed(sandbox, fatal)),
    )
    const durationMs = sandbox.now() - startedAt
    for (const { events, name } of sandbox.extensions.values()) {
      say(sandbox, `EXTENSION Name: ${name} State: Ready Events: [${events.join(", ")}]`)
    }
    sandbox.record({ type: "init-done", durationMs })
    return durationMs
  })

const initFailed = (sandbox: Sandbox, fatal: Fatal): Effect.Effect<never, InitFailed> => {
  const { culprit, errorType, message, reported } = fatal
  say(sandbox, `INIT_REPORT Status: error Error Type: ${errorType}`)
  sandbox.record({ type: "init-failed", errorType, errorMessage: message })
  return Effect.fail(
    new InitFailed({
      errorType,
      message,
      ...(culprit === undefined ? {} : { culprit }),
      ...(reported === undefined ? {} : { reported: { errorType: reported.errorType, body: reported.body } }),
    }),
  )
}

const launchFailure = (message: string, culprit?: string): Fatal => ({
  reason: "failure",
  errorType: "Extension.LaunchError",
  message,
  ...(culprit === undefined ? {} : { culprit }),
})

/** Names the first process that INIT still waits for. */
const initTimeout = (sandbox: Sandbox): Fatal => {
  const extensions = [...sandbox.extensions.values()]
  const awaited =
    extensions.find(({ state }) => state === "Started") ??
    extensions.find(({ polled }) => sandbox.runtime.polled && !polled) ??
    ({ name: FUNCTION, reported: sandbox.runtime.reported } as const)
  return {
    reason: "timeout",
    errorType: "Sandbox.Timedout",
    message: `Init timed out waiting for ${awaited.name}`,
    culprit: awaited.name,
    ...(awaited.reported === undefined ? {} : { reported: awaited.reported }),
  }
}

const launchExtension = (
  sandbox: Sandbox,
  extension: Extension,
  file: string,
): Effect.Effect<void, Fatal> => {
  sandbox.record({ type: "extension-starting", name: extension.name })
  return launch({
    command: file,
    args: [],
    cwd: sandbox.settings.extensionCwd,
    nice: sandbox.settings.nice,
    env: extensionEnvironment(sandbox.settings, sandbox.api),
    onLine: (channel, line) => sandbox.print({ source: "extension", name: extension.name, channel, line }),
    onExit: (exit, pid) => extensionExited(sandbox, extension, exit, pid),
  }).pipe(
    Effect.map((launched) => {
      extension.process = launched
      sandbox.record({ type: "extension-launched", name: extension.name, pid: launched.pid })
    }),
    Effect.catch(({ message }) => {
      extension.state = moveExtension(extension.state, "launchError") ?? extension.state
      sandbox.record({ type: "launch-failed", kind: "extension", name: extension.name, message })
      return Effect.fail(launchFailure(message, extension.name))
    }),
    // An interruption would lose a process that already runs.
    Effect.uninterruptible,
  )
}

/** Except in a shutdown, any exit of an extension is fatal, even with code 0. */
const extensionExited = (sandbox: Sandbox, extension: Extension, exit: Exit, pid: number): void => {
  sandbox.record({ type: "exited", kind: "extension", name: extension.name, pid, ...exit })
  const by = sandbox.shuttingDown && exit.code === 0 ? "exited" : "shutdownFailed"
  extension.state = moveExtension(extension.state, by) ?? extension.state
  const { reported } = extension
  const errorTypes = { "init-error": "Extension.InitError", "exit-error": "Extension.ExitError" } as const
  fail(sandbox, {
    reason: "failure",
    errorType: reported === undefined ? "Extension.Crash" : errorTypes[reported.via],
    message: exit.code === 0 ? "exit code 0" : exitStatus(exit),
    culprit: extension.name,
    ...(reported === undefined ? {} : { reported }),
  })
}

const startRuntime = (sandbox: Sandbox): Effect.Effect<void, Fatal> =>
  Effect.gen(function* () {
    const { runtime, settings } = sandbox
    const { function: spec } = settings
    const started =
      spec.kind === "attach" || spec.kind === "none" ? undefined : yield* launchRuntime(sandbox, spec)
    runtime.process = started
    sandbox.record({ type: "runtime-started", pid: started?.pid })
  }).pipe(Effect.uninterruptible)

const launchRuntime = (
  sandbox: Sandbox,
  spec: Extract<FunctionSpec, { readonly kind: "node" | "command" }>,
): Effect.Effect<ManagedProcess, Fatal> => {
  const env: Variables = functionEnvironment(sandbox.settings, sandbox.api, sandbox.generation)
  const program =
    spec.kind === "node"
      ? {
          command: sandbox.settings.node,
          args: [...(spec.execArgv ?? []), ...(spec.client === undefined ? ricArguments() : [spec.client])],
        }
      : { command: spec.command, args: spec.args ?? [] }
  return launch({
    ...(spec.kind === "node" ? wrapped(program, sandbox) : program),
    cwd: path.resolve(spec.taskRoot),
    env,
    onLine: (channel, line) => sandbox.print({ source: "function", name: FUNCTION, channel, line }),
    onExit: (exit, pid) => runtimeExited(sandbox, exit, pid),
  }).pipe(
    Effect.catch(({ message }) => {
      sandbox.record({ type: "launch-failed", kind: "function", name: FUNCTION, message })
      const fatal: Fatal = {
        reason: "failure",
        errorType: "Runtime.InvalidEntrypoint",
        message,
        culprit: FUNCTION,
      }
      return Effect.fail(fatal)
    }),
  )
}

/**
 * What /var/runtime/bootstrap of the managed runtimes does with AWS_LAMBDA_EXEC_WRAPPER. OS-only runtimes ignore it.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
 */
const BOOTSTRAP = `wrapper=$1
shift
if [ ! -f "$wrapper" ]; then
  echo "$wrapper: does not exist"
  exit 127
fi
if [ ! -x "$wrapper" ]; then
  echo "$wrapper: is not an executable"
  exit 126
fi
exec "$wrapper" "$@"`

interface Program {
  readonly command: string
  readonly args: ReadonlyArray<string>
}

/** A program of a managed runtime, started through the function's wrapper if it has one. Layers are unpacked beside the extensions. */
const wrapped = ({ args, command }: Program, { settings }: Sandbox): Program => {
  const wrapper = settings.environment["AWS_LAMBDA_EXEC_WRAPPER"]
  if (!wrapper) return { command, args }
  const { extensionsFolder } = settings
  const file =
    wrapper.startsWith(OPT) && extensionsFolder !== undefined
      ? path.join(path.dirname(extensionsFolder), wrapper.slice(OPT.length))
      : wrapper
  return { command: "/bin/sh", args: ["-c", BOOTSTRAP, "bootstrap", file, command, ...args] }
}

/** Where Lambda unpacks layers. */
const OPT = "/opt/"

const runtimeExited = (sandbox: Sandbox, exit: Exit, pid: number): void => {
  sandbox.record({ type: "exited", kind: "function", name: FUNCTION, pid, ...exit })
  const { reported } = sandbox.runtime
  fail(sandbox, {
    reason: "failure",
    errorType: "Runtime.ExitError",
    message:
      exit.code === 0
        ? "Runtime exited without providing a reason"
        : `Runtime exited with error: ${exitStatus(exit)}`,
    culprit: FUNCTION,
    ...(reported === undefined ? {} : { reported }),
  })
}

/** The text of Go's os/exec, as Lambda shows it. */
const exitStatus = ({ code, signal }: Exit): string =>
  signal === null ? `exit status ${code}` : `signal: ${SIGNAL_TEXTS[signal] ?? signal}`

const SIGNAL_TEXTS: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: "killed",
  SIGTERM: "terminated",
  SIGSEGV: "segmentation fault",
  SIGABRT: "aborted",
}
