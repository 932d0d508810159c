/**
 * The command `serve`: the extension as on Managed Instances, where nothing freezes and due values are fetched by the clock,
 * beside local or real AWS. It prints a curl command for each entry.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import path from "node:path"
import { asset } from "../assets.ts"
import { backendOf } from "../dev/backendOf.ts"
import { flagVariables, temporaryConfig, variablesOf } from "../dev/dev.ts"
import type { AwsFlags } from "../dev/flags.ts"
import { makeSession, type Session } from "../dev/Session.ts"
import { chooseConfig, chooseFile, shown } from "../dev/target.ts"
import { complain, refuse, say } from "../dev/terminal.ts"
import { fileChanges } from "../dev/watchFiles.ts"
import { wrongUsage } from "../failures.ts"
import { nodeExecutable } from "../toolchain.ts"

/** The command line of `serve`. */
export interface ServeOptions extends AwsFlags {
  readonly config: string | undefined
  readonly env: ReadonlyArray<string>
  readonly preload: boolean
  readonly latency: number
  readonly quota: number | undefined
  readonly memory: number
  readonly port: number | undefined
  readonly page: number
}

const SAMPLE_CONFIG = asset("cli/serve/config.yaml")
const SAMPLE_SEED = asset("cli/serve/seed.yaml")

/** So many entries get a curl command; the page lists all. */
const MAX_COMMANDS = 8

const HOUR = 3_600

/** In single quotes, as a POSIX shell takes anything. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** A curl command for each entry of the plan. */
export const curlCommands = ({ origin, read, token }: Session): ReadonlyArray<string> => {
  const plan = read()?.plan
  if (plan === undefined) return []
  const header = plan.tokens === undefined ? "" : ` -H ${quoted(`X-Aws-Parameters-Secrets-Token: ${token}`)}`
  const targets = [...plan.entries.values()].map(({ key, name, address: { kind } }) =>
    // The key of an entry that a name alone does not determine is its query.
    key.startsWith(`${kind}?`) ? `/${key}` : `/${kind}?name=${encodeURIComponent(name)}`,
  )
  const more = targets.length - MAX_COMMANDS
  return [
    ...targets.slice(0, MAX_COMMANDS).map((target) => `curl${header} ${quoted(`${origin()}${target}`)}`),
    ...(more > 0 ? [`# and ${more} more`] : []),
    `curl ${quoted(`${origin()}/ready`)}`,
  ]
}

/** Which files to use; in a folder without a config.yaml, samples. */
const chooseFiles = Effect.fnUntraced(function* (options: ServeOptions) {
  const config = yield* Effect.fromResult(chooseConfig(options.config, [""])).pipe(Effect.catch(wrongUsage))
  const isSample = config.file === undefined
  const folders = config.file === undefined ? [""] : [path.dirname(config.file)]
  const seed = yield* Effect.fromResult(chooseFile("--seed", options.seed, folders)).pipe(
    Effect.catch(wrongUsage),
  )
  if (!isSample)
    return {
      config: path.resolve(config.file),
      seed: seed.file && path.resolve(seed.file),
      assumed: [...config.assumed, ...seed.assumed],
    }
  if (options.aws === "real") {
    yield* say("There is no config.yaml here, so any name of your account is allowed (on_demand: allow).")
    return { config: yield* temporaryConfig("on_demand: allow\n"), seed: undefined, assumed: [] }
  }
  yield* say("There is no config.yaml here, so this is a sample. To have your own, save it as config.yaml:")
  yield* Console.log(`\n${readFileSync(SAMPLE_CONFIG, "utf8")}`)
  if (seed.file === undefined) {
    yield* say("Its values, in local AWS. Save them as seed.yaml beside config.yaml:")
    yield* Console.log(`\n${readFileSync(SAMPLE_SEED, "utf8")}`)
  }
  return { config: SAMPLE_CONFIG, seed: seed.file ?? SAMPLE_SEED, assumed: seed.assumed }
})

const showCommands = (session: Session) =>
  Effect.suspend(() => Console.log(`\n${curlCommands(session).join("\n")}\n`))

const run = Effect.fnUntraced(function* (options: ServeOptions) {
  const environment = { ...flagVariables(options), ...(yield* variablesOf(options.env)) }
  const files = yield* chooseFiles(options)
  if (files.assumed.length > 0) yield* say(`Assumed: ${files.assumed.join("; ")}.`)
  const backend = yield* backendOf(options, options.aws === "real" ? undefined : files.seed, options)
  // It may have to be fetched, which a wrong command line should not cause.
  const node = yield* nodeExecutable
  yield* say(`The extension runs with ${backend.title}.`)
  const session = yield* makeSession({
    backend,
    function: { kind: "none" },
    functionName: "function",
    config: files.config,
    environment,
    node,
    freeze: false,
    // Nothing is invoked, so due values are fetched by the clock.
    initializationType: "lambda-managed-instances",
    timeout: HOUR,
    memory: options.memory,
    page: options.page,
  })
  const work = Effect.gen(function* () {
    yield* fileChanges([files.config, ...backend.files]).pipe(
      Stream.runForEach((changed) =>
        say(`Changed: ${changed.map(shown).join(", ")}. Restarting.`).pipe(
          Effect.andThen(session.restart),
          Effect.andThen(showCommands(session)),
          Effect.catch(({ message }) => Effect.andThen(complain(message), say("Waiting for a change."))),
        ),
      ),
      Effect.forkScoped,
    )
    yield* Effect.andThen(backend.expired, session.restart).pipe(
      Effect.catch(({ message }) => complain(message)),
      Effect.forever,
      Effect.forkScoped,
    )
    yield* session.start.pipe(
      Effect.andThen(showCommands(session)),
      Effect.catch((failed) =>
        failed.isFixable
          ? Effect.andThen(complain(failed.message), say("Waiting for a change."))
          : refuse(failed),
      ),
    )
    return yield* Effect.never
  })
  return yield* Effect.scoped(work).pipe(Effect.ensuring(session.shutdown))
})

/** Runs the command. */
export const serve = (options: ServeOptions) =>
  run(options).pipe(Effect.scoped, Effect.catchTag("ConfigInvalid", refuse))
