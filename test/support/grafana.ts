/**
 * What the Grafana dashboards ask their data sources for: the PromQL, with the metrics and labels that it names, and the
 * metrics of CloudWatch. Also the PromQL of docs/alarms.md.
 */
import * as Schema from "effect/Schema"
import { tablesOf, textOf } from "../docs/markdown.ts"

const Target = Schema.Struct({
  expr: Schema.optionalKey(Schema.String),
  metricName: Schema.optionalKey(Schema.String),
  id: Schema.optionalKey(Schema.String),
  expression: Schema.optionalKey(Schema.String),
})

const Dashboard = Schema.Struct({
  templating: Schema.Struct({ list: Schema.Array(Schema.Struct({ name: Schema.String })) }),
  panels: Schema.Array(
    Schema.Struct({
      id: Schema.Int,
      title: Schema.String,
      gridPos: Schema.Struct({ x: Schema.Int, y: Schema.Int, w: Schema.Int, h: Schema.Int }),
      targets: Schema.Array(Target),
    }),
  ),
})

const readDashboard = (file: string) => Schema.decodeUnknownSync(Dashboard)(JSON.parse(textOf(file)))

export const PROMETHEUS_FILE = "observability/grafana-prometheus.json"
export const CLOUDWATCH_FILE = "observability/grafana-cloudwatch.json"
export const prometheusDashboard = readDashboard(PROMETHEUS_FILE)
export const cloudWatchDashboard = readDashboard(CLOUDWATCH_FILE)

/** The PromQL of the dashboard and of docs/alarms.md, with a plain interval in the place of Grafana's. */
export const promQl: ReadonlyArray<string> = [
  ...prometheusDashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => expr ?? [])),
  ...tablesOf(textOf("docs/alarms.md"), "alarm on", "fires at", "parameter", "for Prometheus").map(
    (row) => row.at(-1) ?? "",
  ),
].map((query) => query.replaceAll("$__rate_interval", "5m"))

interface Selector {
  readonly metric: string
  /** Labels by which it selects, with the value or expression. */
  readonly labels: ReadonlyArray<readonly [label: string, operator: string, value: string]>
}

const SELECTOR = /\b((?:cache_extension|process)_\w+)(?:\{([^}]*)\})?/g

/** The metrics that a query names. */
export const selectorsOf = (query: string): ReadonlyArray<Selector> =>
  Array.from(query.matchAll(SELECTOR), ([, metric = "", labels = ""]) => ({
    metric,
    labels: Array.from(
      labels.matchAll(/(\w+)(=~|!=|!~|=)"([^"]*)"/g),
      ([, label = "", operator = "", value = ""]) => [label, operator, value] as const,
    ),
  }))

/** The labels by which a query groups. */
export const groupingsOf = (query: string): ReadonlyArray<string> =>
  Array.from(query.matchAll(/\bby \(([^)]*)\)/g)).flatMap(([, labels = ""]) => labels.split(/,\s*/))
