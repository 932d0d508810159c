/**
 * The command `dev`: a user's function with the extension, on local Lambda. It finds out what to run (`target.ts`), says what
 * it assumed, makes a session and drives it.
 */
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { type CommandFailed, wrongUsage } from "../failures.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { nodeExecutable } from "../toolchain.ts"
import { backendOf } from "./backendOf.ts"
import { drive } from "./drive.ts"
import { makeEvents } from "./events.ts"
import type { AwsFlags } from "./flags.ts"
import { runnerOf } from "./runtimes.ts"
import { makeSession, type SessionOptions } from "./Session.ts"
import { chooseFile, findTarget, type Runtime, shown } from "./target.ts"
import { refuse, say } from "./terminal.ts"

/** The command line of `dev`. */
export interface DevOptions extends AwsFlags {
  readonly function: string | undefined
  readonly handler: string | undefined
  readonly runtime: Runtime | undefined
  readonly config: string | undefined
  readonly event: ReadonlyArray<string>
  readonly env: ReadonlyArray<string>
  readonly invocations: number | undefined
  readonly watch: boolean
  readonly freeze: boolean
  readonly preload: boolean
  readonly latency: number
  readonly quota: number | undefined
  readonly port: number | undefined
  readonly page: number
  /** What chooses the extension's port, if it is not `--port`. */
  readonly otherPort?: string
  readonly invokePort: number | undefined
  /** Seconds. */
  readonly timeout: number
  /** MB. */
  readonly memory: number
}

const VARIABLE = /^([A-Za-z_]\w*)(?:=(.*))?$/s

/** `NAME=value`, or `NAME` to pass the caller's own on. */
export const variablesOf = (
  given: ReadonlyArray<string>,
): Effect.Effect<Readonly<Record<string, string>>, CommandFailed> =>
  Effect.map(
    Effect.forEach(given, (text) => {
      const [, name, value] = VARIABLE.exec(text) ?? []
      if (name === undefined) {
        // What follows a name may be a secret, so only its beginning is shown.
        return wrongUsage(
          `--env: found ${JSON.stringify(text.split("=", 1)[0])}; allowed: NAME=value, or NAME to pass on your own`,
        )
      }
      const passed = value ?? process.env[name]
      return passed === undefined
        ? wrongUsage(`--env ${name}: found no such variable to pass on; allowed: NAME=value`)
        : Effect.succeed([name, passed] as const)
    }),
    Object.fromEntries,
  )

/** A config.yaml for a function that has none, removed with the scope. */
export const temporaryConfig = Effect.fnUntraced(function* (text: string) {
  const file = path.join(yield* temporaryFolder, "config.yaml")
  writeFileSync(file, text)
  return file
})

/** A name that Lambda allows, made from the folder's. */
const functionNameOf = (taskRoot: string): string =>
  path
    .basename(taskRoot)
    .replaceAll(/[^\w-]/g, "-")
    .slice(0, 64) || "function"

/** Variables that follow from flags. */
export const flagVariables = ({
  port,
  preload,
}: {
  readonly port: number | undefined
  readonly preload: boolean
}) => ({
  ...(port === undefined ? {} : { CACHE_EXTENSION_PORT: String(port) }),
  ...(preload ? { CACHE_EXTENSION_INIT_STARTUP: "true" } : {}),
})

/** Finds out what to run, and makes the session for it. */
export const prepare = Effect.fnUntraced(function* (options: DevOptions) {
  const target = yield* Effect.fromResult(findTarget(options)).pipe(Effect.catch(wrongUsage))
  const eventFiles = yield* Effect.forEach(options.event, (file) =>
    Effect.fromResult(chooseFile("--event", file, [])).pipe(
      Effect.map((chosen) => chosen.file ?? file),
      Effect.catch(wrongUsage),
    ),
  )
  const events = makeEvents(eventFiles)
  // An event with a fault is said at once, not when its turn comes.
  yield* Effect.forEach(events.all, (event) => event.read, { discard: true })
  const environment = { ...flagVariables(options), ...(yield* variablesOf(options.env)) }
  const runner = yield* runnerOf(target)
  const backend = yield* backendOf(options, options.aws === "real" ? undefined : target.seed, options)
  // It may have to be fetched, which a wrong command line should not cause.
  const node = yield* nodeExecutable

  if (target.assumed.length > 0) yield* say(`Assumed: ${target.assumed.join("; ")}.`)
  if (runner.note !== undefined) yield* say(runner.note)
  const config = target.config ?? (yield* temporaryConfig("on_demand: allow\n"))
  if (target.config === undefined) {
    yield* say(
      `There is no config.yaml in ${shown(target.taskRoot)}, so any name is allowed (on_demand: allow). In Lambda, the function's package needs the file.`,
    )
  }
  yield* say(`${target.handler} (${target.runtime}) in ${shown(target.taskRoot)} runs with ${backend.title}.`)
  const sessionOptions: SessionOptions = {
    backend,
    function: runner.spec,
    functionName: functionNameOf(target.taskRoot),
    config,
    environment,
    node,
    freeze: options.freeze,
    timeout: options.timeout,
    memory: options.memory,
    page: options.page,
    ...(options.otherPort === undefined ? {} : { otherPort: options.otherPort }),
  }
  const session = yield* makeSession(sessionOptions)
  const files = [...(target.config === undefined ? [] : [target.config]), ...backend.files]
  return { backend, eventFiles, events, session, watched: [target.taskRoot, ...files] }
})

/** Runs the command. */
export const dev = (options: DevOptions) =>
  Effect.gen(function* () {
    const prepared = yield* prepare(options)
    yield* drive({ ...options, ...prepared, expired: prepared.backend.expired })
  }).pipe(Effect.scoped, Effect.catchTag("ConfigInvalid", refuse))
