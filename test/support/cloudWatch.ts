/**
 * CloudWatch for the tests of observability/: the alarms of a template with its parameters filled in, what state they are in
 * after some periods of metrics, and every metric that alarms and dashboard name.
 *
 * Evaluation follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html, as far as these
 * alarms use it: `DatapointsToAlarm` of `EvaluationPeriods`, missing data that does not breach, arithmetic.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import * as Predicate from "effect/Predicate"
import { readTemplate, resourcesOf, ROOT, type Template } from "../sam/template.ts"
import type { parseEmf } from "./emf.ts"

export type EmfRecord = ReturnType<typeof parseEmf>

export const ALARMS = path.join(ROOT, "observability/alarms.yaml")
export const DASHBOARD = path.join(ROOT, "observability/dashboard.yaml")

/** A metric by its name, where CloudWatch keeps it. */
export interface MetricName {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
}

type Statistic = "Sum" | "Maximum" | "Average"

interface Series extends MetricName {
  readonly statistic: Statistic
}

export interface Alarm {
  readonly id: string
  readonly description: string
  /** The metrics by the names that the expression has for them. */
  readonly series: Readonly<Record<string, Series>>
  readonly expression: string
  readonly comparison: string
  readonly threshold: number
  readonly evaluationPeriods: number
  readonly datapointsToAlarm: number
  readonly missing: string
  readonly actions: unknown
}

type Parameters = Readonly<Record<string, string | number>>

/** A value of the template with its parameters filled in. `Fn::If` takes what holds without a topic. */
const resolve = (value: unknown, parameters: Parameters): unknown => {
  const look = (name: unknown) => parameters[String(name)]
  if (Predicate.hasProperty(value, "Ref")) return look(value.Ref)
  if (Predicate.hasProperty(value, "Fn::Sub"))
    return String(value["Fn::Sub"]).replace(/\$\{([^}]+)\}/g, (_, name) => String(look(name)))
  if (Predicate.hasProperty(value, "Fn::If")) {
    const [, then, otherwise] = value["Fn::If"] as ReadonlyArray<unknown>
    return resolve(parameters["AlarmTopicArn"] === "none" ? otherwise : then, parameters)
  }
  if (Array.isArray(value)) return value.map((item) => resolve(item, parameters))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner, parameters)]))
}

const defaultsOf = ({ Parameters }: Template): Parameters => ({
  "AWS::Region": "us-west-2",
  ...Object.fromEntries(
    Object.entries(Parameters).flatMap(([name, { Default }]) =>
      typeof Default === "string" || typeof Default === "number" ? [[name, Default]] : [],
    ),
  ),
})

interface Dimension {
  readonly Name: string
  readonly Value: string
}

interface MetricProperties {
  readonly Namespace: string
  readonly MetricName: string
  readonly Dimensions: ReadonlyArray<Dimension>
}

interface AlarmProperties extends MetricProperties {
  readonly AlarmDescription: string
  readonly AlarmActions?: unknown
  readonly Statistic: Statistic
  readonly Metrics?: ReadonlyArray<{
    readonly Id: string
    readonly Expression?: string
    readonly ReturnData?: boolean
    readonly MetricStat?: { readonly Metric: MetricProperties; readonly Stat: Statistic }
  }>
  readonly EvaluationPeriods: number
  readonly DatapointsToAlarm?: number
  readonly ComparisonOperator: string
  readonly Threshold: number
  readonly TreatMissingData: string
}

const seriesOf = (metric: MetricProperties, statistic: Statistic): Series => ({
  namespace: metric.Namespace,
  name: metric.MetricName,
  dimensions: Object.fromEntries(metric.Dimensions.map(({ Name, Value }) => [Name, Value])),
  statistic,
})

const alarmOf = (id: string, given: AlarmProperties): Alarm => {
  const { Metrics = [] } = given
  const series = Metrics.flatMap(({ Id, MetricStat }) =>
    MetricStat === undefined ? [] : [[Id, seriesOf(MetricStat.Metric, MetricStat.Stat)] as const],
  )
  const expressions = Metrics.flatMap(({ Expression, ReturnData = true }) =>
    Expression !== undefined && ReturnData ? [Expression] : [],
  )
  return {
    id,
    description: given.AlarmDescription,
    series: Metrics.length === 0 ? { m: seriesOf(given, given.Statistic) } : Object.fromEntries(series),
    expression: Metrics.length === 0 ? "m" : expressions.join(),
    comparison: given.ComparisonOperator,
    threshold: Number(given.Threshold),
    evaluationPeriods: given.EvaluationPeriods,
    datapointsToAlarm: given.DatapointsToAlarm ?? given.EvaluationPeriods,
    missing: given.TreatMissingData,
    actions: given.AlarmActions,
  }
}

