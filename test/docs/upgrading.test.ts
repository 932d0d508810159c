/**
 * The promise of docs/upgrading.md: what the last release had by name is still there. `surface.txt` has the names.
 *
 * Before a release, `SURFACE=write npm test -- --project unit test/docs/upgrading` adds what is new. It removes nothing: a name
 * that goes needs a new major version, and is then removed by hand.
 */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ROOT, tablesOf, textOf } from "./markdown.ts"
import { surface } from "./surface.ts"

const FILE = "test/docs/surface.txt"
const now = surface()

if (process.env["SURFACE"] === "write") {
  const before = existsSync(path.join(ROOT, FILE))
    ? textOf(FILE)
        .split("\n")
        .filter((line) => line !== "")
    : []
  writeFileSync(path.join(ROOT, FILE), `${[...new Set([...before, ...now])].toSorted().join("\n")}\n`)
}

const promised = textOf(FILE).trimEnd().split("\n")

describe("what the last release promised", () => {
  it("is still there: keys, variables, routes with their statuses, metrics, reasons, log lines, errors, commands", () => {
    assert.isAbove(promised.length, 200)
    assert.deepStrictEqual(
      promised.filter((line) => !now.includes(line)),
      [],
    )
  })

  it.each([
    "key: cache.stale_if_error",
    "key: dynamodb[].hashkey",
    "variable: CACHE_EXTENSION_TTL",
    "variable: PARAMETERS_SECRETS_EXTENSION_HTTP_PORT",
    "route: GET /parameters 404",
    "metric: cache_extension_aws_calls_total{service,operation,outcome}",
    "CloudWatch metric: FailedReads",
    "reason: AccessDenied",
    "state: fresh",
    "log line: Cache successfully loaded",
    "error: Extension.ConfigInvalid",
    "command: schema",
  ])("includes %s", (line) => {
    assert.include(promised, line)
  })
})

describe("docs/upgrading.md", () => {
  it("names where each promise is described, in pages that exist", () => {
    const rows = tablesOf(textOf("docs/upgrading.md"), "stable", "where it is described")
    assert.isAtLeast(rows.length, 10)
    for (const [what, where = ""] of rows) {
      assert.isNotEmpty(what)
      assert.match(where, /\.md|--help/)
    }
  })
})
