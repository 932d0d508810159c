/**
 * The Grafana dashboards of observability/: one list of panels, for Prometheus and for CloudWatch as data source.
 * `npm run generate` writes them; docs/alarms.md says how to import them.
 */

interface PrometheusQuery {
  readonly expr: string
  readonly legendFormat: string
}

interface CloudWatchQuery {
  readonly metricName: string
  readonly statistic: "Sum" | "Maximum"
}

interface Panel {
  readonly title: string
  readonly description: string
  /** Grafana's name of the unit: https://grafana.com/docs/grafana/latest/panels-visualizations/ */
  readonly unit: "short" | "percentunit" | "s" | "ms" | "bytes"
  readonly isStacked?: boolean
  readonly prometheus: ReadonlyArray<PrometheusQuery>
  readonly cloudWatch: ReadonlyArray<CloudWatchQuery>
  /** What the panel for CloudWatch shows instead of its metrics: an expression of them, as m0, m1, ... */
  readonly expression?: string
  /** The unit for CloudWatch, if it differs. */
  readonly cloudWatchUnit?: Panel["unit"]
}

const rate = (metric: string, labels = ""): string =>
  `rate(cache_extension_${metric}${labels}[$__rate_interval])`
const sums = (...metrics: ReadonlyArray<string>): ReadonlyArray<CloudWatchQuery> =>
  metrics.map((metricName) => ({ metricName, statistic: "Sum" }))

const PANELS: ReadonlyArray<Panel> = [
  {
    title: "Reads",
    description: "Reads by outcome.",
    unit: "short",
    isStacked: true,
    prometheus: [{ expr: `sum by (outcome) (${rate("reads_total")})`, legendFormat: "{{outcome}}" }],
    cloudWatch: sums("Hits", "Misses", "SharedReads", "StaleReads", "AbsentReads", "FailedReads"),
  },
  {
    title: "Reads from memory",
    description:
      "The part of the reads that waited neither for AWS nor for the shared tier. It falls when there is little traffic.",
    unit: "percentunit",
    prometheus: [
      {
        expr: `sum(${rate("reads_total", '{outcome=~"hit|stale"}')}) / sum(${rate("reads_total")})`,
        legendFormat: "from memory",
      },
    ],
    cloudWatch: sums("Hits", "StaleReads", "Reads"),
    expression: "(m0 + m1) / m2",
  },
  {
    title: "Reads without a current value",
    description: "Set alarms on these: docs/alarms.md.",
    unit: "short",
    prometheus: [
      {
        expr: `sum by (outcome) (${rate("reads_total", '{outcome=~"failed|absent|stale-if-.*"}')})`,
        legendFormat: "{{outcome}}",
      },
    ],
    cloudWatch: sums("FailedReads", "StaleIfErrorReads", "AbsentReads"),
  },
  {
    title: "Calls to AWS",
    description: "Attempts, including retries.",
    unit: "short",
    prometheus: [
      {
        expr: `sum by (service, operation, outcome) (${rate("aws_calls_total")})`,
        legendFormat: "{{service}} {{operation}}: {{outcome}}",
      },
    ],
    cloudWatch: sums("AwsCalls", "FailedAwsCalls", "ThrottledAwsCalls", "Refreshes"),
  },
  {
    title: "Open circuits",
    description: "Services whose calls are held back because they do not answer.",
    unit: "short",
    prometheus: [{ expr: "max by (circuit) (cache_extension_circuit_open)", legendFormat: "{{circuit}}" }],
    cloudWatch: [{ metricName: "OpenCircuits", statistic: "Maximum" }],
  },
  {
    title: "Time that an invoke was held open",
    description: "For fetches under way. Lambda bills it.",
    unit: "s",
    cloudWatchUnit: "ms",
    prometheus: [
      {
        expr: `sum(${rate("invoke_hold_seconds_sum")}) / sum(${rate("invokes_total")})`,
        legendFormat: "per invoke",
      },
    ],
    cloudWatch: sums("InvokeHold", "Invokes"),
    expression: "m0 / m1",
  },
  {
    title: "Memory of an environment",
    description: "Resident memory of the process, and the bytes of the cache that count towards max_bytes.",
    unit: "bytes",
    prometheus: [
      { expr: "max(process_resident_memory_bytes)", legendFormat: "process" },
      { expr: "max(cache_extension_bytes)", legendFormat: "cache" },
    ],
    cloudWatch: [
      { metricName: "ResidentMemory", statistic: "Maximum" },
      { metricName: "CacheMemory", statistic: "Maximum" },
    ],
  },
  {
    title: "Entries and evictions",
    description: "Entries in memory, and entries that were evicted because the cache is full.",
    unit: "short",
    prometheus: [
      { expr: "max(cache_extension_entries)", legendFormat: "entries" },
      { expr: `sum(${rate("evictions_total")})`, legendFormat: "evictions per second" },
    ],
    cloudWatch: [{ metricName: "Entries", statistic: "Maximum" }, ...sums("Evictions")],
  },
  {
    title: "The shared tier",
    description:
      "Reads that it served, pauses of entries that waited for another environment, writes, and operations without an answer. Empty without shared in config.yaml.",
    unit: "short",
    prometheus: [
      { expr: `sum(${rate("reads_total", '{outcome="shared"}')})`, legendFormat: "reads" },
      {
        expr: `sum by (event) (${rate("shared_total", '{event=~"wait|write|failure|unreadable"}')})`,
        legendFormat: "{{event}}",
      },
    ],
    cloudWatch: sums("SharedReads", "SharedWaits", "SharedWrites", "SharedFailures"),
  },
]

