// Runs a command to its end, for the build and the command line: quietly, unless it fails.
import { spawn } from "node:child_process"
import path from "node:path"
import process from "node:process"

interface Running {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** How many lines of a failed command a message repeats. */
const MAX_LINES = 6

/** The last words of a command, in one line; of npm's without its prefix and where its log is. */
const lastWords = (stderr: string): string =>
  stderr
    .split("\n")
    .map((line) => line.replace(/^npm (?:error|ERR!) ?/, "").trim())
    .filter((line) => line !== "" && !line.includes("A complete log"))
    .slice(-MAX_LINES)
    .join("; ")

/** Rejects if the command is missing or fails, with its last words. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  { cwd, env = {}, signal }: Running,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
      ...(signal === undefined ? {} : { signal }),
    })
    const name = path.basename(command)
    let stderr = ""
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.once("error", (cause) => {
      const isMissing = "code" in cause && cause.code === "ENOENT"
      reject(isMissing ? new Error(`${name} is not on PATH`) : cause)
    })
    child.once("close", (status) => {
      if (status === 0) resolve()
      else reject(new Error(`${name} ${args[0] ?? ""} failed: ${lastWords(stderr) || `status ${status}`}`))
    })
  })
