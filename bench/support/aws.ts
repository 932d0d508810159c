/**
 * Starts `awsServer.ts` as a child process.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import path from "node:path"
import type { Certificate } from "./certificates.ts"

export interface Aws {
  /** AWS_ENDPOINT_URL. */
  readonly endpoint: string
  readonly pid: number
  readonly stop: () => void
}

interface AwsOptions {
  /** How long each call takes, in milliseconds. */
  readonly latency: number
  /** Default: plain HTTP. */
  readonly certificate?: Certificate | undefined
}

export const startAws = async ({ certificate, latency }: AwsOptions): Promise<Aws> => {
  const files = certificate === undefined ? [] : [certificate.key, certificate.certificate]
  const child = fork(path.join(import.meta.dirname, "awsServer.ts"), [String(latency), ...files])
  const [port] = (await once(child, "message")) as [number]
  return {
    endpoint: `${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    stop: () => child.disconnect(),
  }
}
