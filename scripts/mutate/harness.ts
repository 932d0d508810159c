/**
 * A replacement for `vitest` that collects and runs tests in this process, so that a mutant does not need a new worker. It
 * supports what this project's tests use. `assert`, `expect` and `vi` are vitest's own.
 */
import { assert, chai, expect, vi } from "vitest"

export { assert, chai, expect, vi }

type Mode = "run" | "skip" | "only"
type Hook = (context: Context) => unknown
type Body = (context: Context) => unknown
interface Options {
  readonly fails?: boolean
  readonly timeout?: number
}

interface Test {
  readonly type: "test"
  readonly name: string
  readonly mode: Mode
  readonly fails: boolean
  readonly body: Body
}

interface Suite {
  readonly type: "suite"
  readonly name: string
  readonly mode: Mode
  readonly tasks: Array<Suite | Test>
  readonly hooks: Record<"beforeAll" | "afterAll" | "beforeEach" | "afterEach", Array<Hook>>
}

interface Context {
  readonly task: Test | Suite
  readonly signal: AbortSignal
  readonly expect: typeof expect
  readonly onTestFinished: (hook: () => unknown) => void
  readonly onTestFailed: (hook: () => unknown) => void
  readonly skip: () => never
}

class Skipped extends Error {}

/** A test exceeded its time-out. What it started may still run. */
export class TimedOut extends Error {}

const emptySuite = (name: string, mode: Mode): Suite => ({
  type: "suite",
  name,
  mode,
  tasks: [],
  hooks: { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] },
})

let current = emptySuite("", "run")

export const TestRunner = { getCurrentSuite: (): Suite => current }

const hookInto =
  (kind: keyof Suite["hooks"]) =>
  (hook: Hook): void => {
    current.hooks[kind].push(hook)
  }
export const beforeAll = hookInto("beforeAll")
export const afterAll = hookInto("afterAll")
export const beforeEach = hookInto("beforeEach")
export const afterEach = hookInto("afterEach")

/** vitest takes options before the function, or a time-out after it. */
const isFunction = (value: unknown): value is (...given: ReadonlyArray<unknown>) => unknown =>
  typeof value === "function"

const functionIn = (...given: ReadonlyArray<unknown>) => given.find(isFunction)

const optionsIn = (...given: ReadonlyArray<unknown>): Options =>
  given.find((one): one is Options => typeof one === "object" && one !== null) ?? {}

const rowsOf = (row: unknown): ReadonlyArray<unknown> => (Array.isArray(row) ? row : [row])

type Add = (name: string, first: unknown, second?: unknown) => void

/** `it` or `describe` with its variants. */
const withVariants = (add: (mode: Mode, fails: boolean) => Add) => {
  const forEach =
    (
      call: (body: (...given: ReadonlyArray<unknown>) => unknown, row: unknown, context: unknown) => unknown,
    ) =>
    (cases: ReadonlyArray<unknown>): Add =>
    (name, first, second) => {
      const body = functionIn(first, second)
      if (body === undefined) return
      for (const row of cases)
        add("run", false)(name, optionsIn(first, second), (context: unknown) => call(body, row, context))
    }
  return Object.assign(add("run", false), {
    skip: add("skip", false),
    todo: add("skip", false),
    only: add("only", false),
    fails: add("run", true),
    concurrent: add("run", false),
    skipIf: (condition: unknown) => add(condition ? "skip" : "run", false),
    runIf: (condition: unknown) => add(condition ? "run" : "skip", false),
    each: forEach((body, row) => body(...rowsOf(row))),
    for: forEach((body, row, context) => body(row, context)),
  })
}

export const it = withVariants((mode, fails) => (name, first, second) => {
  const body = functionIn(first, second) ?? (() => undefined)
  const failing = fails || optionsIn(first, second).fails === true
  current.tasks.push({ type: "test", name, mode, fails: failing, body })
})
export const test = it

export const describe = withVariants((mode) => (name, first, second) => {
  const outer = current
  current = emptySuite(name, mode)
  outer.tasks.push(current)
  try {
    functionIn(first, second)?.(undefined)
  } finally {
    current = outer
  }
})
export const suite = describe

const hasOnly = ({ tasks }: Suite): boolean =>
  tasks.some((task) => task.mode === "only" || (task.type === "suite" && hasOnly(task)))

const timers = { set: globalThis.setTimeout, clear: globalThis.clearTimeout }

const within = async (limit: number, what: string, run: () => unknown): Promise<void> => {
  const aborted = Promise.withResolvers<never>()
  const timer = timers.set(() => aborted.reject(new TimedOut(what)), limit)
  try {
    await Promise.race([run(), aborted.promise])
  } finally {
    timers.clear(timer)
  }
}

const contextOf = (task: Test | Suite, finishers: Array<() => unknown>, signal: AbortSignal): Context => ({
  task,
  signal,
  expect,
  onTestFinished: (hook) => void finishers.push(hook),
  onTestFailed: () => undefined,
  skip: () => {
    throw new Skipped()
  },
})

const runTest = async (one: Test, around: ReadonlyArray<Suite>, limit: number): Promise<void> => {
  const finishers: Array<() => unknown> = []
  const controller = new AbortController()
  const context = contextOf(one, finishers, controller.signal)
  const all = async () => {
    try {
      for (const { hooks } of around) for (const hook of hooks.beforeEach) await hook(context)
      await one.body(context)
    } finally {
      for (const finish of finishers.toReversed()) await finish()
      for (const { hooks } of around.toReversed()) for (const hook of hooks.afterEach) await hook(context)
    }
  }
  const failed = await within(limit, one.name, all).then(
    () => undefined,
    (error: unknown) => (error instanceof Skipped ? undefined : { error }),
  )
  if (failed?.error instanceof TimedOut) controller.abort()
  if (failed !== undefined && !one.fails) throw failed.error
  if (failed === undefined && one.fails) throw new Error(`${one.name} was expected to fail`)
}

/** Throws the error of the first test that fails. */
const runSuite = async (
  suite: Suite,
  around: ReadonlyArray<Suite>,
  only: boolean,
  limit: number,
): Promise<void> => {
  const context = contextOf(suite, [], new AbortController().signal)
  try {
    await within(limit, suite.name, async () => {
      for (const hook of suite.hooks.beforeAll) await hook(context)
    })
    for (const task of suite.tasks) {
      if (task.mode === "skip" || (only && task.mode !== "only" && !(task.type === "suite" && hasOnly(task))))
        continue
      if (task.type === "test") await runTest(task, [...around, suite], limit)
      else await runSuite(task, [...around, suite], only && task.mode !== "only", limit)
    }
  } finally {
    await within(limit, suite.name, async () => {
      for (const hook of suite.hooks.afterAll.toReversed()) await hook(context)
    })
  }
}

/** Runs the tests that `load` declares. Throws the error of the first that fails. */
export const run = async (load: () => Promise<unknown>, limit: number): Promise<void> => {
  const root = emptySuite("", "run")
  current = root
  await within(limit, "the file", load)
  await runSuite(root, [], hasOnly(root), limit)
}
