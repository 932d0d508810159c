/**
 * The pool of workers. Each runs one trial at a time. A worker is killed if a mutant loops for ever, and replaced after that or
 * after a number of trials.
 */
import { type ChildProcess, fork } from "node:child_process"
import path from "node:path"
import type { News, Trial } from "./worker.ts"

/** How long after twice a test's time-out its process is killed, in milliseconds: then it loops for ever. */
const GRACE = 1_000

/** The trials of a worker. Modules are never unloaded, so it grows by a few megabytes with each. */
const TRIALS_PER_WORKER = 100

export type Outcome = Extract<News, { readonly _tag: "Survived" | "Killed" }>

export interface Worker {
  /** Runs a trial. `ended` is called with each test file that passed and its milliseconds. */
  readonly run: (trial: Trial, ended?: (test: string, milliseconds: number) => void) => Promise<Outcome>
  readonly stop: () => void
}

const TIMED_OUT: Outcome = { _tag: "Killed", by: "time-out", isTimeout: true, message: "no end in sight" }

const start = (): ChildProcess =>
  fork(path.join(import.meta.dirname, "worker.ts"), {
    execArgv: ["--disable-warning=ExperimentalWarning", "--max-old-space-size=2048"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  })

const runIn = (
  child: ChildProcess,
  trial: Trial,
  ended: (test: string, milliseconds: number) => void,
): Promise<Outcome> => {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  let watchdog: NodeJS.Timeout | undefined
  const limits = new Map(trial.tests.map(({ file, limit }) => [file, limit]))
  const hear = (news: News): void => {
    if (news._tag === "Ended") return ended(news.test, news.milliseconds)
    clearTimeout(watchdog)
    if (news._tag !== "Begun") return resolve(news)
    const limit = 2 * (limits.get(news.test) ?? 0) + GRACE
    // @effect-diagnostics-next-line globalTimers:off
    watchdog = setTimeout(() => resolve(TIMED_OUT), limit)
  }
  const gone = () => resolve({ _tag: "Killed", by: "exit", isTimeout: true, message: "the process ended" })
  child.on("message", hear).once("exit", gone)
  child.send(trial)
  return promise.finally(() => {
    clearTimeout(watchdog)
    child.off("message", hear).off("exit", gone)
  })
}

/** Starts a worker. */
export const makeWorker = (): Worker => {
  let child: ChildProcess | undefined
  let trials = 0
  const stop = () => {
    child?.kill("SIGKILL")
    child = undefined
    trials = 0
  }
  return {
    stop,
    run: async (trial, ended = () => undefined) => {
      child ??= start()
      trials += 1
      const outcome = await runIn(child, trial, ended)
      const isSpoilt = outcome._tag === "Killed" && (outcome.isTimeout || outcome.by === "outside of a test")
      if (isSpoilt || trials >= TRIALS_PER_WORKER) stop()
      return outcome
    },
  }
}
