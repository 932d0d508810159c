/**
 * A child process that tries mutants one after the other, as its parent tells it over IPC.
 *
 * Node's module hooks replace the source of the file and reload its dependents, whose URLs get the number of the trial. Other
 * modules, such as Effect, stay loaded. Nothing is written.
 */
import { readFileSync } from "node:fs"
import { registerHooks, stripTypeScriptTypes } from "node:module"
import path from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { ROOT } from "../bundle.ts"

/** A message of the parent. Files are relative to the root. Without `mutated`, the tests run on the original. */
export interface Trial {
  readonly file: string
  readonly mutated: string | undefined
  /** The dependents of the file, which are reloaded. */
  readonly fresh: ReadonlyArray<string>
  readonly tests: ReadonlyArray<{ readonly file: string; readonly limit: number }>
}

/** A message to the parent: the test file that starts, or the result of the trial. */
export type News =
  | { readonly _tag: "Begun"; readonly test: string }
  | { readonly _tag: "Ended"; readonly test: string; readonly milliseconds: number }
  | { readonly _tag: "Survived" }
  | { readonly _tag: "Killed"; readonly by: string; readonly isTimeout: boolean; readonly message: string }

const HARNESS = new URL("harness.ts", import.meta.url).href

let trial: Trial | undefined
let count = 0
const stripped = new Map<string, string>()

const relativeOf = (url: string): string | undefined => {
  if (!url.startsWith("file:")) return undefined
  const relative = path.relative(ROOT, fileURLToPath(url))
  return relative.startsWith("..") || relative.includes("node_modules") ? undefined : relative
}

const sourceOf = (file: string): string => {
  if (trial?.mutated !== undefined && file === trial.file) return stripTypeScriptTypes(trial.mutated)
  const known = stripped.get(file)
  if (known !== undefined) return known
  const source = stripTypeScriptTypes(readFileSync(path.join(ROOT, file), "utf8"))
  stripped.set(file, source)
  return source
}

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    if (specifier === "vitest" && context.parentURL !== HARNESS) return { url: HARNESS, shortCircuit: true }
    const resolved = nextResolve(specifier, context)
    const file = relativeOf(resolved.url)
    return file !== undefined && trial?.fresh.includes(file)
      ? { ...resolved, url: `${resolved.url}?trial=${count}` }
      : resolved
  },
  load: (url, context, nextLoad) => {
    const file = relativeOf(url)
    return file?.endsWith(".ts") && url !== HARNESS
      ? { format: "module", source: sourceOf(file), shortCircuit: true }
      : nextLoad(url, context)
  },
})

const { run, TimedOut } = await import("./harness.ts")

const tell = (news: News): void => {
  process.send?.(news)
}

const killed = (by: string, error: unknown): News => ({
  _tag: "Killed",
  by,
  isTimeout: error instanceof TimedOut,
  message: String(error instanceof Error ? (error.stack ?? error.message) : error),
})

const tryOut = async ({ tests }: Trial): Promise<News> => {
  for (const { file, limit } of tests) {
    tell({ _tag: "Begun", test: file })
    const begun = performance.now()
    try {
      await run(() => import(pathToFileURL(path.join(ROOT, file)).href), limit)
    } catch (error) {
      return killed(file, error)
    }
    tell({ _tag: "Ended", test: file, milliseconds: performance.now() - begun })
  }
  return { _tag: "Survived" }
}

/** Unhandled rejections fail the current trial. */
const escaped = Promise.withResolvers<News>()
process.on("uncaughtException", (error) => escaped.resolve(killed("outside of a test", error)))
process.on("unhandledRejection", (error) => escaped.resolve(killed("outside of a test", error)))

process.on("message", (next: Trial) => {
  trial = next
  count += 1
  void Promise.race([tryOut(next), escaped.promise]).then(tell)
})
process.on("disconnect", () => process.exit())
process.env["NODE_ENV"] = "test"
process.env["VITEST"] = "true"
