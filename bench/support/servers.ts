/**
 * The servers of the warm bench: extensions that have loaded their entries and wait for an event, and bare servers that
 * send the same responses.
 */
import type { ExtensionsApi } from "./extensionsApi.ts"
import { onAnswer } from "./polling.ts"
import { cpuTime, freePort, type Running, start } from "./processes.ts"
import type { Subject } from "./subjects.ts"

/** A server under load. */
export interface Server {
  readonly subject: Subject
  readonly pid: number
  readonly port: number
  /** CPU time so far, in milliseconds. */
  readonly cpuTime: () => number
  readonly kill: () => Promise<void>
}

interface Answer {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type Variables = Readonly<Record<string, string>>

/** Headers that every server adds itself. */
const OF_THE_CONNECTION = new Set(["date", "connection", "keep-alive", "content-length", "transfer-encoding"])

/** The response to a GET, without connection headers. */
export const answerOf = async (port: number, target: string): Promise<Answer> => {
  const response = await fetch(`http://127.0.0.1:${port}${target}`)
  if (!response.ok) throw new Error(`${target} was answered ${response.status}`)
  const headers = Array.from(response.headers).filter(([name]) => !OF_THE_CONNECTION.has(name))
  return { headers: Object.fromEntries(headers), body: await response.text() }
}

const orEnded = <A>(arrived: Promise<A>, subject: Subject, running: Running): Promise<A> =>
  Promise.race([
    arrived,
    running.ended.then((words) => Promise.reject(new Error(`${subject.name}: ${words}`))),
  ])

/** Starts an extension. Resolves at its first `next`. */
export const startExtension = async (
  subject: Subject,
  api: ExtensionsApi,
  variables: Variables,
): Promise<Server> => {
  const port = await freePort()
  const ready = new Promise<unknown>((resolve, reject) => {
    api.listen({ registered: () => {}, next: resolve, fault: (text) => reject(new Error(text)) })
  })
  const running = start(subject.command, { ...variables, CACHE_EXTENSION_PORT: String(port) })
  await orEnded(ready, subject, running)
  return { subject, pid: running.pid, port, cpuTime: () => cpuTime(running.pid), kill: running.kill }
}

/** Starts a bare server with one response to everything. */
export const startBare = async (subject: Subject, answer: Answer): Promise<Server> => {
  const port = await freePort()
  const running = start(subject.command, { BENCH_PORT: String(port), BENCH_ANSWER: JSON.stringify(answer) })
  const over = new AbortController()
  const ready = new Promise<unknown>((resolve, reject) => {
    onAnswer(port, over.signal, () => {}, resolve).catch(reject)
  })
  await orEnded(ready, subject, running).finally(() => over.abort())
  return { subject, pid: running.pid, port, cpuTime: () => cpuTime(running.pid), kill: running.kill }
}
