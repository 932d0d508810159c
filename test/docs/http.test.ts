/**
 * docs/http.md against the code: the keys of queries, the directives of requests, the forms of Cache-Status, the limits.
 * That the rest holds is shown by `test/http` and `test/integration/httpSemantics.test.ts`.
 */
import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import type { Outcome, Forward, Served } from "../../src/cache/Served.ts"
import { cacheStatus, combinedCacheStatus, NOT_CACHED, timingOf } from "../../src/http/headers.ts"
import { parseCacheControl, NO_DIRECTIVES } from "../../src/http/cacheControl.ts"
import { PROBLEMS } from "../../src/http/problems.ts"
import { MAX_NAMES, parseQuery } from "../../src/http/query.ts"
import { KINDS, kinds } from "../../src/kinds/kinds.ts"
import type { Kind } from "../../src/domain/Address.ts"
import { POLICY, SECOND, text } from "../support/entries.ts"
import { codesIn, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/http.md")

it("docs/http.md has the keys of a query, each under the kinds that take it", () => {
  const rows = tablesOf(PAGE, "key", "under", "what it is")
  for (const kind of KINDS) {
    const documented = rows.flatMap(([key = "", under = ""]) => (under.includes(kind) ? [key] : []))
    const words = Result.merge(parseQuery("read", kind, `/${kind}?none=x`))
    const allowed = String(words)
      .replace(/^.*allowed: /, "")
      .replace(/ \([^)]*\)/g, "")
      .split(", ")
    assert.deepStrictEqual(documented, allowed)
  }
})

it("docs/http.md has the limits of queries", () => {
  const longest = (kind: Kind) => kinds[kind].query.longestName
  const number = (count: number) => count.toLocaleString("en-US")
  assert.include(PAGE, `up to ${MAX_NAMES} times`)
  assert.include(PAGE, `${number(longest("parameters"))} characters, as in AWS`)
  assert.include(PAGE, `${number(longest("dynamodb"))} characters: table`)
  assert.include(PAGE, `${number(longest("appconfig"))} characters: three names`)
  assert.include(PAGE, `${number(longest("s3"))} characters: bucket`)
  assert.strictEqual(longest("secrets"), longest("parameters"))
})

it("docs/http.md has the directives of a request that mean something", () => {
  const rows = tablesOf(PAGE, "directive", "meaning")
  assert.strictEqual(rows.length, Object.keys(parseCacheControl("max-age, max-stale, min-fresh")).length)
  for (const [directive = ""] of rows)
    assert.notDeepEqual(parseCacheControl(directive.replace(/\[?=.*/, "=1")), NO_DIRECTIVES)
})

it("docs/http.md has the forms of Cache-Status", () => {
  const served = (outcome: Outcome, forward?: Forward): Served => ({
    value: text(""),
    age: 0,
    outcome,
    ...(forward === undefined ? {} : { forward }),
  })
  const forward = { reason: "miss", isCollapsed: false, isStored: true } as const
  const miss = served("miss", forward)
  assert.sameMembers(
    tablesOf(PAGE, "value", "meaning").map(([value]) => value),
    [
      cacheStatus(served("hit"), 3_598),
      cacheStatus(served("stale"), -1),
      cacheStatus(served("stale-if-error"), -1),
      cacheStatus(served("stale-if-denied"), -1),
      cacheStatus(miss, 3_600),
      cacheStatus(served("miss", { ...forward, reason: "stale" }), 3_600),
      cacheStatus(served("miss", { ...forward, reason: "request" }), 3_600),
      cacheStatus(served("miss", { ...forward, isCollapsed: true }), 3_600),
      cacheStatus(served("miss", { ...forward, isStored: false }), 3_600),
      cacheStatus(served("stale-if-error", { ...forward, reason: "stale", isStored: false }), -1),
      cacheStatus(served("stale-if-denied", { ...forward, reason: "stale", isStored: false }), -1),
      combinedCacheStatus([served("hit"), served("hit"), miss], 3_590, 1),
      cacheStatus(served("shared", { ...forward, isShared: true }), 3_580),
      NOT_CACHED,
    ],
  )
  assert.include(codesIn(PAGE), "no-such-field")
})

it("docs/http.md shows the forms of Cache-Status with the ttl that is left", () => {
  const policy = { ...POLICY, ttl: 3_600 * SECOND }
  const headerOf = (outcome: Outcome, age: number, forward?: Forward) => {
    const served = { value: text(""), age, outcome, ...(forward === undefined ? {} : { forward }) }
    return cacheStatus(served, timingOf(served, policy).ttl)
  }
  const fromAws: Forward = { reason: "miss", isCollapsed: false, isStored: true }
  assert.includeMembers([...codesIn(PAGE)], [headerOf("hit", 2 * SECOND), headerOf("miss", 0, fromAws)])
  for (const outcome of ["stale", "stale-if-error", "stale-if-denied"] as const)
    assert.include(codesIn(PAGE), headerOf(outcome, policy.ttl + SECOND))
})

it("docs/http.md has every status and title that the extension answers with, and no other", () => {
  const problems = Object.values(PROBLEMS).map(({ status, title }) => `${status} ${title}`)
  // The value itself; what has no body: done, not modified, and the host's refusal while it closes.
  const others = ["200 ", "204 ", "304 ", "503 "]
  assert.match(textOf("src/http/read.ts") + textOf("src/http/reply.ts"), /status: 204[\s\S]*status: 304/)
  assert.match(textOf("src/host/fixedResponses.ts"), /status: 503/)
  const rows = tablesOf(PAGE, "status", "title", "when").map(([status, title]) => `${status} ${title}`)
  assert.sameMembers(rows, [...problems, ...others])
})

it("docs/http.md maps the types of attributes as src/kinds/dynamodb/fetch/attributes.ts names them", () => {
  const types = (rows: ReadonlyArray<ReadonlyArray<string>>) =>
    rows.flatMap(([cell = ""]) => cell.split(/, ?/)).sort()
  const inSource = Array.from(
    textOf("src/kinds/dynamodb/fetch/attributes.ts").matchAll(/readonly ([A-Z]+): /g),
  )
  assert.deepStrictEqual(
    types(tablesOf(PAGE, "DynamoDB", "JSON")),
    inSource.map(([, type = ""]) => type).sort(),
  )
})
