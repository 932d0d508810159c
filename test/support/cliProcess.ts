/**
 * Runs a command line of `lambda-cache-extension` as a process with an environment of its own: for commands that read the user's
 * AWS settings. Neither a profile nor a setting of whoever runs the tests is seen.
 */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import path from "node:path"
import process from "node:process"
import { ROOT } from "../docs/markdown.ts"
import type { Outcome } from "./cli.ts"

/** Credentials for an endpoint on this machine. */
export const credentialsFor = (endpoint: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
})

/** Runs a command line. */
export const cliProcess = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
): Effect.Effect<Outcome> =>
  Effect.callback((resume, signal) => {
    const child = execFile(
      process.execPath,
      [path.join(ROOT, "cli/bin.ts"), ...args],
      {
        signal,
        env: {
          PATH: process.env["PATH"],
          AWS_CONFIG_FILE: "/nonexistent",
          AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
          AWS_EC2_METADATA_DISABLED: "true",
          ...env,
        },
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1
        resume(Effect.succeed({ code, stdout, stderr }))
      },
    )
    child.stdin?.end()
  })
