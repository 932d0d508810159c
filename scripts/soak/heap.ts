// The live heap of the extension under test: the objects that are left after a forced collection. Unlike the memory of the
// process it does not depend on when the runtime collects, so a leak of a few bytes a request shows in minutes.
//
// soak/probe.cjs collects and measures inside the process. Node loads it by NODE_OPTIONS, which the launcher takes from
// CACHE_EXTENSION_NODE_OPTIONS. Bun loads it by BUN_OPTIONS, which the launcher removes, so a script around the executable in
// the soak's copy sets that variable again.
import * as Effect from "effect/Effect"
import { chmodSync, copyFileSync, existsSync, renameSync, writeFileSync } from "node:fs"
import http from "node:http"
import path from "node:path"

const PROBE = path.join(import.meta.dirname, "probe.cjs")
const BYTES_PER_MB = 1_048_576

export interface Probe {
  /** For the environment of the extension. */
  readonly environment: Readonly<Record<string, string>>
  /** Collects all garbage of the process and returns what is left, in MB. */
  readonly liveHeap: Effect.Effect<number>
}

const wrapExecutable = (executable: string): void => {
  if (!existsSync(executable)) return
  renameSync(executable, `${executable}.original`)
  writeFileSync(executable, '#!/bin/sh\nBUN_OPTIONS=$SOAK_BUN_OPTIONS exec "$0.original" "$@"\n')
  chmodSync(executable, 0o755)
}

const get = (socketPath: string): Effect.Effect<string, Error> =>
  Effect.callback((resume) => {
    const request = http.get({ socketPath, path: "/" }, (response) => {
      let text = ""
      response.on("data", (chunk: Buffer) => (text += chunk.toString()))
      response.once("error", (error) => resume(Effect.fail(error)))
      response.once("end", () => resume(Effect.succeed(text)))
    })
    request.once("error", (error) => resume(Effect.fail(error)))
    return Effect.sync(() => request.destroy())
  })

/** Prepares a copy of an artifact, as it lies in /opt. `work` is a folder of the soak's own. */
export const installProbe = (opt: string, work: string): Probe => {
  wrapExecutable(path.join(opt, "cache-extension/cache-extension"))
  const probe = path.join(work, "probe.cjs")
  copyFileSync(PROBE, probe)
  const socket = path.join(work, "probe.sock")
  return {
    environment: {
      SOAK_PROBE: socket,
      // In quotes, because the path may contain spaces.
      SOAK_BUN_OPTIONS: `"--preload=${probe}"`,
      CACHE_EXTENSION_NODE_OPTIONS: `"--require=${probe}"`,
    },
    liveHeap: Effect.map(Effect.orDie(get(socket)), (bytes) => Number(bytes) / BYTES_PER_MB),
  }
}
