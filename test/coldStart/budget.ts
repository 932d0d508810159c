/**
 * The budget of a cold start, read from `budget.txt`: which modules each artifact may evaluate before it sends `register`, its
 * first `next` without a load at start-up, and its first `next` after a load.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import type { HostName } from "../../scripts/bundle.ts"
import type { Instrumented, Note } from "../../scripts/instrument.ts"

export const PHASES = ["before register", "before a lazy next", "before a preloaded next"] as const
export type Phase = (typeof PHASES)[number]

interface Line {
  readonly module: string
  readonly phase: Phase
  readonly hosts: ReadonlyArray<HostName>
}

const HOSTS: Readonly<Record<string, ReadonlyArray<HostName>>> = {
  "both artifacts": ["bun", "node"],
  standalone: ["bun"],
  "Node layer": ["node"],
}
const HEADING = /^== (?<phase>[^,]+), (?<hosts>[^:]+): (?<why>.{20,})$/

/** Parses the budget. Each group of modules has a heading that says when, where and why they are evaluated. */
export const parseBudget = (text: string): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  let group: Omit<Line, "module"> | undefined
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue
    if (!line.startsWith("==")) {
      if (group === undefined) throw new Error(`${line} is in no group`)
      lines.push({ module: line, ...group })
      continue
    }
    const { hosts: named = "", phase: at = "" } = HEADING.exec(line)?.groups ?? {}
    const [hosts, phase] = [HOSTS[named], PHASES.find((known) => known === at)]
    if (hosts === undefined || phase === undefined)
      throw new Error(`not "== <phase>, <hosts>: <at least 20 characters of why>": ${line}`)
    group = { hosts, phase }
  }
  return lines
}

export const FILE = path.join(import.meta.dirname, "budget.txt")
export const BUDGET = parseBudget(readFileSync(FILE, "utf8"))

/** The modules that a host may evaluate in a phase, those of earlier phases included. */
export const allowed = (budget: ReadonlyArray<Line>, host: HostName, phase: Phase): ReadonlySet<string> =>
  new Set(
    budget
      .filter((line) => line.hosts.includes(host) && PHASES.indexOf(line.phase) <= PHASES.indexOf(phase))
      .map(({ module }) => module),
  )

/** What was evaluated until the call: modules, and what the program used of the runtime, each with the file that used it. */
export const evaluated = (
  notes: ReadonlyArray<Note>,
  { modules }: Pick<Instrumented, "modules">,
  until: "register" | "event/next",
): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  const files: Array<string> = []
  for (const [what, name] of notes) {
    if (what === "call" && name === until) return found
    if (what === "in") files.push(name)
    if (what === "out") files.pop()
    const file = files.at(-1) ?? "code that ran later"
    const names = what === "in" ? (modules.get(name) ?? []) : what === "use" ? [name] : []
    for (const module of names) if (!found.has(module)) found.set(module, file)
  }
  throw new Error(`the program did not call ${until}`)
}

/** The shortest chain of static imports that leads to a module from one of the budget, else from a module that is imported lazily. */
export const chainTo = (
  module: string,
  importers: Instrumented["importers"],
  isAllowed: (module: string) => boolean,
): ReadonlyArray<string> => {
  const seen = new Set([module])
  const chains: Array<ReadonlyArray<string>> = [[module]]
  let lazy: ReadonlyArray<string> | undefined
  for (const chain of chains) {
    const [first = module] = chain
    if (isAllowed(first)) return chain
    const above = importers.get(first) ?? []
    if (above.length === 0) lazy ??= chain
    for (const importer of above) {
      if (seen.has(importer)) continue
      seen.add(importer)
      chains.push([importer, ...chain])
    }
  }
  return lazy ?? [module]
}

/** How the modules that a host evaluates differ from the budget. */
export interface Difference {
  readonly host: HostName
  readonly phase: Phase
  readonly joined: ReadonlyArray<string>
  readonly left: ReadonlyArray<string>
}

const NAMES: Readonly<Record<HostName, string>> = { bun: "standalone", node: "Node layer" }

/** The text of the budget after a difference: what joined is in a group whose reason is still to be written. */
export const rewritten = (text: string, { host, joined, left, phase }: Difference): string => {
  let group: ReadonlyArray<HostName> = []
  const kept = text.split("\n").filter((line) => {
    if (line.startsWith("==")) group = HOSTS[HEADING.exec(line)?.groups?.["hosts"] ?? ""] ?? []
    return !(left.includes(line) && group.includes(host))
  })
  const added = joined.length === 0 ? [] : [`== ${phase}, ${NAMES[host]}: ?`, ...joined, ""]
  return [...kept, ...added].join("\n")
}
