/**
 * observability/: alarms and dashboard name only metrics that exist, and have the structure that CloudWatch asks for. That
 * each alarm fires is shown by test/integration/alarms.test.ts, on what the built extension logs.
 */
import { assert, describe, it } from "@effect/vitest"
import { EMF_METRICS } from "../../src/observability/emf.ts"
import { calculate, firing, readAlarms, readDashboardBody } from "../support/cloudWatch.ts"
import { expressionsOf, metricsOf, parseBody } from "../support/dashboardBody.ts"

const GIVEN = { FunctionName: "shop", Namespace: "Shop/Cache" }
const DIMENSIONS = { FunctionName: "shop" }
const NAMES = EMF_METRICS.map(({ name }) => name)

/** Of Lambda itself: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
const OF_LAMBDA = ["Invocations", "Errors", "Throttles", "Duration", "PostRuntimeExtensionsDuration"]

describe("the alarms", () => {
  const alarms = readAlarms(GIVEN)

  it("watch metrics of the function that they are deployed for, by their names", () => {
    assert.isAtLeast(alarms.length, 9)
    for (const { id, series } of alarms) {
      for (const { dimensions, name, namespace } of Object.values(series)) {
        assert.deepStrictEqual([namespace, dimensions], ["Shop/Cache", DIMENSIONS], id)
        assert.include(NAMES, name, id)
      }
    }
  })

  it("name the function, and the section that says what to do", () => {
    for (const { description, id } of alarms)
      assert.match(description, /^shop: .*\. docs\/alarms\.md#[a-z]+$/, id)
  })

  it("tell a topic only if there is one", () => {
    for (const { actions } of alarms) assert.isUndefined(actions)
    const topic = "arn:aws:sns:us-west-2:123456789012:alarms"
    for (const { actions } of readAlarms({ ...GIVEN, AlarmTopicArn: topic }))
      assert.deepStrictEqual(actions, [topic])
  })

  it("stay silent without data", () => {
    assert.deepStrictEqual(firing(alarms, [[], [], [], []]), [])
  })
})

describe("the dashboard", () => {
  const body = parseBody(readDashboardBody(GIVEN))

  it("graphs metrics of the function by their names", () => {
    const metrics = body.widgets.flatMap(metricsOf)
    for (const { dimensions, name, namespace } of metrics) {
      assert.deepStrictEqual(dimensions, DIMENSIONS)
      assert.include(namespace === "AWS/Lambda" ? OF_LAMBDA : NAMES, name)
      assert.include(["AWS/Lambda", "Shop/Cache"], namespace)
    }
    const shown = new Set(metrics.map(({ name }) => name))
    assert.deepStrictEqual(
      NAMES.filter((name) => !shown.has(name)),
      [],
    )
  })

  it("calculates only with metrics of the same widget", () => {
    const expressions = body.widgets.flatMap((widget) => {
      const ids = new Set(metricsOf(widget).map(({ id }) => id))
      const valueOf = (id: string) => (ids.has(id) ? 1 : undefined)
      return expressionsOf(widget).map((expression) => calculate(expression, valueOf))
    })
    assert.deepStrictEqual(expressions, [200, 1])
  })

  it("lets the reader choose among the functions that log the metrics", () => {
    const [variable, ...more] = body.variables
    assert.deepStrictEqual(more, [])
    assert.deepInclude(variable, {
      property: "FunctionName",
      populateFrom: "FunctionName",
      defaultValue: "shop",
    })
    assert.strictEqual(variable?.search, '{Shop/Cache,FunctionName} MetricName="Reads"')
  })

  it("has widgets that do not overlap, within 24 columns", () => {
    const cells = body.widgets.flatMap(({ height, width, x, y }) =>
      Array.from({ length: width * height }, (_, index) => [
        x + (index % width),
        y + Math.floor(index / width),
      ]),
    )
    assert.strictEqual(new Set(cells.map(String)).size, cells.length)
    assert.isBelow(Math.max(...cells.map(([column = 0]) => column)), 24)
  })

  it("would not pass with a misspelt member", () => {
    const text = readDashboardBody(GIVEN)
    for (const [right, wrong] of [
      ['"title"', '"titel"'],
      ['"timeSeries"', '"timeseries"'],
      ['"expression"', '"expresion"'],
      ['"width": 12', '"width": 25'],
    ] as const) {
      assert.include(text, right)
      assert.throws(() => parseBody(text.replace(right, wrong)))
    }
  })
})
