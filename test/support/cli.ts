/**
 * Runs a command line of `lambda-cache-extension` in this process, and returns what it printed and its exit code.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer, Stdio, Stream } from "effect"
import { format } from "node:util"
import { run } from "../../cli/main.ts"
import { exitCodeOf } from "../../cli/output.ts"

/** What a command printed, and how it ended. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line. Its input is `stdin`. */
export const cli = (args: ReadonlyArray<string>, stdin = ""): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const printed = { stdout: "", stderr: "" }
    const printTo =
      (stream: keyof typeof printed) =>
      (...values: ReadonlyArray<unknown>) => {
        printed[stream] += `${format(...values)}\n`
      }
    const capture: Console.Console = {
      ...globalThis.console,
      log: printTo("stdout"),
      info: printTo("stdout"),
      warn: printTo("stderr"),
      error: printTo("stderr"),
    }
    const input = Stdio.layerTest({ stdin: Stream.make(new TextEncoder().encode(stdin)) })
    const exit = yield* run(args).pipe(
      Effect.provide(Layer.merge(NodeServices.layer, input)),
      Effect.provideService(Console.Console, capture),
      Effect.exit,
    )
    return { code: exitCodeOf(exit), ...printed }
  })
