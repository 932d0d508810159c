/**
 * The config.yaml that a command is about: from a file, from the folder of a function, or from stdin. It is read and decoded
 * by the code of the extension, so that a command finds what the extension would.
 */
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { readFile, stat } from "node:fs/promises"
import path from "node:path"
import { type ConfigContext, planOf } from "../../src/config/ConfigFile.ts"
import type { PlanShape } from "../../src/config/Plan.ts"
import { readConfigDocument, textOf } from "../../src/config/readDocument.ts"
import { type FileRead, readConfigFile } from "../../src/config/readConfigFile.ts"
import type { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"
import type { YamlDocument } from "../../src/config/yaml/YamlDocument.ts"
import { MAX_CONFIG_BYTES } from "../../src/domain/defaults.ts"
import { CommandFailed, wrongUsage } from "../failures.ts"

const CONFIG_NAME = "config.yaml"
const STDIN = "-"

/** How help describes it. */
export const configDescription =
  "The file, or the folder of a function with a config.yaml; - reads stdin (default config.yaml)"

/** A command that makes a first config.yaml. */
export const FIRST_FILE = "echo 'parameters: [{ names: [/my/parameter] }]' > config.yaml"

/** What messages say if no file can be read where the command line names one. */
const allowedAs = (named: string): string =>
  `the path of a config.yaml, or of a function's folder with one, as ${named}. To make a first file: ${FIRST_FILE}`

/** The argument of every command that reads a config.yaml. */
export const configArgument = Argument.String("config.yaml").pipe(
  Argument.withDescription(configDescription),
  Argument.withDefault(CONFIG_NAME),
)

/** The function's region in a plan that does not depend on it. No region has this name. */
export const UNKNOWN_REGION = "the function's region"

/** A config.yaml as it was read. `text` is absent if it could not be read. */
export interface ConfigRead {
  /** How messages name the file. */
  readonly file: string
  readonly text?: string
  /** What was parsed: with variables replaced, and with the file that it includes. Absent if it could not be parsed. */
  readonly document?: YamlDocument
  /** Whether there is no regular file at the path. */
  readonly isMissing: boolean
  readonly plan: Result.Result<PlanShape, ConfigInvalid>
}

const readStdin: Effect.Effect<FileRead, never, Stdio.Stdio> = Effect.gen(function* () {
  const { stdin } = yield* Stdio.Stdio
  const chunks = yield* Stream.runCollect(stdin)
  const bytes = Buffer.concat(chunks)
  const read: FileRead =
    bytes.length > MAX_CONFIG_BYTES ? { _tag: "TooLong", size: bytes.length } : { _tag: "Bytes", bytes }
  return read
}).pipe(Effect.catch((cause) => Effect.succeed<FileRead>({ _tag: "Unreadable", cause })))

/** A folder stands for the config.yaml in it. */
const fileIn = (given: string): Promise<string> =>
  stat(given).then(
    (stats) => (stats.isDirectory() ? path.join(given, CONFIG_NAME) : given),
    () => given,
  )

/** How a command's line names its config.yaml. */
type Named = "the argument" | "--config"

/**
 * Reads a config.yaml and makes its plan. `region` stands for the function's region; Lambda always sets it. Variables in the
 * file are those of the command, which stand for the function's.
 *
 * @param given as in `configArgument`
 */
export const readConfig = Effect.fnUntraced(function* (
  given: string,
  context: Omit<ConfigContext, "file">,
  named: Named = "the argument",
): Effect.fn.Return<ConfigRead, never, Stdio.Stdio> {
  const file = given === STDIN ? "stdin" : yield* Effect.promise(() => fileIn(given))
  const files = { stat, read: readFile }
  const found = given === STDIN ? yield* readStdin : yield* Effect.promise(() => readConfigFile(files, file))
  const text = yield* Effect.result(textOf(file, found, allowedAs(named)))
  if (Result.isFailure(text))
    return {
      file,
      isMissing: found._tag !== "Bytes" && found._tag !== "TooLong",
      plan: Result.fail(text.failure),
    }
  const whole: ConfigContext = {
    environment: process.env,
    // What stdin includes is in the working directory.
    ...(given === STDIN ? { folder: "" } : {}),
    readFile: (path) => Effect.promise(() => readConfigFile(files, path)),
    ...context,
    file,
  }
  const document = yield* Effect.result(readConfigDocument(text.success, whole))
  if (Result.isFailure(document))
    return { file, text: text.success, isMissing: false, plan: Result.fail(document.failure) }
  const plan = yield* Effect.result(planOf(document.success, whole))
  return { file, text: text.success, document: document.success, isMissing: false, plan }
})

/** Reads a config.yaml for a command that reports nothing if the file has faults, but fails with them. */
export const readValidConfig = Effect.fnUntraced(function* (
  given: string,
  context: Omit<ConfigContext, "file">,
  named?: Named,
) {
  const { document, file, isMissing, plan } = yield* readConfig(given, context, named)
  if (Result.isSuccess(plan) && document !== undefined) return { file, document, plan: plan.success }
  const message = Result.isFailure(plan) ? plan.failure.message : ""
  return yield* isMissing ? wrongUsage(message) : new CommandFailed({ reason: message })
})
