/**
 * The PromQL of the Grafana dashboard and of docs/alarms.md on what the built extension shows at /metrics: every metric, every
 * label and every value that a query selects by exists.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { onEachArtifact, startEnvironment } from "../support/extension.ts"
import { groupingsOf, promQl, selectorsOf } from "../support/grafana.ts"
import { parseExposition } from "../support/prometheus.ts"

/** Values that show only after a fault which this test does not inject: docs/operations.md lists them. */
const LATER = new Set(["Throttled"])

onEachArtifact("the queries of dashboard and alarms", (artifact) => {
  it.live("name only metrics, labels and values that the extension has", () =>
    Effect.gen(function* () {
      const { ask, read } = yield* startEnvironment({
        artifact,
        config:
          "parameters: [{ names: [A], shared: plain }]\nshared: { store: dynamodb://tier, namespace: shop }\n",
        seed: {
          parameters: [{ name: "A", value: "a" }],
          tables: [{ name: "tier", hashKey: { name: "key", type: "S" } }],
        },
        preload: true,
      })
      yield* read("parameters", "A")
      const samples = parseExposition((yield* ask("/metrics")).text).flatMap((family) => family.samples)
      assert.isAtLeast(promQl.length, 15)
      for (const query of promQl) {
        const selectors = selectorsOf(query)
        assert.isNotEmpty(selectors, query)
        for (const { labels, metric } of selectors) {
          const series = samples.filter(({ name }) => name === metric)
          assert.isNotEmpty(series, `${metric} of ${query}`)
          for (const [label, operator, value] of labels) {
            const values = series.map((sample) => sample.labels[label])
            assert.notInclude(values, undefined, `${label} of ${query}`)
            const isPattern = operator.endsWith("~")
            for (const one of isPattern ? value.split("|") : [value])
              assert.isTrue(
                LATER.has(one) || values.some((text) => new RegExp(`^(?:${one})$`).test(text ?? "")),
                `${one} of ${query}`,
              )
          }
          for (const label of groupingsOf(query))
            assert.isDefined(series[0]?.labels[label], `${label} of ${query}`)
        }
      }
    }),
  )
})
