/**
 * docs/operations.md against the code: every metric by its name, every metric of CloudWatch, every state and every reason
 * is there, and no other.
 */
import { assert, describe, it } from "@effect/vitest"
import { Metric } from "effect"
import { EntryReport } from "../../src/cache/reportSchema.ts"
import * as Metrics from "../../src/observability/Metrics.ts"
import { REASONS } from "../../src/domain/SourceError.ts"
import * as ProcessMetrics from "../../src/observability/ProcessMetrics.ts"
import { EMF_METRICS } from "../../src/observability/emf.ts"
import { ENVIRONMENT_PATH, OWN_PATHS } from "../../src/http/guard.ts"
import { KINDS } from "../../src/kinds/kinds.ts"
import { summaryOf, totalsOf } from "../../src/observability/totals.ts"
import { codesIn, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/operations.md")

/** A cell that is one code comes without its backticks. */
const codesOf = (cell: string): ReadonlyArray<string> => (cell.includes("`") ? codesIn(cell) : [cell])

/** The codes of the first column of a table. */
const firstOf = (...header: ReadonlyArray<string>): ReadonlyArray<string> =>
  tablesOf(PAGE, ...header).flatMap(([cell = ""]) => codesOf(cell))

describe("docs/operations.md", () => {
  it("has every metric that the extension has, and no other", () => {
    const ids = Object.values<unknown>({ ...Metrics, ...ProcessMetrics }).flatMap((value) =>
      Metric.isMetric(value) ? [value.id] : [],
    )
    assert.isAtLeast(ids.length, 16)
    assert.sameMembers([...firstOf("metric", "labels", "what it says")], ids)
  })

  it("has every metric that CloudWatch gets, with its unit and in its order", () => {
    assert.deepStrictEqual(
      tablesOf(PAGE, "name", "unit", "what it says").map(([name = "", unit]) => [name, unit]),
      EMF_METRICS.map(({ name, unit }) => [name, unit]),
    )
  })

  it("has every kind of path that requests are counted by", () => {
    const kinds = [...KINDS, ...[ENVIRONMENT_PATH, ...OWN_PATHS].map((target) => target.slice(1)), "other"]
    const row = tablesOf(PAGE, "metric", "labels", "what it says").find(([name]) =>
      name?.includes("http_requests"),
    )
    const [, listed = ""] = /`kind`: (.*); `status`/.exec(row?.[1] ?? "") ?? []
    assert.deepStrictEqual(listed.replaceAll("`", "").split(", "), kinds)
  })

  it("has every state of an entry", () => {
    const states = EntryReport.fields.state.literals
    assert.isAtLeast(states.length, 7)
    assert.sameMembers([...firstOf("state", "the entry")], [...states])
  })

  it("says of every reason what to do", () => {
    const reasons = REASONS.map((Reason) => new Reason({ detail: "" })._tag)
    assert.sameMembers([...firstOf("reason", "what to do")], reasons)
  })

  it("quotes the summary in its words", () => {
    const figures = { reads: 20, hits: 18, misses: 2, awsCalls: 1, entries: 2, bytes: 1_310 }
    assert.include(codesIn(PAGE), summaryOf({ ...totalsOf([]), ...figures }))
  })
})
