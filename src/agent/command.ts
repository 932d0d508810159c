/**
 * The arguments of the program, after the name that the launcher passes: what an agent is to do. Lambda gives none. Pure.
 */
import { cut } from "../config/yaml/ConfigInvalid.ts"

export type Command =
  | { readonly _tag: "Serve" }
  | { readonly _tag: "Probe"; readonly path: "/health" | "/ready" }
  | { readonly _tag: "Help" }
  | { readonly _tag: "Wrong"; readonly message: string }

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["serve", { _tag: "Serve" }],
  ["health", { _tag: "Probe", path: "/health" }],
  ["ready", { _tag: "Probe", path: "/ready" }],
  ["help", { _tag: "Help" }],
  ["--help", { _tag: "Help" }],
])

const ALLOWED = "serve, health, ready, help"

export const USAGE = `Serves parameters, secrets, items, configurations, objects, SQL results and the content of URLs to programs beside it. Docs: docs/agent.md

cache-extension [serve]  serve until SIGTERM; without an argument only outside of Lambda
cache-extension health   exit with 0 if the agent of this container answers, else with 1
cache-extension ready    exit with 0 if it has loaded what it was told to, else with 1
cache-extension help     this text`

/** Reads the arguments. None is `serve`. */
export const parse = (args: ReadonlyArray<string>): Command => {
  const [word = "serve", ...more] = args
  const command = COMMANDS.get(word)
  if (command !== undefined && more.length === 0) return command
  const found = cut(JSON.stringify(args.join(" ")))
  return { _tag: "Wrong", message: `found the argument ${found}; allowed: ${ALLOWED}, or none` }
}
