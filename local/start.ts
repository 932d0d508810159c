/**
 * `npm start`: the demo on this machine. It seeds local AWS from `example/`, runs the built extension and the example's
 * function in a Lambda environment, invokes the function several times, and prints a table of how long each read took, next
 * to the same reads straight from AWS.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import process from "node:process"
import { demo } from "./demo/demo.ts"

const invocations = Flag.Int("invocations").pipe(
  Flag.withDescription("How many times the function is invoked"),
  Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))),
  Flag.withDefault(5),
)

const watch = Flag.Boolean("watch").pipe(
  Flag.withDescription("Invoke once a second until Ctrl-C"),
  Flag.withDefault(false),
)

const latency = Flag.Int("latency").pipe(
  Flag.withDescription("How long each call of local AWS takes, in milliseconds"),
  Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60_000 }))),
  Flag.withDefault(20),
)

const preload = Flag.Boolean("preload").pipe(
  Flag.withDescription("Load everything in config.yaml at start-up (CACHE_EXTENSION_INIT_STARTUP)"),
  Flag.withDefault(false),
)

const page = Flag.Int("page").pipe(
  Flag.withDescription("Port of the page that shows what the extension holds; another one if it is taken"),
  Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))),
  Flag.withDefault(4001),
)

const start = Command.make("start", { invocations, watch, latency, preload, page }, demo).pipe(
  Command.withDescription("Runs the extension and the example's function on local AWS and local Lambda"),
)

const program = Command.run(start, { version: "0.1.0" }).pipe(Effect.provide(NodeServices.layer))

NodeRuntime.runMain(program, {
  disableErrorReporting: true,
  // Ctrl-C ends --watch, so it is not an error.
  teardown: (exit) => process.exit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1),
})
