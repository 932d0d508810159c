/**
 * A command `aws` for tests of the deploy script: writes down each call, and answers from a table.
 *
 * An answer is looked up by the first two words (`lambda invoke`); what is not in the table answers with nothing. An
 * answer that starts with `!` is a failure with that message, as the AWS CLI fails.
 */
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { Effect, type Scope } from "effect"
import { temporaryFolder } from "../support/lambda.ts"
import { SAM } from "./template.ts"

/** In the list of calls each argument is a line, and each call ends with an empty one. */
const script = (folder: string): string => `#!/bin/sh
{ for argument in "$@"; do printf '%s\\n' "$argument"; done; echo; } >> "${folder}/calls"
[ "$2" != invoke ] || for argument in "$@"; do case $argument in */answer) printf '%s' '{"ok":true}' > "$argument" ;; fileb://*) cat "\${argument#fileb://}" > "${folder}/payload" ;; esac; done
answer="${folder}/answers/$1-$2"
[ "$1 $2" != "lambda get-function-configuration" ] || case "$*" in *Layers*) answer="$answer-layers" ;; esac
[ -f "$answer" ] || exit 0
case "$(cat "$answer")" in !*) cut -c2- "$answer" >&2; exit 254 ;; *) cat "$answer" ;; esac
`

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** The arguments of each call of `aws`, in order. */
  readonly calls: ReadonlyArray<ReadonlyArray<string>>
  /** What the function was invoked with. */
  readonly payload: string | undefined
}

export interface Setting {
  /** Replies by the first two words of a call, with a dash between them. */
  readonly answers?: Readonly<Record<string, string>>
  /** Size in bytes of each archive in dist/ by its kind; a kind that is not here has none. */
  readonly archives?: Readonly<Record<string, number>>
  /** Other commands on PATH: name to script. */
  readonly commands?: Readonly<Record<string, string>>
  /** Whether there is an `aws` at all. Default true. */
  readonly hasAws?: boolean
}

/** The tools of any machine that the script uses. */
const TOOLS = ["sh", "cat", "cut", "dirname", "mktemp", "rm", "wc", "tr", "cksum", "base64", "zip"]

const which = (tool: string): string =>
  spawnSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout.trim()

const write = (file: string, text: string, mode = 0o644): void => {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
}

/** A repository with the real sam/ and these archives in dist/, in bytes by kind; its path has a blank in it. */
export const repositoryIn = (folder: string, archives: Readonly<Record<string, number>>): string => {
  const root = path.join(folder, "my clone")
  mkdirSync(path.join(root, "node_modules"), { recursive: true })
  mkdirSync(path.join(root, "dist"))
  symlinkSync(SAM, path.join(root, "sam"))
  for (const [kind, bytes] of Object.entries(archives)) {
    write(path.join(root, `dist/cache-extension-${kind}.zip`), "x".repeat(bytes))
  }
  return root
}

/** Runs the deploy script of a repository of the test's own, with nothing on PATH but what the setting says. */
export const deploy = (
  args: ReadonlyArray<string>,
  { answers = {}, archives = {}, commands = {}, hasAws = true }: Setting = {},
): Effect.Effect<Outcome, never, Scope.Scope> =>
  Effect.map(temporaryFolder, (folder) => {
    const bin = path.join(folder, "bin")
    mkdirSync(bin)
    const root = repositoryIn(folder, archives)
    for (const tool of TOOLS) symlinkSync(which(tool), path.join(bin, tool))
    if (hasAws) write(path.join(bin, "aws"), script(folder), 0o755)
    for (const [name, text] of Object.entries(commands)) write(path.join(bin, name), text, 0o755)
    for (const [name, text] of Object.entries(answers)) write(path.join(folder, "answers", name), text)
    const { status, stderr, stdout } = spawnSync(path.join(root, "sam/deploy-with-aws-cli.sh"), args, {
      encoding: "utf8",
      env: { PATH: bin, TMPDIR: os.tmpdir() },
    })
    const read = (name: string): string | undefined => {
      const file = path.join(folder, name)
      return existsSync(file) ? readFileSync(file, "utf8") : undefined
    }
    const calls = (read("calls") ?? "")
      .split("\n\n")
      .filter((call) => call !== "")
      .map((call) => call.split("\n"))
    return { status, stdout, stderr, calls, payload: read("payload") }
  })
