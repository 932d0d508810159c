/**
 * Runs an instrumented program (`scripts/instrument.ts`) up to its first `next` and returns what it noted.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import path from "node:path"
import { text } from "node:stream/consumers"
import { setTimeout as delay } from "node:timers/promises"
import { ROOT } from "../../scripts/bundle.ts"
import { NOTES, type Note } from "../../scripts/instrument.ts"
import type { ExtensionsApi } from "./extensionsApi.ts"
import { freePort, lambdaVariables } from "./processes.ts"

interface Start {
  readonly api: ExtensionsApi
  /** AWS_ENDPOINT_URL. */
  readonly awsEndpoint: string
  readonly command: ReadonlyArray<string>
  /** CACHE_EXTENSION_INIT_STARTUP. */
  readonly preload: boolean
  /** How long the program runs after its first `next`, in milliseconds. */
  readonly settle: number
}

/** The notes of one start with the demo's configuration. A fault that the program reports fails it. */
export const notesOf = async ({
  api,
  awsEndpoint,
  command,
  preload,
  settle,
}: Start): Promise<ReadonlyArray<Note>> => {
  const next = new Promise<void>((resolve, reject) =>
    api.listen({
      registered: () => {},
      next: () => resolve(),
      fault: (said) => reject(new Error(said)),
    }),
  )
  const [file = "", ...args] = command
  const child = spawn(file, [...args, "cache-extension"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...lambdaVariables(api.address, awsEndpoint),
      CACHE_EXTENSION_CONFIG: path.join(ROOT, "example/config.yaml"),
      CACHE_EXTENSION_INIT_STARTUP: String(preload),
      CACHE_EXTENSION_PORT: String(await freePort()),
    },
  })
  const printed = text(child.stdout)
  const ended = once(child, "exit")
  await Promise.race([next, ended])
  await delay(settle)
  child.kill("SIGTERM")
  await ended
  const line = (await printed).split("\n").find((words) => words.startsWith(NOTES))
  if (line === undefined) throw new Error(`no notes, only: ${await printed}`)
  return JSON.parse(line.slice(NOTES.length)) as ReadonlyArray<Note>
}
