// Sends generated inputs and checks the responses.
import * as Effect from "effect/Effect"
import type http from "node:http"
import { MALFORMED_STATUSES } from "../../src/http/api/openapi.ts"
import { faultsOf, operations } from "../../test/support/contract.ts"
import { type Answer, ask, connect } from "../../test/support/extensionHttp.ts"
import type { Transmission } from "./bytes.ts"
import type { FuzzRequest } from "./arbitraries.ts"

/** The broken promises, one per line. */
export type Faults = ReadonlyArray<string>

/** Responses by status. */
export type Statuses = Map<number, number>

/** The limit for a request or a connection. Reads have a budget of 250 ms. */
const BOUND = "10 seconds"

const OVER_BOUND: Faults = [`no end within ${BOUND}`]

/** A request of at least this length, in bytes, may be refused by closing the connection while it is being sent. */
const LARGE = 12_000

const count = (statuses: Statuses, status: number): void => {
  statuses.set(status, (statuses.get(status) ?? 0) + 1)
}

const isLarge = ({ headers, target }: FuzzRequest): boolean =>
  target.length + Object.values(headers).join("").length > LARGE

const faultsOfOwn = (request: FuzzRequest, answer: Answer): Faults => {
  if (answer.status === 500) return [`500: ${answer.text}`]
  return faultsOf(request.method, request.target, answer)
}

/** The statuses of the compatible port. A 5xx of AWS is passed on; a bug of the extension has its own message. */
const COMPATIBLE_STATUSES = new Set([200, 204, 304, 400, 401, 403, 404, 405, 429, 431, 500, 502, 504])

/** The message for a bug: see `http/compatible`. */
const BUG = "the extension's log says more"

export const faultsOfCompatible = (_: FuzzRequest, { status, text }: Answer): Faults =>
  COMPATIBLE_STATUSES.has(status) && !text.includes(BUG) ? [] : [`the compatible port: ${status} ${text}`]

/** The statuses of the AppConfig agent's port: docs/appconfig-agent.md. 431 is the host's. */
const AGENT_STATUSES = new Set([200, 304, 400, 401, 403, 404, 405, 429, 431, 501, 502, 504])

export const faultsOfAgent = (_: FuzzRequest, { status, text }: Answer): Faults =>
  AGENT_STATUSES.has(status) ? [] : [`the agent's port: ${status} ${text}`]

/** What is wrong with a response, by default according to the OpenAPI document. */
export const sendRequest = (
  port: number,
  agent: http.Agent,
  statuses: Statuses,
  request: FuzzRequest,
  faultsOfAnswer = faultsOfOwn,
): Effect.Effect<Faults> =>
  ask(port, request.target, { method: request.method, headers: request.headers, agent }).pipe(
    Effect.match({
      onSuccess: (answer) => {
        count(statuses, answer.status)
        return faultsOfAnswer(request, answer)
      },
      onFailure: ({ message }) => (isLarge(request) ? [] : [`the connection broke: ${message}`]),
    }),
    Effect.timeoutOrElse({ duration: BOUND, orElse: () => Effect.succeed(OVER_BOUND) }),
  )

/** Statuses of the contract for any request, and of the hosts for malformed ones. */
const DECLARED = new Set([
  100,
  404,
  405,
  ...MALFORMED_STATUSES,
  ...operations.flatMap(({ responses }) => Object.keys(responses).map(Number)),
])

const faultsOfRaw = (head: string, status: number): Faults => {
  if (!DECLARED.has(status) || status === 500) return [`the status ${status} is not declared: ${head}`]
  const isOfServer = status < 500 || MALFORMED_STATUSES.includes(status)
  return isOfServer || head.includes("application/problem+json")
    ? []
    : [`${status} without a problem: ${head}`]
}

const STATUS_LINE = /^HTTP\/1\.1 (\d{3}) /

/** Splits the bytes of a connection into responses. No value of this world contains a status line. */
const faultsOfReceived = (received: string, statuses: Statuses): Faults =>
  received
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [, status] = STATUS_LINE.exec(part) ?? []
      if (status === undefined) return [`this is not an answer: ${JSON.stringify(part.slice(0, 100))}`]
      count(statuses, Number(status))
      return faultsOfRaw(part.split("\r\n\r\n", 1)[0] ?? "", Number(status))
    })

/** Waits until the bytes have been sent on their own. */
const nextTurn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** What is wrong with the responses on a connection. The server must always close it. */
export const sendBytes = (
  port: number,
  statuses: Statuses,
  { ending, pieces }: Transmission,
): Effect.Effect<Faults> =>
  Effect.gen(function* () {
    const socket = yield* connect(port)
    const received: Array<Buffer> = []
    socket.setNoDelay(true)
    socket.on("data", (chunk: Buffer) => received.push(chunk))
    const closed = new Promise((resolve) => socket.once("close", resolve))
    for (const piece of pieces) {
      socket.write(Buffer.from(piece, "latin1"))
      yield* nextTurn
    }
    if (ending === "reset") {
      socket.resetAndDestroy()
      return []
    }
    socket.end()
    yield* Effect.promise(() => closed)
    return faultsOfReceived(Buffer.concat(received).toString("latin1"), statuses)
  }).pipe(
    Effect.scoped,
    Effect.catch(({ message }) => Effect.succeed([`no connection: ${message}`])),
    Effect.timeoutOrElse({ duration: BOUND, orElse: () => Effect.succeed(OVER_BOUND) }),
  )
