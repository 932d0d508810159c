/**
 * Runs the program as the process's main fiber. SIGTERM and SIGINT interrupt it.
 *
 * The exit code is 0 after SHUTDOWN or a signal, 1 after a fault. `process.exit` is always called, so that no open socket
 * keeps the process alive past Lambda's deadline.
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"

/**
 * Reports uncaught exceptions and unhandled rejections, then exits with 1. The runtime itself would print the whole error
 * with all its properties, which may hold values.
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
