/**
 * Trace context: the headers that carry a span from one program to the next. Pure.
 *
 * Supports W3C's `traceparent` (https://www.w3.org/TR/trace-context/#traceparent-header) and X-Ray's tracing header
 * (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader), which Lambda also
 * sends with each INVOKE. A malformed header counts as absent.
 */
import * as Tracer from "effect/Tracer"

const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
/** Set if the caller records its span. */
const SAMPLED = 1

/** The span of a `traceparent`. Later versions are read as version 00, as W3C demands. */
export const fromTraceparent = (header: string): Tracer.ExternalSpan | undefined => {
  const [, version, traceId, spanId, flags = "00", more] = TRACEPARENT.exec(header.trim()) ?? []
  if (traceId === undefined || spanId === undefined) return undefined
  if (version === "00" && more !== undefined) return undefined
  return Tracer.externalSpan({ traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED })
}

const ROOT = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/
const PARENT = /^(?!0{16})[0-9a-f]{16}$/

const fieldsOf = (header: string): ReadonlyMap<string, string> =>
  new Map(
    header.split(";").flatMap((field) => {
      const [key = "", value] = field.split("=", 2)
      return value === undefined ? [] : [[key.trim(), value.trim()] as const]
    }),
  )

/** The span of X-Ray's header. If `Sampled` is missing or `?`, the decision is ours: the span is recorded. */
export const fromXRay = (header: string): Tracer.ExternalSpan | undefined => {
  const fields = fieldsOf(header)
  const [, time, random] = ROOT.exec(fields.get("Root") ?? "") ?? []
  const spanId = fields.get("Parent") ?? ""
  if (time === undefined || random === undefined || !PARENT.test(spanId)) return undefined
  return Tracer.externalSpan({ traceId: `${time}${random}`, spanId, sampled: fields.get("Sampled") !== "0" })
}

/**
 * The span of an invoke, if it is recorded. Lambda sends `Sampled=0` wherever X-Ray is off. A configured collector still
 * gets spans, as separate traces.
 */
export const fromInvoke = (header: string | undefined): Tracer.ExternalSpan | undefined => {
  const span = fromXRay(header ?? "")
  return span?.sampled === true ? span : undefined
}