/** The alarms of the template as a deployment with these parameters makes them. */
export const readAlarms = (given: Parameters): ReadonlyArray<Alarm> => {
  const template = readTemplate(readFileSync(ALARMS, "utf8"))
  const parameters = { ...defaultsOf(template), ...given }
  return resourcesOf(template, "AWS::CloudWatch::Alarm").map(([id, { Properties }]) =>
    alarmOf(id, resolve(Properties, parameters) as AlarmProperties),
  )
}

/** The text of the dashboard's body as a deployment with these parameters makes it. */
export const readDashboardBody = (given: Parameters): string => {
  const template = readTemplate(readFileSync(DASHBOARD, "utf8"))
  const [dashboard] = resourcesOf(template, "AWS::CloudWatch::Dashboard")
  return String(resolve(dashboard?.[1].Properties["DashboardBody"], { ...defaultsOf(template), ...given }))
}

const TOKENS = /\s*(\d+(?:\.\d+)?|[a-z]\w*|[-+*/()])/gy

/** The value of an arithmetic expression; undefined if a metric has no data, or a divisor is 0. Throws for anything else. */
export const calculate = (
  expression: string,
  valueOf: (id: string) => number | undefined,
): number | undefined => {
  const tokens = Array.from(expression.matchAll(TOKENS), ([, token = ""]) => token)
  if (tokens.join("") !== expression.replaceAll(/\s/g, "")) throw new Error(`cannot read ${expression}`)
  const factor = (): number => {
    const token = tokens.shift() ?? ""
    if (/^\d/.test(token)) return Number(token)
    if (/^[a-z]/.test(token)) return valueOf(token) ?? Number.NaN
    const value = token === "(" ? sum() : Number.NaN
    if (token !== "(" || tokens.shift() !== ")") throw new Error(`cannot read ${expression}`)
    return value
  }
  const chain = (next: () => number, ...operators: ReadonlyArray<string>): number => {
    let value = next()
    while (operators.includes(tokens[0] ?? "")) {
      const operator = tokens.shift()
      const other = next()
      if (operator === "+") value += other
      else if (operator === "-") value -= other
      else value = operator === "*" ? value * other : value / other
    }
    return value
  }
  const product = (): number => chain(factor, "*", "/")
  const sum = (): number => chain(product, "+", "-")
  const value = sum()
  if (tokens.length > 0) throw new Error(`cannot read ${expression}`)
  return Number.isFinite(value) ? value : undefined
}

const statisticOf = (statistic: Statistic, values: ReadonlyArray<number>): number | undefined => {
  if (values.length === 0) return undefined
  const sum = values.reduce((total, value) => total + value, 0)
  if (statistic === "Maximum") return Math.max(...values)
  return statistic === "Sum" ? sum : sum / values.length
}

const isSame = (record: EmfRecord, { dimensions, namespace }: MetricName): boolean =>
  record.namespace === namespace && JSON.stringify(record.dimensions) === JSON.stringify(dimensions)

/** What the records of a period say about a metric. */
const datapointOf = (series: Series | undefined, period: ReadonlyArray<EmfRecord>): number | undefined =>
  series === undefined
    ? undefined
    : statisticOf(
        series.statistic,
        period
          .filter((record) => isSame(record, series))
          .flatMap(({ metrics }) => metrics[series.name]?.value ?? []),
      )

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
}

/** Whether an alarm is in ALARM after these periods, the latest one last. */
const isInAlarm = (alarm: Alarm, periods: ReadonlyArray<ReadonlyArray<EmfRecord>>): boolean => {
  const compare = COMPARISONS[alarm.comparison]
  if (compare === undefined || alarm.missing !== "notBreaching")
    throw new Error(`${alarm.id}: the tests do not know ${alarm.comparison}, ${alarm.missing}`)
  const breaching = periods.slice(-alarm.evaluationPeriods).filter((period) => {
    const value = calculate(alarm.expression, (id) => datapointOf(alarm.series[id], period))
    return value !== undefined && compare(value, alarm.threshold)
  })
  return breaching.length >= alarm.datapointsToAlarm
}

/** The alarms that are in ALARM after at least one of the periods. */
export const firing = (
  alarms: ReadonlyArray<Alarm>,
  periods: ReadonlyArray<ReadonlyArray<EmfRecord>>,
): ReadonlyArray<string> =>
  alarms
    .filter((alarm) => periods.some((_, index) => isInAlarm(alarm, periods.slice(0, index + 1))))
    .map(({ id }) => id)
