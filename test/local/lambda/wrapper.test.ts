/**
 * AWS_LAMBDA_EXEC_WRAPPER, as the bootstraps of Lambda's managed runtimes treat it:
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, rmSync } from "node:fs"
import path from "node:path"
import { LambdaEmulator, type LambdaEmulatorShape } from "../../../local/lambda/LambdaEmulator.ts"
import { type LambdaEmulatorOptions } from "../../../local/lambda/options.ts"
import { folderOf, NODE_FUNCTION } from "../../support/lambda.ts"

/** How INIT ends, which fails. */
const failureOf = (emulator: LambdaEmulatorShape) =>
  Effect.map(Effect.flip(emulator.init), (failure) => {
    assert.strictEqual(failure._tag, "InitFailed")
    return failure
  })

/** A function of a managed runtime with a wrapper in the folder of a layer. */
const wrappedBy = (wrapper: string, mode: number) =>
  Effect.gen(function* () {
    const opt = yield* folderOf({ "extensions/.keep": "", "wrapper/run": wrapper })
    rmSync(path.join(opt, "extensions/.keep"))
    chmodSync(path.join(opt, "wrapper/run"), mode)
    return (variable: string, spec: LambdaEmulatorOptions["function"]) =>
      LambdaEmulator.make({
        function: spec,
        extensionsFolder: path.join(opt, "extensions"),
        environment: { AWS_LAMBDA_EXEC_WRAPPER: variable },
      })
  })

describe("AWS_LAMBDA_EXEC_WRAPPER", () => {
  it.live("starts a managed runtime, with the command that Lambda would have executed", () =>
    Effect.gen(function* () {
      const make = yield* wrappedBy('#!/bin/sh\necho "wrapped: $#"\nexec "$@"\n', 0o755)
      const emulator = yield* make("/opt/wrapper/run", NODE_FUNCTION)
      assert.isUndefined((yield* emulator.invoke({})).functionError)
      assert.isTrue(emulator.logs.all().some(({ line }) => /^wrapped: [1-9]/.test(line)))
    }),
  )

  it.live("fails as in Lambda if it is missing or not executable", () =>
    Effect.gen(function* () {
      const make = yield* wrappedBy("#!/bin/sh\n", 0o644)
      for (const [variable, message, status] of [
        ["/opt/wrapper/none", "does not exist", 127],
        ["/opt/wrapper/run", "is not an executable", 126],
      ] as const) {
        const emulator = yield* make(variable, NODE_FUNCTION)
        const failure = yield* failureOf(emulator)
        assert.deepInclude(failure, { errorType: "Runtime.ExitError", culprit: "function" })
        assert.include(failure.message, `exit status ${status}`)
        yield* emulator.logs.waitFor(({ line }) => line.endsWith(message))
      }
    }),
  )

  it.live("is ignored by an OS-only runtime", () =>
    Effect.gen(function* () {
      const make = yield* wrappedBy("#!/bin/sh\n", 0o755)
      const bootstrap = {
        kind: "command",
        command: "/bin/sh",
        args: ["-c", "echo own; exit 3"],
        taskRoot: "/",
      } as const
      const emulator = yield* make("/opt/wrapper/run", bootstrap)
      assert.include((yield* failureOf(emulator)).message, "exit status 3")
    }),
  )
})
