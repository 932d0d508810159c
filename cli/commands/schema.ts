/**
 * `schema`: prints the JSON Schema of config.yaml or of seed files, for editors, or the OpenAPI document of the port, for
 * generated clients. They are the files of `schema/`, which derive from the code.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { asset } from "../assets.ts"

const FILES = {
  config: "schema/config.schema.json",
  openapi: "schema/openapi.json",
  seed: "schema/seed.schema.json",
} as const

const which = Argument.Literals("document", ["config", "openapi", "seed"]).pipe(
  Argument.withDescription(
    "config: JSON Schema of config.yaml; openapi: the HTTP API; seed: JSON Schema of seed files (default config)",
  ),
  Argument.withDefault("config"),
)

/** The command. */
export const schema = Command.make("schema", { which }, ({ which }) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const text = yield* Effect.orDie(files.readFileString(asset(FILES[which])))
    yield* Console.log(text.trimEnd())
  }),
).pipe(
  Command.withDescription(
    "Prints the JSON Schema of config.yaml or of seed files, or the OpenAPI document of the HTTP API",
  ),
  Command.withExamples([
    { command: "lambda-cache-extension schema > config.schema.json", description: "For an editor" },
    {
      command: "lambda-cache-extension schema openapi > openapi.json",
      description: "For a generated client",
    },
  ]),
)
