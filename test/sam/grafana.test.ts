/**
 * The Grafana dashboards of observability/: what `npm run generate` writes, with metrics that exist. The shapes are checked
 * against Grafana's own types, and the PromQL by Prometheus' own grammar, by scripts/observability-checks.ts.
 */
import { assert, describe, it } from "@effect/vitest"
import { GRAFANA_DASHBOARDS } from "../../scripts/grafana.ts"
import { EMF_METRICS } from "../../src/observability/emf.ts"
import { textOf } from "../docs/markdown.ts"
import { calculate } from "../support/cloudWatch.ts"
import {
  CLOUDWATCH_FILE,
  cloudWatchDashboard,
  PROMETHEUS_FILE,
  prometheusDashboard,
} from "../support/grafana.ts"

const DASHBOARDS = [
  [PROMETHEUS_FILE, prometheusDashboard],
  [CLOUDWATCH_FILE, cloudWatchDashboard],
] as const

describe.each(DASHBOARDS)("%s", (file, { panels, templating }) => {
  it("is what the panels in scripts/grafana.ts give (else: npm run generate)", () => {
    assert.deepStrictEqual(JSON.parse(textOf(file)), Object.fromEntries(GRAFANA_DASHBOARDS)[file])
  })

  it("uses only variables that it declares, or that Grafana has", () => {
    const declared = new Set([...templating.list.map(({ name }) => name), "__rate_interval"])
    const used = Array.from(textOf(file).matchAll(/\$\{?(\w+)/g), ([, name = ""]) => name)
    assert.isNotEmpty(used)
    assert.deepStrictEqual(
      used.filter((name) => !declared.has(name)),
      [],
    )
  })

  it("has panels with titles and ids of their own that do not overlap", () => {
    assert.strictEqual(new Set(panels.map(({ id }) => id)).size, panels.length)
    const places = panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)
    assert.strictEqual(new Set(places).size, panels.length)
    for (const { gridPos, title } of panels) {
      assert.isNotEmpty(title)
      assert.isAtMost(gridPos.x + gridPos.w, 24)
    }
  })
})

describe("the dashboard for CloudWatch", () => {
  it("asks for metrics that the extension logs, and calculates only with those of the panel", () => {
    const names = EMF_METRICS.map(({ name }) => name)
    for (const { targets, title } of cloudWatchDashboard.panels) {
      const metrics = targets.filter(({ expression }) => expression === "")
      for (const { metricName = "" } of metrics) assert.include(names, metricName, title)
      const ids = new Set(metrics.map(({ id }) => id))
      for (const { expression = "" } of targets.filter((target) => !metrics.includes(target)))
        assert.isDefined(
          calculate(expression, (id) => (ids.has(id) ? 1 : undefined)),
          title,
        )
    }
  })
})
