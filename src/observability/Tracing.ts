/**
 * Spans, if a collector is configured; `otlp.ts` sends them. By default nothing is collected and every effect is returned as it is.
 *
 * `Effect.fn("Service.method")` would cost 4 µs a call and `Effect.withSpan` 2 µs even with `TracerEnabled` off, for 0.2 µs
 * without a span (docs/performance.md). So they are used only below `around`, which installs the tracer. This also leaves out
 * the spans that Effect's HTTP server would add. A span holds names, counts and reasons, never a value.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import type * as Tracer from "effect/Tracer"

export interface SpanOptions {
  readonly kind?: Tracer.SpanKind
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

/** Wraps an effect that requires nothing. */
export type Around = <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>

export interface TracingShape {
  /** Whether spans are collected. */
  readonly isOn: boolean
  /** A span around an effect: the child of the span it runs in, else the first of a trace. */
  readonly around: (name: string, options?: SpanOptions) => Around
  /** Makes the spans within an effect children of a span of another program, if there is one. */
  readonly childOf: (span: Tracer.ExternalSpan | undefined) => Around
  /** Sends the spans that have ended, and waits for that at most this long. */
  readonly flush: (milliseconds: number) => Effect.Effect<void>
}

const OFF: TracingShape = {
  isOn: false,
  around: () => identity,
  childOf: () => identity,
  flush: () => Effect.void,
}

export const Tracing = Context.Reference<TracingShape>("cache-extension/observability/Tracing", {
  defaultValue: () => OFF,
})

/** A span around an effect that runs within another span; otherwise the effect as it is. */
export const inSpan =
  (name: string, options: SpanOptions) =>
  <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.withFiber((fiber) =>
      fiber.cache.span === undefined
        ? effect
        : Effect.withSpan(effect, name, { ...options, captureStackTrace: false }),
    )

/** Adds to the span that an effect runs in, if there is one. */
export const annotate = (attributes: SpanOptions["attributes"] & {}): Effect.Effect<void> =>
  Effect.withFiber((fiber) =>
    fiber.cache.span === undefined ? Effect.void : Effect.annotateCurrentSpan(attributes),
  )
