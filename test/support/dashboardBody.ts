/**
 * The structure of a CloudWatch dashboard's body, as far as the dashboard uses it, and what each widget graphs:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
import * as Schema from "effect/Schema"
import type { MetricName } from "./cloudWatch.ts"

const Id = Schema.String.check(Schema.isPattern(/^[a-z]\w*$/))
const Color = Schema.String.check(Schema.isPattern(/^#[0-9a-f]{6}$/))
const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Rendering = {
  id: Schema.optionalKey(Id),
  label: Schema.optionalKey(Schema.String),
  color: Schema.optionalKey(Color),
  visible: Schema.optionalKey(Schema.Boolean),
  yAxis: Schema.optionalKey(Schema.Literals(["left", "right"])),
  stat: Schema.optionalKey(Schema.String),
}
const Expression = Schema.Struct({ ...Rendering, expression: Schema.String })
/** Namespace, name, and dimensions as name and value; the last may be how it is drawn. */
const Metric = Schema.Array(Schema.Union([Schema.String, Expression, Schema.Struct(Rendering)])).check(
  Schema.isMinLength(1),
)

const Axis = Schema.Struct({ min: Schema.optionalKey(Schema.Number), max: Schema.optionalKey(Schema.Number) })

const Widget = Schema.Struct({
  type: Schema.Literal("metric"),
  // The grid has 24 columns.
  x: between(0, 23),
  y: between(0, 1_000),
  width: between(1, 24),
  height: between(1, 1_000),
  properties: Schema.Struct({
    title: Schema.String,
    region: Schema.String,
    view: Schema.Literals(["timeSeries", "singleValue"]),
    stacked: Schema.optionalKey(Schema.Boolean),
    stat: Schema.String.check(Schema.isPattern(/^(Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2})$/)),
    period: Schema.Int.check(Schema.isMultipleOf(60)),
    yAxis: Schema.optionalKey(
      Schema.Struct({ left: Schema.optionalKey(Axis), right: Schema.optionalKey(Axis) }),
    ),
    metrics: Schema.Array(Metric),
  }),
})

const Variable = Schema.Struct({
  type: Schema.Literals(["property", "pattern"]),
  property: Schema.String,
  id: Schema.String.check(Schema.isMaxLength(32)),
  label: Schema.String,
  inputType: Schema.Literals(["input", "select", "radio"]),
  defaultValue: Schema.String,
  visible: Schema.Boolean,
  search: Schema.String,
  populateFrom: Schema.String,
})

const Body = Schema.Struct({
  start: Schema.String.check(Schema.isPattern(/^-PT\d+[HM]$/)),
  periodOverride: Schema.Literals(["auto", "inherit"]),
  variables: Schema.Array(Variable).check(Schema.isMaxLength(25)),
  widgets: Schema.Array(Widget).check(Schema.isMaxLength(500)),
})
type Body = typeof Body.Type
type Widget = Body["widgets"][number]

/** Parses a body. Throws at the first member that CloudWatch does not know. */
export const parseBody = (text: string): Body =>
  Schema.decodeUnknownSync(Body)(JSON.parse(text), { onExcessProperty: "error" })

/** The metrics of a widget, with the names that its expressions have for them. */
export const metricsOf = ({
  properties,
}: Widget): ReadonlyArray<MetricName & { readonly id: string | undefined }> =>
  properties.metrics.flatMap((row) => {
    const [namespace, name, ...rest] = row.filter((cell) => typeof cell === "string")
    if (namespace === undefined || name === undefined) return []
    const pairs = Array.from({ length: rest.length / 2 }, (_, index) => [
      rest[2 * index],
      rest[2 * index + 1],
    ])
    const last = row.at(-1)
    const id = typeof last === "object" ? last.id : undefined
    return [{ namespace, name, dimensions: Object.fromEntries(pairs) as Record<string, string>, id }]
  })

export const expressionsOf = ({ properties }: Widget): ReadonlyArray<string> =>
  properties.metrics.flatMap((row) =>
    row.flatMap((cell) => (typeof cell === "object" && "expression" in cell ? [cell.expression] : [])),
  )
