/**
 * Sends spans to a collector by OTLP over HTTP, as JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp
 *
 * Imported only if an endpoint is configured. A slow or missing collector loses spans but delays no read: spans are sent in
 * the background, waits are bounded, and while the collector is down nothing waits for it.
 */
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as Layer from "effect/Layer"
import * as OtlpExporter from "effect/observability/OtlpExporter"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"
import * as References from "effect/References"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { withoutMessages } from "./defects.ts"
import { type Around, type SpanOptions, Tracing } from "./Tracing.ts"
import { VERSION } from "./version.ts"

/** The time-out of a request to the collector, which is in the environment or in its network. */
const SEND_TIMEOUT = Duration.seconds(1)

/**
 * How often spans are sent. Short enough for spans that end after the event loop has asked for the next event but before
 * the freeze.
 */
const EXPORT_INTERVAL = Duration.millis(250)

/** The longest wait for the last spans at the end: Lambda allows 2 s for the whole shutdown. */
const SHUTDOWN_WAIT = Duration.millis(100)

/** How often the log may say that the collector cannot be reached, in milliseconds. */
const WARNING_INTERVAL = 60_000

interface OtlpOptions {
  /** Base URL without a trailing slash; spans go to `/v1/traces` below it. */
  readonly endpoint: string
  readonly functionName: string | undefined
  readonly region: string | undefined
}

/** The sender of the spans: https://opentelemetry.io/docs/specs/semconv/resource/faas/ */
const resourceOf = ({ functionName, region }: OtlpOptions) => ({
  serviceName: "lambda-cache-extension",
  serviceVersion: VERSION,
  attributes: {
    "cloud.provider": "aws",
    "cloud.platform": "aws_lambda",
    ...(region === undefined ? {} : { "cloud.region": region }),
    ...(functionName === undefined ? {} : { "faas.name": functionName }),
  },
})

const reasonOf = ({ cause, reason }: HttpClientError.HttpClientError): string =>
  reason._tag === "StatusCodeError"
    ? `status ${reason.response.status}`
    : cause instanceof Error
      ? cause.message
      : reason._tag

/** A client that keeps track of whether its requests succeed. */
const watched = Effect.fnUntraced(function* (client: HttpClient.HttpClient, endpoint: string) {
  const isDown = yield* Ref.make(false)
  const warnedAt = yield* Ref.make(-Infinity)

  const warn = Effect.fnUntraced(function* (error: HttpClientError.HttpClientError) {
    yield* Ref.set(isDown, true)
    const now = yield* Clock.currentTimeMillis
    if (now - (yield* Ref.get(warnedAt)) < WARNING_INTERVAL) return
    yield* Ref.set(warnedAt, now)
    yield* Effect.logWarning(`spans cannot be sent to ${endpoint} and are dropped: ${reasonOf(error)}`).pipe(
      // The exporter's own annotations tell an operator nothing.
      Effect.provideService(References.CurrentLogAnnotations, {}),
    )
  })

  const bounded = HttpClient.transform(client, (response, request) =>
    Effect.timeoutOrElse(response, {
      duration: SEND_TIMEOUT,
      orElse: () =>
        Effect.fail(
          new HttpClientError.HttpClientError({
            reason: new HttpClientError.TransportError({ request, cause: new Error("no answer") }),
          }),
        ),
    }),
  )
  const watching = bounded.pipe(
    HttpClient.filterStatusOk,
    HttpClient.tap(() => Ref.set(isDown, false)),
    HttpClient.tapError(warn),
  )
  return { watching, isDown: Ref.get(isDown) }
})

/** A tracer whose spans end without the messages of defects: the exporter would print them. */
const discreet = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    span: (options) => {
      const span = tracer.span(options)
      const end = span.end.bind(span)
      span.end = (endTime, exit) =>
        end(endTime, Exit.isFailure(exit) ? Exit.failCause(withoutMessages(exit.cause)) : exit)
      return span
    },
  })

type TracerOptions = Parameters<typeof OtlpTracer.make>[0]

/** Effect's exporter. It must not read the function's own OTEL variables. */
const makeTracer = (
  options: TracerOptions,
): Effect.Effect<Tracer.Tracer, never, OtlpExporter.Flusher | HttpClient.HttpClient | Scope.Scope> =>
  OtlpTracer.make(options).pipe(
    Effect.provide(OtlpSerialization.layerJson),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({})),
  )

/** Tracing to a collector. */
export const layer = (options: OtlpOptions): Layer.Layer<never, never, HttpClient.HttpClient> =>
  Layer.effect(
    Tracing,
    Effect.gen(function* () {
      const flusher = yield* OtlpExporter.Flusher
      const scope = yield* Effect.scope
      const { isDown, watching } = yield* watched(yield* HttpClient.HttpClient, options.endpoint)
      const exporting = yield* makeTracer({
        url: `${options.endpoint}/v1/traces`,
        resource: resourceOf(options),
        exportInterval: EXPORT_INTERVAL,
        shutdownTimeout: SHUTDOWN_WAIT,
      }).pipe(Effect.provideService(HttpClient.HttpClient, watching))
      const tracer = discreet(exporting)

      const around =
        (name: string, spanOptions?: SpanOptions): Around =>
        (effect) =>
          Effect.provideService(
            Effect.withSpan(effect, name, { ...spanOptions, captureStackTrace: false }),
            Tracer.Tracer,
            tracer,
          )

      const childOf =
        (span: Tracer.ExternalSpan | undefined): Around =>
        (effect) =>
          span === undefined ? effect : Effect.provideService(effect, Tracer.ParentSpan, span)

      /** Sending continues after the wait: interrupting it would lose the spans. */
      const flush = Effect.fnUntraced(function* (milliseconds: number) {
        const wasDown = yield* isDown
        const sending = yield* Effect.forkIn(flusher.flush, scope, { startImmediately: true })
        if (!wasDown) yield* Effect.timeoutOption(Fiber.await(sending), milliseconds)
      })

      return { isOn: true, around, childOf, flush }
    }),
  ).pipe(Layer.provide(OtlpExporter.layerFlusher))
