/**
 * Calls the AWS CLI, which brings its own credentials and region. With `--dry-run` it prints the calls that change or cost
 * something, and makes none.
 */
import { spawnSync } from "node:child_process"

export interface AwsCli {
  /** Makes a call and returns what it prints as JSON, or an empty object. Throws with what the CLI says if it fails. */
  readonly call: (words: string, options?: ReadonlyArray<string>) => unknown
  readonly isDry: boolean
}

/** Shell quoting for what `--dry-run` prints. */
const quoted = (word: string): string =>
  /^[\w./:=,@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

export const makeAwsCli = (isDry: boolean, print: (line: string) => void): AwsCli => ({
  isDry,
  call: (words, options = []) => {
    const args = [...words.split(" "), ...options]
    if (isDry) {
      print(["aws", ...args].map(quoted).join(" "))
      return {}
    }
    const { error, status, stderr, stdout } = spawnSync("aws", [...args, "--output", "json"], {
      encoding: "utf8",
      maxBuffer: 64 * 1_048_576,
    })
    if (error !== undefined) throw new Error(`the AWS CLI cannot be run: ${error.message}`)
    if (status !== 0) throw new Error(`aws ${words}: ${stderr.trim()}`)
    return stdout.trim() === "" ? {} : (JSON.parse(stdout) as unknown)
  },
})

/** A text member of a reply. In a dry run there is none, and its name stands for it. */
export const textIn = ({ isDry }: AwsCli, reply: unknown, ...path: ReadonlyArray<string>): string => {
  if (isDry) return `<${path.at(-1)}>`
  const found = path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Readonly<Record<string, unknown>>)[key]
        : undefined,
    reply,
  )
  if (typeof found !== "string" && typeof found !== "number")
    throw new Error(`the AWS CLI printed no ${path.join(".")}`)
  return String(found)
}
