/**
 * Measures one start of a subject, from exec until it has been idle for a moment.
 */
import { setTimeout as delay } from "node:timers/promises"
import type { ExtensionsApi } from "./extensionsApi.ts"
import { onAnswer, onOpen } from "./polling.ts"
import { anonymousBytes, cpuTime, memory, start } from "./processes.ts"
import type { Subject } from "./subjects.ts"

/**
 * The figures of a start: times in milliseconds since exec, memory in MB. For a bare server, `registered` and `firstNext`
 * are the time of its first response, when `cpu` is measured as well.
 */
export interface Start {
  readonly portOpen: number
  readonly registered: number
  readonly firstNext: number
  /** CPU time of the process up to its first `next`. */
  readonly cpu: number
  readonly peakMemory: number
  readonly idleMemory: number
  /** The part of the idle memory that is no file's: heaps and stacks. */
  readonly anonymous: number
}

interface StartOptions {
  readonly api: ExtensionsApi
  readonly port: number
  /** The path and query of a value that an extension must have loaded. Otherwise the start does not count. */
  readonly probe: string
  /** Whether the value must be in memory by now. Otherwise it may come from AWS. */
  readonly preload: boolean
  /** The subject's command, or a wrapper around it. */
  readonly command: ReadonlyArray<string>
  readonly variables: Readonly<Record<string, string>>
}

/** When memory is read, in milliseconds after the first `next`. By then everything has been loaded. */
const SETTLE = 300

/** The time-out of a start. */
const TIMEOUT = 10_000

interface Moments {
  portOpen?: number
  registered?: number
  firstNext?: number
}

/** Resolves at the subject's first `next`. Rejects if it reports a fault. */
const observe = (subject: Subject, { api, port }: StartOptions, moments: Moments, signal: AbortSignal) =>
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
      api.listen({ registered, next, fault: (text) => reject(new Error(text)) })
      onOpen(port, signal, opened).catch(reject)
    }
  })

/** Errors of AWS do not stop an extension, so a start that loaded nothing would look like a fast one. */
const assertServed = async ({ port, preload, probe }: StartOptions): Promise<void> => {
  const response = await fetch(`http://127.0.0.1:${port}${probe}`)
  const status = response.headers.get("cache-status") ?? ""
  if (response.status !== 200 || status.includes("hit") !== preload)
    throw new Error(
      `${probe} was not ${preload ? "loaded" : "fetched"}: ${response.status} ${status} ${await response.text()}`,
    )
}

/** Starts, measures and kills the subject. Rejects with its output if it does not reach `next`. */
export const measureStart = async (subject: Subject, options: StartOptions): Promise<Start> => {
  const moments: Moments = {}
  const over = new AbortController()
  const running = start(options.command, options.variables)
  const failed = Promise.race([
    running.ended,
    delay(TIMEOUT, `did not get as far as its first next in ${TIMEOUT} ms`, { signal: over.signal }),
  ]).then((words) => Promise.reject(new Error(`${subject.name}: ${words}`)))
  try {
    await Promise.race([observe(subject, options, moments, over.signal), failed])
    const cpu = cpuTime(running.pid)
    await delay(SETTLE)
    const { now, peak } = memory(running.pid)
    const anonymous = anonymousBytes(running.pid) / 1e6
    if (subject.kind === "extension") await assertServed(options)
    const since = (at = Number.NaN) => at - running.startedAt
    return {
      portOpen: since(moments.portOpen),
      registered: since(moments.registered),
      firstNext: since(moments.firstNext),
      cpu,
      peakMemory: peak,
      idleMemory: now,
      anonymous,
    }
  } finally {
    failed.catch(() => {})
    over.abort()
    await running.kill()
  }
}
