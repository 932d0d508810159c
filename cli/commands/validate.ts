/**
 * `validate`: checks a config.yaml as the extension does at its start, and shows all faults and warnings at once.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { styleText } from "node:util"
import { configDescription, readConfig, UNKNOWN_REGION } from "../config/ConfigSource.ts"
import { FaultsFound } from "../failures.ts"
import { judge } from "../validate/findings.ts"
import { asAnnotations, asJson, asText, type Paint } from "../validate/formats.ts"

const flags = {
  configs: Argument.String("config.yaml").pipe(
    Argument.withDescription(`${configDescription}; several are allowed`),
    Argument.variadic(),
  ),
  format: Flag.Literals("format", ["text", "json", "github"]).pipe(
    Flag.withDescription(
      "text for people, json for programs, github for annotations in GitHub Actions (default text)",
    ),
    Flag.withDefault("text"),
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("The same as --format json (default off)"),
    Flag.withDefault(false),
  ),
  strict: Flag.Boolean("strict").pipe(
    Flag.withDescription("End with 1 for warnings too (default off)"),
    Flag.withDefault(false),
  ),
  memory: Flag.Int("memory").pipe(
    Flag.withDescription("The function's memory in MB, to check the limits against (default unknown)"),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 128, maximum: 32_768 }))),
    Flag.optional,
  ),
}

/** The command. */
export const validate = Command.make("validate", flags, ({ configs, format, json, memory, strict }) =>
  Effect.gen(function* () {
    const context = {
      region: UNKNOWN_REGION,
      ttl: undefined,
      ...(Option.isSome(memory) ? { memory: memory.value } : {}),
    }
    const read = yield* Effect.forEach(configs.length === 0 ? ["config.yaml"] : configs, (config) =>
      readConfig(config, context),
    )
    const judged = read.map(judge)
    const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
    const paint: Paint = (colour, text) =>
      canColor ? styleText(colour, text, { validateStream: false }) : text
    if (json || format === "json") yield* Console.log(asJson(judged))
    else if (format === "github") for (const line of judged.flatMap(asAnnotations)) yield* Console.log(line)
    else for (const one of judged) yield* Console.log(asText(one, paint))
    const isFaulty = judged.some(({ findings, valid }) => !valid || (strict && findings.length > 0))
    if (isFaulty) return yield* new FaultsFound()
  }),
).pipe(
  Command.withDescription("Checks a config.yaml, and shows all its faults and warnings at once"),
  Command.withExamples([
    { command: "lambda-cache-extension validate", description: "The config.yaml in this folder" },
    {
      command: "lambda-cache-extension validate functions/*",
      description: "The config.yaml of each function",
    },
    {
      command: "lambda-cache-extension validate --json - < config.yaml",
      description: "For a program, from stdin",
    },
  ]),
)
