/**
 * Spans, if a collector is configured; `otlp.ts` sends them. By default no spans are collected, and every effect is
 * returned unchanged.
 *
 * `Effect.fn("Service.method")` would cost 4 µs a call and `Effect.withSpan` 2 µs even with `TracerEnabled` off, compared
 * with 0.2 µs without a span (docs/performance.md). So they are used only below `around`, which installs the tracer. This
 * also omits the spans that Effect's HTTP server would add. A span has names, counts and reasons, never a value.
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
  /** Runs an effect in a span: a child of the current span, or the root of a new trace. */
  readonly around: (name: string, options?: SpanOptions) => Around
  /** Makes the spans within an effect children of an external span, if one is given. */
  readonly childOf: (span: Tracer.ExternalSpan | undefined) => Around
  /** Sends finished spans, and waits for that no longer than this. */
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

/** Runs an effect in a child of the current span; without a current span, returns it unchanged. */
export const inSpan =
  (name: string, options: SpanOptions) =>
  <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.withFiber((fiber) =>
      fiber.cache.span === undefined
        ? effect
        : Effect.withSpan(effect, name, { ...options, captureStackTrace: false }),
    )

/** Adds attributes to the current span, if there is one. */
export const annotate = (attributes: SpanOptions["attributes"] & {}): Effect.Effect<void> =>
  Effect.withFiber((fiber) =>
    fiber.cache.span === undefined ? Effect.void : Effect.annotateCurrentSpan(attributes),
  )
