// Sends what was generated, and says what is wrong with what came back.
import * as Effect from "effect/Effect"
import type http from "node:http"
import { MALFORMED_STATUSES } from "../../src/http/contract/outside.ts"
import { faultsOf, operations } from "../../test/support/contract.ts"
import { type Answer, ask, connect } from "../../test/support/extensionHttp.ts"
import type { Transmission } from "./bytes.ts"
import type { FuzzRequest } from "./arbitraries.ts"

/** What was wrong: a broken promise a line. */
export type Faults = ReadonlyArray<string>

/** Answers by status. */
export type Statuses = Map<number, number>

/** Every request and every connection must be over by then: reads have a budget of a quarter of a second. */
const BOUND = "10 seconds"

const OVER_BOUND: Faults = [`no end within ${BOUND}`]

/** From this length on, in bytes, a host may close the connection while the request is still being sent. */
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

/** What the compatible port may say; AWS's own 5xx is passed on there, a bug of ours has words of its own. */
const COMPATIBLE_STATUSES = new Set([200, 204, 304, 400, 401, 403, 404, 405, 429, 431, 500, 502, 504])

/** The words of a bug: see `http/compatible`. */
const BUG = "the extension's log says more"

export const faultsOfCompatible = (_: FuzzRequest, { status, text }: Answer): Faults =>
  COMPATIBLE_STATUSES.has(status) && !text.includes(BUG) ? [] : [`the compatible port: ${status} ${text}`]

/** What is wrong with the answer to a request; by default, what our own contract says. */
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

/** What the contract has for any request that is HTTP, and what the hosts say to the rest. */
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

/** What came back on a connection, answer by answer. No value of the world holds a status line. */
const faultsOfReceived = (received: string, statuses: Statuses): Faults =>
  received
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [, status] = STATUS_LINE.exec(part) ?? []
      if (status === undefined) return [`this is no answer: ${JSON.stringify(part.slice(0, 100))}`]
      count(statuses, Number(status))
      return faultsOfRaw(part.split("\r\n\r\n", 1)[0] ?? "", Number(status))
    })

/** Lets what was written leave alone. */
const nextTurn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** What is wrong with the answers on a connection. However it is used, the other end closes it. */
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