/** Two panels a row, in Grafana's grid of 24 columns. */
const WIDTH = 12
const HEIGHT = 8

interface Source {
  readonly type: "prometheus" | "cloudwatch"
  readonly title: string
  readonly uid: string
  readonly variables: ReadonlyArray<object>
  readonly targets: (panel: Panel) => ReadonlyArray<object>
  readonly unit: (panel: Panel) => Panel["unit"]
}

const datasourceOf = (type: Source["type"]) => ({ type, uid: "${datasource}" })

const REF_IDS = "ABCDEFGH"

const PROMETHEUS: Source = {
  type: "prometheus",
  title: "Lambda cache extension (Prometheus)",
  uid: "lambda-cache-extension-prometheus",
  variables: [],
  targets: ({ prometheus }) =>
    prometheus.map((query, index) => ({
      refId: REF_IDS[index],
      datasource: datasourceOf("prometheus"),
      ...query,
      range: true,
    })),
  unit: ({ unit }) => unit,
}

const metricQuery = (index: number) => ({
  refId: REF_IDS[index],
  datasource: datasourceOf("cloudwatch"),
  queryMode: "Metrics",
  metricQueryType: 0,
  region: "$region",
  namespace: "$namespace",
  dimensions: { FunctionName: "$function" },
  matchExact: true,
  period: "300",
})

const CLOUDWATCH: Source = {
  type: "cloudwatch",
  title: "Lambda cache extension (CloudWatch)",
  uid: "lambda-cache-extension-cloudwatch",
  variables: [
    {
      type: "query",
      name: "region",
      label: "Region",
      datasource: datasourceOf("cloudwatch"),
      query: { queryType: "regions", refId: "region" },
      refresh: 1,
    },
    {
      type: "textbox",
      name: "namespace",
      label: "Namespace",
      query: "CacheExtension",
      current: { text: "CacheExtension", value: "CacheExtension" },
    },
    {
      type: "query",
      name: "function",
      label: "Function",
      datasource: datasourceOf("cloudwatch"),
      query: {
        queryType: "dimensionValues",
        refId: "function",
        region: "$region",
        namespace: "$namespace",
        metricName: "Reads",
        dimensionKey: "FunctionName",
      },
      refresh: 2,
      sort: 1,
    },
  ],
  targets: ({ cloudWatch, expression }) => {
    const isHidden = expression !== undefined
    const metrics = cloudWatch.map((query, index) => ({
      ...metricQuery(index),
      metricEditorMode: 0,
      id: `m${index}`,
      expression: "",
      ...query,
      ...(isHidden ? { hide: true } : {}),
    }))
    if (expression === undefined) return metrics
    return [
      ...metrics,
      {
        ...metricQuery(metrics.length),
        metricEditorMode: 1,
        id: "shown",
        expression,
        metricName: "",
        statistic: "Sum",
      },
    ]
  },
  unit: ({ cloudWatchUnit, unit }) => cloudWatchUnit ?? unit,
}

const panelOf =
  (source: Source) =>
  (panel: Panel, index: number): object => ({
    id: index + 1,
    type: "timeseries",
    title: panel.title,
    description: panel.description,
    datasource: datasourceOf(source.type),
    gridPos: { x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: {
      defaults: {
        unit: source.unit(panel),
        min: 0,
        custom: {
          fillOpacity: 10,
          ...(panel.isStacked === true ? { stacking: { mode: "normal", group: "A" } } : {}),
        },
      },
      overrides: [],
    },
    options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
    targets: source.targets(panel),
  })

const dashboardOf = (source: Source): object => ({
  uid: source.uid,
  title: source.title,
  description: "The Lambda extension that caches values of AWS and the content of URLs.",
  tags: ["aws", "lambda"],
  editable: true,
  graphTooltip: 1,
  schemaVersion: 39,
  time: { from: "now-3h", to: "now" },
  refresh: "1m",
  annotations: { list: [] },
  templating: {
    list: [
      { type: "datasource", name: "datasource", label: "Data source", query: source.type, refresh: 1 },
      ...source.variables,
    ],
  },
  panels: PANELS.map(panelOf(source)),
})

/** The dashboards by their files. */
export const GRAFANA_DASHBOARDS: ReadonlyArray<readonly [file: string, dashboard: object]> = [
  ["observability/grafana-prometheus.json", dashboardOf(PROMETHEUS)],
  ["observability/grafana-cloudwatch.json", dashboardOf(CLOUDWATCH)],
]
