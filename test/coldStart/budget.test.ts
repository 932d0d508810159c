/**
 * What a cold start evaluates, on both hosts, against the budget. Every module that is evaluated costs each cold start time and
 * memory, and one import in the wrong place brings dozens of them.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type Aws, startAws } from "../../bench/support/aws.ts"
import { type ExtensionsApi, startExtensionsApi } from "../../bench/support/extensionsApi.ts"
import { notesOf } from "../../bench/support/notes.ts"
import { compilerBun, HOST_ARCHITECTURE } from "../../scripts/bun.ts"
import { ROOT } from "../../scripts/bundle.ts"
import { bundleInstrumented, type Instrumented, type Note } from "../../scripts/instrument.ts"
import { skipped } from "../support/skipped.ts"
import {
  allowed,
  BUDGET,
  chainTo,
  type Difference,
  evaluated,
  FILE,
  parseBudget,
  type Phase,
  PHASES,
  rewritten,
} from "./budget.ts"

const hasBun = HOST_ARCHITECTURE !== undefined && existsSync(compilerBun())

const CASES = [
  { host: "bun", title: "standalone", isHere: hasBun },
  { host: "node", title: "Node layer", isHere: true },
] as const

/** The difference in words, with the imports by which a module joined. */
const inWords = (
  { host, joined, left, phase }: Difference,
  found: ReadonlyMap<string, string>,
  { importers }: Instrumented,
): ReadonlyArray<string> => {
  const budget = allowed(BUDGET, host, phase)
  const chains = joined.map((module) => {
    const chain = chainTo(module, importers, (name) => budget.has(name))
    return `joined: ${chain.join(" > ")} (in ${found.get(module)})`
  })
  return [...chains, ...left.map((module) => `left: ${module}`)]
}

describe.each(CASES)("a cold start of the $title", ({ host, isHere, title }) => {
  let api: ExtensionsApi
  let aws: Aws
  let bundle: Instrumented
  let lazy: ReadonlyArray<Note>
  let preloaded: ReadonlyArray<Note>

  beforeAll(async () => {
    ;[api, aws, bundle] = await Promise.all([
      startExtensionsApi(),
      startAws({ latency: 0 }),
      bundleInstrumented(host, path.join(ROOT, ".work/budget", host)),
    ])
    const command = [host === "node" ? process.execPath : compilerBun(), bundle.entry]
    const start = { api, awsEndpoint: aws.endpoint, command, settle: 0 }
    lazy = await notesOf({ ...start, preload: false })
    preloaded = await notesOf({ ...start, preload: true })
  }, 60_000)
  afterAll(() => {
    api.close()
    aws.stop()
  })

  const foundIn = (phase: Phase): ReadonlyMap<string, string> =>
    evaluated(
      phase === "before a preloaded next" ? preloaded : lazy,
      bundle,
      phase === "before register" ? "register" : "event/next",
    )

  it.skipIf(!isHere).each(PHASES)(
    `evaluates %s what test/coldStart/budget.txt lists, and nothing else${skipped(!isHere, "without Bun")}`,
    (phase) => {
      const found = foundIn(phase)
      const budget = allowed(BUDGET, host, phase)
      const earlier = PHASES.slice(0, PHASES.indexOf(phase)).map(foundIn)
      // What joined an earlier phase is told there.
      const isNew = (module: string) => !budget.has(module) && !earlier.some((found) => found.has(module))
      const joined = [...found.keys()].filter(isNew)
      const left = [...budget].filter((module) => !found.has(module))
      const difference = { host, phase, joined, left }
      if (process.env["BUDGET"] === "write")
        writeFileSync(FILE, rewritten(readFileSync(FILE, "utf8"), difference))
      assert.deepStrictEqual(inWords(difference, found, bundle), [], title)
    },
  )
})

describe("the budget", () => {
  it("lists no module twice for an artifact", () => {
    for (const { host } of CASES) {
      const modules = BUDGET.filter(({ hosts }) => hosts.includes(host)).map(({ module }) => module)
      assert.deepStrictEqual(
        modules.filter((module, index) => modules.indexOf(module) < index),
        [],
      )
    }
  })

  it("has no group without a reason", () => {
    assert.throws(() => parseBudget("== before register, both artifacts: why\nsrc/begin.ts"))
    assert.throws(() => parseBudget("src/begin.ts"))
  })

  it("says by which imports a module joined", () => {
    const importers = new Map([
      ["effect/Schema", ["src/a.ts", "src/b.ts"]],
      ["src/a.ts", ["src/c.ts"]],
      ["src/b.ts", ["src/App.ts"]],
    ])
    assert.deepStrictEqual(
      chainTo("effect/Schema", importers, (module) => module === "src/App.ts"),
      ["src/App.ts", "src/b.ts", "effect/Schema"],
    )
  })

  it("is rewritten with what joined in a group that needs a reason, and without what left", () => {
    const text = "== before register, both artifacts: the port and the request\nsrc/begin.ts\nsrc/old.ts\n"
    const difference = {
      host: "node",
      phase: "before a lazy next",
      joined: ["src/new.ts"],
      left: ["src/old.ts"],
    } as const
    const after = rewritten(text, difference)
    assert.deepStrictEqual(after.split("\n").slice(1), [
      "src/begin.ts",
      "",
      "== before a lazy next, Node layer: ?",
      "src/new.ts",
      "",
    ])
    assert.throws(() => parseBudget(after))
  })
})
