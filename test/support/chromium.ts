/**
 * Runs headless Chromium, if it is installed, and returns what it shows for a URL. Each run has a fresh profile and makes
 * no requests of its own.
 */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { folderOf } from "./lambda.ts"

const OPTIONS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-logging=stderr",
]

const run = promisify(execFile)

/** What a browser made of a URL: the document after its scripts ran, and what the console said. */
interface Shown {
  readonly dom: string
  readonly console: string
}

/** Opens a URL as a person would who typed it. */
export const show = Effect.fnUntraced(function* (url: string) {
  const profile = yield* folderOf({})
  const { stderr, stdout } = yield* Effect.promise(() =>
    run("chromium", [...OPTIONS, `--user-data-dir=${profile}`, "--dump-dom", url]),
  )
  const shown: Shown = { dom: stdout, console: stderr }
  return shown
})
