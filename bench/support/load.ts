/**
 * Runs the load generator (`bench/load.ts`) on Bun.
 */
import { execFile } from "node:child_process"
import path from "node:path"
import { promisify } from "node:util"
import type { Load } from "../load.ts"

const run = promisify(execFile)
const GENERATOR = path.join(import.meta.dirname, "../load.ts")

interface LoadOptions {
  readonly port: number
  /** The path and query of what is read. */
  readonly path: string
  readonly connections: number | string
  readonly seconds: number | string
  readonly cacheControl?: string
}

export const loadFrom = async (bun: string, options: LoadOptions): Promise<Load> => {
  const { cacheControl = "", connections, path, port, seconds } = options
  const { stdout } = await run(bun, [
    GENERATOR,
    `--port=${port}`,
    `--path=${path}`,
    `--connections=${connections}`,
    `--seconds=${seconds}`,
    `--cache-control=${cacheControl}`,
  ])
  return JSON.parse(stdout) as Load
}
