/**
 * `npm run bench:headline` for a second: it measures the functions in local Lambda and writes the plot where it is told. The pure
 * parts are tested in `test/bench/headline.test.ts`.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ROOT, tablesOf } from "../docs/markdown.ts"
import { temporaryFolder } from "../support/lambda.ts"

it.live(
  "measures a read from AWS beside reads through each built layer, and writes the plot",
  () =>
    Effect.gen(function* () {
      const plot = path.join(yield* temporaryFolder, "plot.svg")
      const options = ["--seconds", "1", "--invocations", "20", "--latency", "40", "--plot", plot]
      const output = execFileSync(process.execPath, ["bench/headline.ts", ...options], {
        cwd: ROOT,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      })
      const table = output.replaceAll(/ +\|/g, " |").replaceAll(/\| +/g, "| ")
      const rows = tablesOf(
        table,
        "one invocation, ms",
        "p50",
        "p90",
        "p99",
        "mean",
        "its read, p50",
        "invocations",
      )
      const medians = rows.map(([, p50 = ""]) => Number(p50))
      assert.includeMembers(
        rows.map(([name = ""]) => name),
        ["AWS at each invocation", "extension, Node layer"],
      )
      // Each call of AWS takes 40 ms, so a function that makes one is not done before.
      assert.isAtLeast(medians[0] ?? 0, 40)
      assert.isTrue(rows.every(([, , , , , , invocations]) => Number(invocations) % 20 === 0))
      const svg = readFileSync(plot, "utf8")
      for (const [name = "", p50] of rows) {
        assert.include(svg, `>${name}</text>`)
        assert.include(svg, `>${p50} ms</text>`)
      }
    }).pipe(Effect.scoped),
  120_000,
)
