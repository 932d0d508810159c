/**
 * A client with a `fetch` that the test answers, and typical responses of the extension.
 */
import { assert } from "@effect/vitest"
import { CacheExtensionError, type ClientOptions, createClient, type Fetch } from "../../client/Client.ts"

export const problem = (status: number, name: string, title: string, detail: string) => ({
  type: `urn:lambda-cache-extension:problem:${name}`,
  status,
  title,
  detail,
})

export const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } })

export const notReady = (retryAfter: Record<string, string>): Response =>
  new Response(JSON.stringify(problem(503, "not-ready", "Not ready", "it is loading")), {
    status: 503,
    headers: { "content-type": "application/problem+json", ...retryAfter },
  })

export const refused = (): Error =>
  new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:4000") })

export type Step = (init: Parameters<Fetch>[1]) => Response | Error

/** A client whose requests are answered by the steps in order, the last one repeatedly; and the sent requests. */
export const clientOver = (steps: ReadonlyArray<Step>, options: ClientOptions = {}) => {
  const sent: Array<{ readonly url: string; readonly method: string; readonly headers: object }> = []
  const fetch: Fetch = async (url, init) => {
    const step = steps[Math.min(sent.length, steps.length - 1)]
    sent.push({ url, method: init.method, headers: init.headers })
    const answer = step?.(init) ?? refused()
    if (answer instanceof Error) throw answer
    return answer
  }
  return { client: createClient({ port: 4000, token: "", fetch, ...options }), sent }
}

/** The error of a call that fails. */
export const failureOf = (call: Promise<unknown>): Promise<CacheExtensionError> =>
  call.then(
    (value) => Promise.reject(new Error(`it succeeded with ${JSON.stringify(value)}`)),
    (error: unknown) => {
      assert.instanceOf(error, CacheExtensionError)
      return error
    },
  )
