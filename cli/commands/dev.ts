/**
 * `dev`: runs a user's own function with the extension on this machine, on local or real AWS, and restarts when files change.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as flags from "../dev/flags.ts"
import { endsByCtrlC } from "../output.ts"

const config = {
  function: flags.text("function", "folder", "Folder of the function's code (default: this one)"),
  handler: flags.text(
    "handler",
    "file.function",
    "The function's handler, as in Lambda (default: found in the folder)",
  ),
  runtime: Flag.Literals("runtime", ["node", "python", "provided"]).pipe(
    Flag.withDescription(
      "The function's runtime; provided runs the folder's own bootstrap (default: by the handler's file)",
    ),
    Flag.optional,
    Flag.map(Option.getOrUndefined),
  ),
  config: flags.text("config", "file", "The extension's configuration (default: config.yaml in the folder)"),
  ...flags.aws,
  latency: flags.latency(0),
  quota: flags.quota,
  event: flags.several("event", "file", "JSON file to invoke with; several take turns (default: {})"),
  env: flags.several(
    "env",
    "NAME=value",
    "Environment variable of function and extension; NAME alone passes on yours; repeatable",
  ),
  invocations: Flag.Int("invocations").pipe(
    Flag.withDescription(
      "Invoke this many times, then exit, with 1 if an invocation failed (default: until Ctrl-C)",
    ),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))),
    Flag.optional,
    Flag.map(Option.getOrUndefined),
  ),
  watch: flags.onOrOff("watch", "Invoke once a second, with a summary every ten times"),
  freeze: flags.freeze,
  preload: flags.preload,
  timeout: flags.whole("timeout", "Time limit of the function, in seconds", 1, 900, 30),
  memory: flags.memory,
  port: flags.port,
  page: flags.page,
  invokePort: Flag.Int("invoke-port").pipe(
    Flag.withDescription("Port for invocations over HTTP (default 9000, or another one if it is taken)"),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))),
    Flag.optional,
    Flag.map(Option.getOrUndefined),
  ),
}

/** The command. */
export const dev = Command.make("dev", config, (options) =>
  Effect.gen(function* () {
    yield* endsByCtrlC
    const { dev: run } = yield* Effect.promise(() => import("../dev/dev.ts"))
    yield* run(options)
  }),
).pipe(
  Command.withDescription("Runs your function with the extension on this machine, on local or real AWS"),
  Command.withExamples([
    { command: "lambda-cache-extension dev", description: "The function in this folder" },
    {
      command:
        "lambda-cache-extension dev --function ./src --handler app.handler --runtime python --event event.json",
      description: "A Python function, invoked with an event after each restart",
    },
    {
      command: "lambda-cache-extension dev --aws real --profile dev --invocations 3",
      description: "Three invocations on your own AWS account",
    },
  ]),
)
