/**
 * `npm start`: the demo on this machine. It runs `dev` on the function in `example/`, invokes it several times, and prints a
 * table of how long each read took, next to the same reads straight from AWS. `scripts/start.ts` builds, and imports this.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import process from "node:process"
import { VERSION } from "../../src/observability/version.ts"
import * as flags from "../dev/flags.ts"
import { endsByCtrlC, exitCodeOf, presenter, reportDefects } from "../output.ts"
import { demo, type DemoOptions } from "./demo.ts"
import { storm, type StormOptions } from "./storm.ts"

const config = {
  invocations: flags.whole("invocations", "How many times the function is invoked", 1, 10_000, 5),
  watch: flags.onOrOff("watch", "Invoke once a second until Ctrl-C, with a summary every ten times"),
  latency: flags.latency(20),
  quota: flags.quota,
  environments: flags.whole(
    "environments",
    "Start this many environments at the same moment, and show how they fare",
    1,
    100,
    1,
  ),
  preload: flags.preload,
  freeze: flags.freeze,
  page: flags.page,
}

const run = (options: DemoOptions & StormOptions) =>
  options.environments === 1 ? demo(options) : storm(options)

const start = Command.make("start", config, (options) => Effect.andThen(endsByCtrlC, run(options))).pipe(
  Command.withDescription("Runs the extension and the example's function on local AWS and local Lambda"),
)

Command.run(start, { version: VERSION }).pipe(
  reportDefects,
  Effect.provide([
    CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] }),
    CliOutput.layerPresenter(presenter),
    NodeServices.layer,
  ]),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit) => process.exit(exitCodeOf(exit)),
  }),
)
