/**
 * What `dev` runs: the function's folder, its handler and runtime, config.yaml and seed.
 *
 * It looks in the folder for what the command line does not say, and reports every assumption. It writes nothing there.
 */
import * as Result from "effect/Result"
import { existsSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { FIRST_FILE } from "../config/ConfigSource.ts"

export const RUNTIMES = ["node", "python", "provided"] as const
export type Runtime = (typeof RUNTIMES)[number]

/** The command line. Paths may be relative to the working directory. */
export interface TargetOptions {
  readonly function?: string | undefined
  readonly handler?: string | undefined
  readonly runtime?: Runtime | undefined
  readonly config?: string | undefined
  readonly seed?: string | undefined
}

/** All paths are absolute. */
export interface Target {
  readonly taskRoot: string
  readonly handler: string
  readonly runtime: Runtime
  /** Undefined: there is none. */
  readonly config: string | undefined
  /** Undefined: there is none. */
  readonly seed: string | undefined
  /** What was assumed, a sentence each. */
  readonly assumed: ReadonlyArray<string>
}

const NODE_EXTENSIONS = ["mjs", "js", "cjs"] as const
const MODULES = ["index", "app", "handler", "lambda_function", "main"] as const
const BOOTSTRAP = "bootstrap"
const CONFIG_NAMES = ["config.yaml"] as const
const SEED_NAMES = ["seed.yaml", "seed.yml", "seed.json"] as const

/** An export named `handler` or `lambdaHandler`, in the notations of both module systems. */
const NODE_HANDLER =
  /^\s*(?:export\b|module\.exports|exports\.)[^\n]*?\b(handler|lambdaHandler|lambda_handler)\b/m
const PYTHON_HANDLER = /^(?:async )?(?:def )?(handler|lambda_handler|lambdaHandler)\s*[(=:]/m

const isFile = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false

const firstFile = (folder: string, names: ReadonlyArray<string>): string | undefined =>
  names.map((name) => path.join(folder, name)).find(isFile)

interface Found {
  readonly handler: string
  readonly runtime: Runtime
  readonly file: string
}

/** The handlers of a folder under the names that Lambda, SAM and their samples use. */
const findHandlers = (folder: string): ReadonlyArray<Found> =>
  MODULES.flatMap((module) =>
    [...NODE_EXTENSIONS, "py"].flatMap((extension): ReadonlyArray<Found> => {
      const file = path.join(folder, `${module}.${extension}`)
      if (!isFile(file)) return []
      const isPython = extension === "py"
      const [, name] = (isPython ? PYTHON_HANDLER : NODE_HANDLER).exec(readFileSync(file, "utf8")) ?? []
      return name === undefined
        ? []
        : [{ handler: `${module}.${name}`, runtime: isPython ? "python" : "node", file: path.basename(file) }]
    }),
  )

/** The file of a handler without its extension: Node ends it at the first dot of its last part, Python at the last dot. */
const moduleOf = (handler: string, runtime: "node" | "python"): string => {
  const base = handler.slice(0, handler.length - path.posix.basename(handler).length)
  const last = path.posix.basename(handler)
  const dot = runtime === "node" ? last.indexOf(".") : last.lastIndexOf(".")
  const module = base + (dot < 0 ? last : last.slice(0, dot))
  return runtime === "python" ? module.replaceAll(".", "/") : module
}

/** The file that has the code of a handler, if there is one. */
const fileOf = (folder: string, handler: string, runtime: "node" | "python"): string | undefined => {
  const module = moduleOf(handler, runtime)
  const names =
    runtime === "node"
      ? NODE_EXTENSIONS.map((extension) => `${module}.${extension}`)
      : [`${module}.py`, `${module}/__init__.py`]
  return firstFile(folder, names)
}

const HANDLER_ALLOWED = "<file without extension>.<function>, such as index.handler"

const wrongHandler = (folder: string, handler: string, runtime: Runtime | undefined): string => {
  if (!/^[^.]+\.[^.]|[^.]\.[^.]/.test(handler)) {
    return `--handler: found ${JSON.stringify(handler)}; allowed: ${HANDLER_ALLOWED}`
  }
  const files = [
    ...(runtime === "python" ? [] : NODE_EXTENSIONS.map((each) => `${moduleOf(handler, "node")}.${each}`)),
    ...(runtime === "node" ? [] : [`${moduleOf(handler, "python")}.py`]),
  ]
  return `--handler ${handler}: found none of ${files.join(", ")} in ${folder}${typeScriptHint(folder, handler)}`
}

const typeScriptHint = (folder: string, handler = "index.handler"): string => {
  const module = moduleOf(handler, "node")
  const isTypeScript = [`${module}.ts`, `${module}.mts`].some((name) => existsSync(path.join(folder, name)))
  return isTypeScript ? "; there is TypeScript: build it, and give the folder of the JavaScript" : ""
}

interface Chosen {
  readonly handler: string
  readonly runtime: Runtime
  readonly assumed: ReadonlyArray<string>
}

/** Handler and runtime as the command line says, completed by what is in the folder. */
const choose = (folder: string, { handler, runtime }: TargetOptions): Result.Result<Chosen, string> => {
  const bootstrap = isFile(path.join(folder, BOOTSTRAP))
  if (runtime === "provided") {
    return bootstrap
      ? Result.succeed({ handler: handler ?? "function.handler", runtime, assumed: [] })
      : Result.fail(`--runtime provided: found no file ${BOOTSTRAP} in ${folder}`)
  }
  if (handler !== undefined) {
    const kinds = runtime === undefined ? (["node", "python"] as const) : [runtime]
    for (const kind of kinds) {
      const file = fileOf(folder, handler, kind)
      if (file === undefined || !handler.includes(".")) continue
      const assumed = runtime === undefined ? [`--runtime ${kind}, as there is ${path.basename(file)}`] : []
      return Result.succeed({ handler, runtime: kind, assumed })
    }
    if (runtime === undefined && bootstrap) {
      return Result.succeed({
        handler,
        runtime: "provided",
        assumed: [`--runtime provided, as there is ${BOOTSTRAP}`],
      })
    }
    return Result.fail(wrongHandler(folder, handler, runtime))
  }
  const found = findHandlers(folder).filter((each) => runtime === undefined || each.runtime === runtime)
  const [first, ...others] = found
  if (first !== undefined) {
    const also = others.length === 0 ? "" : ` (there are also ${others.map((each) => each.file).join(", ")})`
    const what =
      runtime === undefined
        ? `--runtime ${first.runtime} --handler ${first.handler}`
        : `--handler ${first.handler}`
    return Result.succeed({ ...first, assumed: [`${what}, from ${first.file}${also}`] })
  }
  if (bootstrap && runtime === undefined) {
    const assumed = [`--runtime provided, as there is ${BOOTSTRAP}`]
    return Result.succeed({ handler: "function.handler", runtime: "provided", assumed })
  }
  const looked = MODULES.join(", ")
  return Result.fail(
    `found no function in ${folder}: looked for a function "handler" in ${looked} ` +
      `(.${[...NODE_EXTENSIONS, "py"].join(", .")}), and for a file ${BOOTSTRAP}. ` +
      `--function names its folder, --handler the function in it: ${HANDLER_ALLOWED}${typeScriptHint(folder)}`,
  )
}

const ALLOWED_CONFIG = `a config.yaml. To make a first one: ${FIRST_FILE}`

const ALLOWED_FILES = {
  "--config": ALLOWED_CONFIG,
  CACHE_EXTENSION_CONFIG: `${ALLOWED_CONFIG}; --config wins over this variable`,
  "--seed": "a seed file. Without the flag there are made-up values, printed as a seed file to save",
  "--event": "a file with JSON",
} as const

/** A file that the command line names must be there; otherwise one of the usual names may be. */
export const chooseFile = (
  option: "--config" | "CACHE_EXTENSION_CONFIG" | "--seed" | "--event",
  given: string | undefined,
  folders: ReadonlyArray<string>,
): Result.Result<{ readonly file: string | undefined; readonly assumed: ReadonlyArray<string> }, string> => {
  if (given !== undefined) {
    const file = path.resolve(given)
    return isFile(file)
      ? Result.succeed({ file, assumed: [] })
      : Result.fail(
          `${option} ${given}: found ${existsSync(file) ? "no regular file" : "nothing"} at this path; allowed: ${ALLOWED_FILES[option]}`,
        )
  }
  const names = option === "--seed" ? SEED_NAMES : CONFIG_NAMES
  const file = folders.map((folder) => firstFile(folder, names)).find((each) => each !== undefined)
  return Result.succeed({ file, assumed: file === undefined ? [] : [`${option} ${shown(file)}`] })
}

/** config.yaml: the given one, else that of the extension's own variable, else the one in a folder. */
export const chooseConfig = (
  given: string | undefined,
  folders: ReadonlyArray<string>,
  env: Readonly<Record<string, string | undefined>> = process.env,
) => {
  const variable = env["CACHE_EXTENSION_CONFIG"] || undefined
  return given === undefined && variable !== undefined
    ? chooseFile("CACHE_EXTENSION_CONFIG", variable, folders)
    : chooseFile("--config", given, folders)
}

/** A path as a message shows it: relative to the working directory if it is in there. */
export const shown = (file: string): string => {
  const relative = path.relative("", file)
  return relative === "" ? "." : relative.startsWith("..") ? file : relative
}

/** Finds out what to run. Fails with a sentence that says what is wrong. */
export const findTarget = (options: TargetOptions): Result.Result<Target, string> =>
  Result.gen(function* () {
    const given = options.function ?? "."
    const taskRoot = path.resolve(given)
    const stats = statSync(taskRoot, { throwIfNoEntry: false })
    if (stats === undefined) return yield* Result.fail(`--function ${given}: found nothing at this path`)
    if (!stats.isDirectory()) {
      return yield* Result.fail(
        `--function ${given}: found a file; allowed: the folder of the function's code, with --handler ${HANDLER_ALLOWED}`,
      )
    }
    const chosen = yield* choose(taskRoot, options)
    const config = yield* chooseConfig(options.config, [taskRoot])
    const beside = config.file === undefined ? [] : [path.dirname(config.file)]
    const seed = yield* chooseFile("--seed", options.seed, [taskRoot, ...beside])
    const here = options.function === undefined ? [`--function ${shown(taskRoot)}`] : []
    return {
      taskRoot,
      handler: chosen.handler,
      runtime: chosen.runtime,
      config: config.file,
      seed: seed.file,
      assumed: [...here, ...chosen.assumed, ...config.assumed, ...seed.assumed],
    }
  })
