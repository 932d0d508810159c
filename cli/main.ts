/**
 * `lambda-cache-extension <command>`: the program's commands, a line for each. `bin.ts` runs it on Node, the tests in their
 * own process.
 */
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import { VERSION } from "../src/observability/version.ts"
import { completions } from "./commands/completions.ts"
import { cost } from "./commands/cost.ts"
import { dev } from "./commands/dev.ts"
import { doctor } from "./commands/doctor.ts"
import { explain } from "./commands/explain.ts"
import { layer } from "./commands/layer.ts"
import { publish } from "./commands/publish.ts"
import { schema } from "./commands/schema.ts"
import { policy } from "./commands/policy.ts"
import { validate } from "./commands/validate.ts"
import { serve } from "./commands/serve.ts"
import { presenter, reportDefects } from "./output.ts"

const cli = Command.make("lambda-cache-extension").pipe(
  Command.withDescription("Checks, tries out and deploys the Lambda cache extension"),
  Command.withSubcommands([
    // In the order of docs/cli.md.
    validate,
    policy,
    dev,
    serve,
    cost,
    schema,
    doctor,
    explain,
    layer,
    publish,
    completions((): Command.Command.Any => cli),
  ]),
)

/** Runs a command line. It fails with what `exitCodeOf` in output.ts turns into an exit code. */
export const run = (args: ReadonlyArray<string>) =>
  Command.runWith(cli, { version: VERSION })(args).pipe(
    reportDefects,
    Effect.provide([
      // Of the flags that Effect's CLI brings, these two.
      CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] }),
      CliOutput.layerPresenter(presenter),
    ]),
  )
