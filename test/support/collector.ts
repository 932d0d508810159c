/**
 * A collector of spans: accepts OTLP over HTTP as JSON and responds as the test says. Anything invalid (path, media type,
 * length of ids) fails the test.
 */
import { Effect, type Scope } from "effect"
import http from "node:http"
import * as Journal from "../../local/lambda/Journal.ts"
import { listen, LOOPBACK } from "./extensionHttp.ts"

interface CollectedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly kind: "internal" | "server" | "client"
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
  readonly isError: boolean
}

/** A status to answer with, or to give no answer. */
type Behaviour = number | "hang"

export interface Collector {
  readonly endpoint: string
  readonly spans: Journal.Journal<CollectedSpan>
  readonly behave: (behaviour: Behaviour) => void
  /** How many requests have come. */
  readonly requests: () => number
  /** How many connections are open. */
  readonly connections: () => number
  /** All that has come, as text, for what must not be in it. */
  readonly bodies: () => string
}

interface KeyValue {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}
interface OtlpSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly kind: number
  readonly attributes: ReadonlyArray<KeyValue>
  readonly status: { readonly code: number }
}
interface Traces {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: { readonly attributes: ReadonlyArray<KeyValue> }
    readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<OtlpSpan> }>
  }>
}

const KINDS = { 1: "internal", 2: "server", 3: "client" } as const
const ERROR = 2
const IDS = /^[0-9a-f]{32} [0-9a-f]{16}$/

const attributesOf = (attributes: ReadonlyArray<KeyValue>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [type = "", content] = Object.entries(value)[0] ?? []
      return [key, type === "intValue" ? Number(content) : content]
    }),
  )

/** Nobody awaits the server: what is thrown here ends the run of the tests, with these words. */
const refuse = (what: string): never => {
  throw new Error(what)
}

const spansIn = ({ resourceSpans }: Traces): ReadonlyArray<CollectedSpan> =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => {
        if (!IDS.test(`${span.traceId} ${span.spanId}`)) refuse(`bad ids: ${JSON.stringify(span)}`)
        return {
          name: span.name,
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId,
          kind: KINDS[span.kind as keyof typeof KINDS],
          attributes: attributesOf(span.attributes),
          resource: attributesOf(resource.attributes),
          isError: span.status.code === ERROR,
        }
      }),
    ),
  )

/** Starts a collector on `port` (0: any); it ends with the scope. */
export const startCollector = (port = 0): Effect.Effect<Collector, never, Scope.Scope> =>
  Effect.gen(function* () {
    const spans = Journal.make<CollectedSpan>()
    const bodies: Array<string> = []
    let behaviour: Behaviour = 200
    let connections = 0

    const take = (request: http.IncomingMessage, body: string, response: http.ServerResponse): void => {
      bodies.push(body)
      const what = `${request.method} ${request.url} ${request.headers["content-type"]}`
      if (what !== "POST /v1/traces application/json") return refuse(`unexpected: ${what}`)
      if (behaviour === "hang") return
      if (behaviour === 200) for (const span of spansIn(JSON.parse(body) as Traces)) spans.append(span)
      response.writeHead(behaviour, { "content-type": "application/json" }).end("{}")
    }

    const server = http.createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => take(request, Buffer.concat(chunks).toString("utf8"), response))
    })
    server.on("connection", (socket) => {
      connections += 1
      socket.once("close", () => (connections -= 1))
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
    const bound = yield* listen(server, port)
    return {
      endpoint: `http://${LOOPBACK}:${bound}`,
      spans,
      behave: (next: Behaviour) => {
        behaviour = next
      },
      requests: () => bodies.length,
      connections: () => connections,
      bodies: () => bodies.join("\n"),
    }
  }).pipe(Effect.orDie)
