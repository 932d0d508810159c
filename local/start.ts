/**
 * `npm start`: the demo on this machine. It seeds local AWS from `example/`, runs the built extension and the example's
 * function in a Lambda environment, invokes the function several times, and prints a table of how long each read took, next
 * to the same reads straight from AWS.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as CliConfig from "effect/cli/CliConfig"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import process from "node:process"
import { demo } from "./demo/demo.ts"

/** A whole number within bounds. */
const whole = (name: string, about: string, minimum: number, maximum: number, fallback: number) =>
  Flag.Int(name).pipe(
    Flag.withDescription(`${about} (default ${fallback})`),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum, maximum }))),
    Flag.withDefault(fallback),
  )

const onOrOff = (name: string, about: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(`${about} (default off)`), Flag.withDefault(false))

const flags = {
  invocations: whole("invocations", "How many times the function is invoked", 1, 10_000, 5),
  watch: onOrOff("watch", "Invoke once a second until Ctrl-C"),
  latency: whole("latency", "How long each call of local AWS takes, in milliseconds", 0, 60_000, 20),
  preload: onOrOff("preload", "Load everything in config.yaml at start-up (CACHE_EXTENSION_INIT_STARTUP)"),
  page: whole(
    "page",
    "Port of the page that shows what the extension holds; another one if it is taken",
    0,
    65_535,
    4001,
  ),
}

const start = Command.make("start", flags, demo).pipe(
  Command.withDescription("Runs the extension and the example's function on local AWS and local Lambda"),
)

const program = Command.run(start, { version: "0.1.0" }).pipe(
  // The other flags that Effect's CLI brings are of no use to the demo.
  Effect.provide([CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] }), NodeServices.layer]),
)

NodeRuntime.runMain(program, {
  disableErrorReporting: true,
  // Ctrl-C ends --watch, so it is not an error.
  teardown: (exit) => process.exit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1),
})
