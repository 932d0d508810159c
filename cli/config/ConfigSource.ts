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
import { type ConfigContext, parseConfig } from "../../src/config/ConfigFile.ts"
import { type PlanShape, textOf } from "../../src/config/Plan.ts"
import { type FileRead, readConfigFile } from "../../src/config/readConfigFile.ts"
import type { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"
import { MAX_CONFIG_BYTES } from "../../src/domain/defaults.ts"

const CONFIG_NAME = "config.yaml"
const STDIN = "-"

/** How help describes it. */
export const configDescription =
  "The file, or the folder of a function with a config.yaml; - reads stdin (default config.yaml)"

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

/**
 * Reads a config.yaml and makes its plan. `region` stands for the function's region; Lambda always sets it.
 *
 * @param given as in `configArgument`
 */
export const readConfig = Effect.fnUntraced(function* (
  given: string,
  context: Omit<ConfigContext, "file">,
): Effect.fn.Return<ConfigRead, never, Stdio.Stdio> {
  const file = given === STDIN ? "stdin" : yield* Effect.promise(() => fileIn(given))
  const found =
    given === STDIN
      ? yield* readStdin
      : yield* Effect.promise(() => readConfigFile({ stat, read: readFile }, file))
  const text = yield* Effect.result(textOf(file, found))
  if (Result.isFailure(text)) return { file, plan: Result.fail(text.failure) }
  const plan = yield* Effect.result(parseConfig(text.success, { ...context, file }))
  return { file, text: text.success, plan }
})
