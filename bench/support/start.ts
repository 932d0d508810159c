/**
 * Measures one start of a subject: from exec until it is idle, then its first reads, then a load.
 */
import { setTimeout as delay } from "node:timers/promises"
import type { ExtensionsApi } from "./extensionsApi.ts"
import { onAnswer, onOpen } from "./polling.ts"
import { anonymousBytes, cpuTime, memory, start } from "./processes.ts"
import { type Read, read } from "./reads.ts"
import type { Subject } from "./subjects.ts"

/** Resident memory in MB (10^6 bytes). */
export interface Footprint {
  /** Heaps and stacks: what belongs to no file. */
  readonly anonymous: number
  /** With the pages of files. */
  readonly resident: number
  readonly peak: number
}

/**
 * The figures of a start: times in milliseconds since exec. For a bare server, `registered` and `firstNext` are the time of
 * its first response, when `cpu` is measured as well, and there are no reads.
 */
export interface Start {
  readonly portOpen: number
  readonly registered: number
  readonly firstNext: number
  /** CPU time of the process up to its first `next`. */
  readonly cpu: number
  /** CPU time until it is idle: `cpu`, and what was put off until after the first `next`. */
  readonly cpuToIdle: number
  readonly idle: Footprint
  /** How long a read took that was sent at `register`. */
  readonly earlyRead: number | undefined
  /** How long the first read after that took: from AWS, or from memory after a preload. */
  readonly firstRead: number | undefined
  /** How long the second read of the same value took. */
  readonly secondRead: number | undefined
  readonly loaded: Footprint | undefined
}

interface StartOptions {
  readonly api: ExtensionsApi
  readonly port: number
  /** The path and query of the value that is read twice. */
  readonly probe: string
  /** That of another value, which is read as soon as the subject has registered. */
  readonly early: string | undefined
  /** Whether the value must be in memory before it is read. Otherwise it must come from AWS. */
  readonly preload: boolean
  /** Puts the port under load. */
  readonly load: ((port: number) => Promise<void>) | undefined
  /** The subject's command, or a wrapper around it. */
  readonly command: ReadonlyArray<string>
  readonly variables: Readonly<Record<string, string>>
}

/** When a subject counts as idle, in milliseconds after the first `next`. By then everything has been loaded. */
const SETTLE = 300

/** The time-out of a start, in milliseconds. The Go program loads the large workload name by name, in 5 seconds. */
const TIMEOUT = 30_000

interface Moments {
  portOpen?: number
  registered?: number
  firstNext?: number
}

/** Resolves at the subject's first `next`. Rejects if it reports a fault. */
const observe = (
  subject: Subject,
  { api, port }: StartOptions,
  moments: Moments,
  signal: AbortSignal,
  whenRegistered: () => void,
) =>
  new Promise<void>((resolve, reject) => {
    const note = (moment: keyof Moments) => (at: number) => {
      moments[moment] ??= at
      if (moments.portOpen !== undefined && moments.firstNext !== undefined) resolve()
    }
    const opened = note("portOpen")
    const registered = note("registered")
    const next = note("firstNext")
    if (subject.kind === "bare") {
      const answered = (at: number) => (registered(at), next(at))
      onAnswer(port, signal, opened, answered).catch(reject)
    } else {
      const fault = (text: string) => reject(new Error(text))
      api.listen({ registered: (at) => (registered(at), whenRegistered()), next, fault })
      onOpen(port, signal, opened).catch(reject)
    }
  })

/**
 * Errors of AWS do not stop an extension, so a start that loaded nothing would look like a fast one. The Go program answers
 * 200 in any case, and does not say where a value is from.
 */
const assertServed = (subject: Subject, target: string, { text }: Read, hit: boolean): void => {
  const [head = "", body = ""] = text.split("\r\n\r\n")
  const status = /^cache-status: (.*)/im.exec(head)?.[1] ?? ""
  const served =
    head.startsWith("HTTP/1.1 200") &&
    (subject.kind === "original" ? body !== "No data found" : status.includes("hit") === hit)
  if (!served) throw new Error(`${subject.name}: ${target} was not ${hit ? "in memory" : "fetched"}: ${text}`)
}

const footprint = (pid: number): Footprint => {
  const { now, peak } = memory(pid)
  return { anonymous: anonymousBytes(pid) / 1e6, resident: now, peak }
}

/** Starts, measures and kills the subject. Rejects with its output if it does not reach `next`. */
export const measureStart = async (subject: Subject, options: StartOptions): Promise<Start> => {
  const { early, load, port, preload, probe } = options
  const moments: Moments = {}
  const over = new AbortController()
  const running = start(options.command, options.variables)
  const failed = Promise.race([
    running.ended,
    delay(TIMEOUT, `did not get as far as its first next in ${TIMEOUT} ms`, { signal: over.signal }),
  ]).then((words) => Promise.reject(new Error(`${subject.name}: ${words}`)))
  const readOnce = async (target: string, hit: boolean): Promise<number> => {
    const result = await Promise.race([read(port, target, over.signal), failed])
    assertServed(subject, target, result, hit)
    return result.took
  }
  try {
    let earlyRead: Promise<number> | undefined
    const whenRegistered = () => {
      if (early !== undefined) earlyRead = readOnce(early, false)
    }
    await Promise.race([observe(subject, options, moments, over.signal, whenRegistered), failed])
    const cpu = cpuTime(running.pid)
    await delay(SETTLE)
    const cpuToIdle = cpuTime(running.pid)
    const idle = footprint(running.pid)
    const reads = subject.kind !== "bare"
    const firstRead = reads ? await readOnce(probe, preload) : undefined
    const secondRead = reads ? await readOnce(probe, true) : undefined
    if (reads) await load?.(port)
    const since = (at = Number.NaN) => at - running.startedAt
    return {
      portOpen: since(moments.portOpen),
      registered: since(moments.registered),
      firstNext: since(moments.firstNext),
      cpu,
      cpuToIdle,
      idle,
      earlyRead: await earlyRead,
      firstRead,
      secondRead,
      loaded: reads && load !== undefined ? footprint(running.pid) : undefined,
    }
  } finally {
    failed.catch(() => {})
    over.abort()
    await running.kill()
  }
}
