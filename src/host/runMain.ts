/**
 * Runs the program as the process: SIGTERM and SIGINT interrupt it, its end ends the process.
 *
 * SHUTDOWN and signals exit with 0, a fault with 1. `process.exit` is called in any case, so that no stray
 * socket keeps the process alive past Lambda's deadline.
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"

/**
 * Has exceptions that nobody caught, and rejections that nobody handles, reported and then ends the process with 1.
 * A runtime by itself would print the whole error, with everything that hangs on it.
 */
export const onUncaught = (report: (error: unknown) => void): void => {
  const end = (error: unknown): void => {
    report(error)
    globalThis.process.exit(1)
  }
  globalThis.process.once("uncaughtException", end)
  globalThis.process.once("unhandledRejection", end)
}

export const runMain = Runtime.makeRunMain(({ fiber }) => {
  const interrupt = () => fiber.interruptUnsafe()
  globalThis.process.once("SIGTERM", interrupt)
  globalThis.process.once("SIGINT", interrupt)
  fiber.addObserver((exit) => {
    const isClean = Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)
    globalThis.process.exit(isClean ? 0 : 1)
  })
})
