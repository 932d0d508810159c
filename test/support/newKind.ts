/**
 * The project with one kind more: a copy of its sources, with the folder of a fixture and its line in `kinds.ts`. What
 * is left out of each file of the folder is a variant beside it, so that one run of the compiler shows all of them.
 */
import { execFile } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import process from "node:process"
import { Effect } from "effect"

const ROOT = path.resolve(import.meta.dirname, "../..")
const FIXTURE = path.join(ROOT, "test/kinds/fixtures/toys")
const COPIED = ["src", "client", "scripts", "cli", "local", "observability", "schema", "docs", "package.json"]

/** What must be left out to be missed: the members of a file's object that are required. */
const REQUIRED: Readonly<Record<string, ReadonlyArray<string>>> = {
  "index.ts": ["kind", "service", "section", "query", "isSecret", "contract", "fetch"],
  "section.ts": ["kind", "description", "item", "rules", "drafts"],
  "query.ts": ["longestName", "selectors"],
  "contract.ts": ["id", "plural", "title", "name", "selectors", "answer", "permissions", "grants"],
  "fetch/toys.ts": ["kind", "batchSize", "groupOf", "fetch"],
}

/** A line in `kinds.ts` for each kind, and its import. */
const withToys = (registry: string): string =>
  registry
    .replace(/^import \{ secrets \}.*\n/m, (line) => `${line}import { toys } from "./toys/index.ts"\n`)
    .replace(/^ {2}appconfig,\n/m, (line) => `${line}  toys,\n`)

/** A text without a member of what it exports last. */
const without = (member: string, text: string): string => {
  const lines = text.split("\n")
  const start = lines.findLastIndex((line) => line.startsWith("export const "))
  const first = lines.findIndex((line, at) => at > start && new RegExp(`^ {2}${member}[:,]`).test(line))
  if (first < 0) throw new Error(`there is no ${member}`)
  const next = lines.findIndex((line, at) => at > first && /^(?: {2}\w|\})/.test(line))
  return lines.toSpliced(first, next - first).join("\n")
}

/** A use of the client that the kind's own types allow, and one that they do not. */
const CLIENT = `import { createClient } from "./Client.ts"

const client = createClient()
export const toy: Promise<string> = client.get("toys", "ball", { colour: "blue" })
// @ts-expect-error -- a toy has a colour, no version
export const version = client.get("toys", "ball", { version: 3 })
`

const write = (folder: string, file: string, text: string) => writeFileSync(path.join(folder, file), text)

const read = (folder: string, file: string) => readFileSync(path.join(folder, file), "utf8")

/** The files that lack something. */
const addVariants = (folder: string): ReadonlyArray<string> => {
  const variants = Object.entries(REQUIRED).flatMap(([name, members]) =>
    members.map((member) => {
      const file = `src/kinds/toys/${name.replace(/(\w+)\.ts$/, `$1-without-${member}.ts`)}`
      write(folder, file, without(member, read(folder, `src/kinds/toys/${name}`)))
      return file
    }),
  )
  const registry = read(folder, "src/kinds/kinds.ts")
  write(folder, "src/kinds/kinds-without-toys.ts", registry.replace(/^.*\btoys\b.*\n/gm, ""))
  const contract = read(folder, "src/kinds/toys/contract.ts")
  const colourless = contract.replace(/selectors: \{.*\}/, "selectors: {}")
  write(folder, "src/kinds/toys/contract-without-colour.ts", colourless)
  return [...variants, "src/kinds/kinds-without-toys.ts", "src/kinds/toys/contract-without-colour.ts"]
}

/** A copy in a folder of its own, which goes with the scope. */
export const copyWithToys = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(path.join(tmpdir(), "new-kind-"))
    for (const name of COPIED) cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true })
    symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"))
    cpSync(FIXTURE, path.join(folder, "src/kinds/toys"), { recursive: true })
    write(folder, "src/kinds/kinds.ts", withToys(read(folder, "src/kinds/kinds.ts")))
    write(folder, "client/usesToys.ts", CLIENT)
    const { compilerOptions } = JSON.parse(read(ROOT, "tsconfig.json")) as Readonly<Record<string, object>>
    write(folder, "tsconfig.json", JSON.stringify({ compilerOptions, include: ["src", "client"] }))
    return { folder, variants: addVariants(folder), read: (file: string) => read(folder, file) }
  }),
  ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

/** Runs a script of the copy; gives what it prints, whatever its exit code is. */
export const runIn = (folder: string, script: string): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const args = [path.join(folder, "scripts/node.mjs"), script]
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 24 }, (_error, stdout, stderr) =>
      resume(Effect.succeed(stdout + stderr)),
    )
  })
