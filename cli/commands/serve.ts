/**
 * `serve`: the extension and local AWS without a function, never frozen, to try requests with curl.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as flags from "../dev/flags.ts"
import { endsByCtrlC } from "../output.ts"

const config = {
  config: flags.text(
    "config",
    "file",
    "The extension's configuration (default: config.yaml here, else a sample)",
  ),
  ...flags.aws,
  latency: flags.latency(0),
  quota: flags.quota,
  env: flags.several(
    "env",
    "NAME=value",
    "Environment variable of the extension; NAME alone passes on yours; repeatable",
  ),
  preload: flags.preload,
  memory: flags.memory,
  port: flags.port,
  page: flags.page,
}

/** The command. */
export const serve = Command.make("serve", config, (options) =>
  Effect.gen(function* () {
    yield* endsByCtrlC
    const { serve: run } = yield* Effect.promise(() => import("../serve/serve.ts"))
    return yield* run(options)
  }),
).pipe(
  Command.withDescription("Runs the extension without a function, to try it with curl"),
  Command.withExamples([
    {
      command: "lambda-cache-extension serve",
      description: "With config.yaml and seed.yaml of this folder, or samples",
    },
    {
      command: "lambda-cache-extension serve --aws real --port 4711",
      description: "With the values of your AWS account",
    },
  ]),
)
