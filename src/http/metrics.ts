/**
 * `GET /metrics`: every metric in Prometheus' text format, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as Metrics from "../observability/Metrics.ts"
import type { Handler } from "./methods.ts"

const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"

const respond = Metrics.upToDate.pipe(
  Effect.andThen(PrometheusMetrics.format()),
  Effect.map((text) => HttpServerResponse.text(text, { contentType: PROMETHEUS_TEXT })),
)

export const metrics: Handler = () => respond
