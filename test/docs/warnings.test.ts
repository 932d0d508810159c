/**
 * The table of log lines in docs/operations.md against the code: every warning and error that the extension can log is in it,
 * in the words of the log, with a link to what says more.
 *
 * The calls that log are found in the sources. Where one logs a literal, that is the line; for the others the code that
 * makes the line is run.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { readdirSync } from "node:fs"
import path from "node:path"
import { TokenFileInvalid } from "../../src/agent/tokenFile.ts"
import * as FailureLog from "../../src/cache/FailureLog.ts"
import { loadLine, prefetchLine } from "../../src/cache/loadLine.ts"
import { ExtensionsApiError } from "../../src/lambda/ExtensionsApi.ts"
import { runtimeApiFault } from "../../src/lambda/registerRequest.ts"
import { faultsOf, planOf } from "../support/configs.ts"
import { parameter, unavailable } from "../support/entries.ts"
import { codesIn, linksOf, ROOT, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/operations.md")

const SOURCES: ReadonlyMap<string, string> = new Map(
  readdirSync(path.join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [`src/${file}`, textOf(`src/${file}`)]),
)

/** A literal as it is logged: a value in the place of each expression. */
const filledIn = (literal: string): string => literal.replaceAll(/\$\{[^}]*\}/g, "1")

const CALL = /\blog(?:Warning|Error|Fatal)\(\s*(?:"([^"]*)"|`([^`]*)`|([^\s"`][^),]*))/g

/** Every call that logs a warning or an error: its literal, or the expression that it logs. */
const calls = Array.from(SOURCES).flatMap(([file, source]) =>
  Array.from(source.matchAll(CALL), ([, text, template, expression = ""]) => ({
    file,
    expression,
    literal: text ?? (template === undefined ? undefined : filledIn(template)),
  })),
)

const failureLines = Effect.gen(function* () {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
  const log = FailureLog.make(() => true, 9)
  yield* Effect.forEach(["load", "read"] as const, (purpose) =>
    log.failed(parameter(purpose), { error: unavailable, purpose, held: undefined }, 0),
  ).pipe(Effect.provide(Logger.layer([logger])))
  return lines
})

/** The literals in a file that match. */
const literalsIn = (file: string, pattern: RegExp): ReadonlyArray<string> =>
  Array.from(SOURCES.get(file)?.matchAll(pattern) ?? [], ([, literal = ""]) => filledIn(literal))

const MANY = Array.from({ length: 30 }, () => "A").join()
const PLACE = /^config\.yaml:\d+:\d+: \S+/

const warnings: ReadonlyArray<string> = [
  ...planOf(`parameters: [{ names: [${MANY}] }]`).warnings,
  ...planOf("secrets: [{ names: [A] }]").warnings,
  ...planOf("dynamodb: [{ table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: '{{STAGE}}' }]").warnings,
  ...literalsIn("src/config/Plan.ts", /`([^`]* is not read,[^`]*)`/g),
  ...planOf("metrics: { emf_every: 1 }\nserver: { token: off }", { isAgent: true }).warnings,
  ...planOf("cache: { max_bytes: 64MiB, load_budget: 11s }", { memory: 128, initializationType: "on-demand" })
    .warnings,
]

const FAILED = { entry: parameter("A"), error: unavailable }

/** What the calls log that log no literal, by file and expression. */
const MADE: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  [
    "src/cache/loadLine.ts line",
    [loadLine, prefetchLine].map((lineOf) => lineOf({ listed: 2, failures: [FAILED] }).line),
  ],
  ["src/cache/FailureLog.ts describeFailure(entry", await Effect.runPromise(failureLines)],
  ["src/cache/GuessLimiter.ts error.message", literalsIn("src/cache/GuessLimiter.ts", /detail: `([^`]*)`/g)],
  ["src/Boot.ts fault", [runtimeApiFault({ AWS_LAMBDA_RUNTIME_API: "x" }) ?? ""]],
  [
    "src/Boot.ts message",
    [0, 500].map((status) => new ExtensionsApiError({ operation: "next", status, detail: "x" }).message),
  ],
  [
    "src/App.ts line",
    [
      ...faultsOf("cache: { ttl: x }"),
      ...literalsIn("src/App.ts", /failInit\("PortInUse", `([^`]*)`/g),
      new TokenFileInvalid({ path: "/run/token", found: "nothing", allowed: "a file" }).message,
    ],
  ],
  ["src/App.ts warning", warnings],
])

const ROWS = tablesOf(PAGE, "line", "meaning", "what to do")

/** A line of the table as a pattern: `<...>` and `...` are anything. */
const patternOf = (line: string): RegExp => {
  const parts = line
    .split(/<[^>]*>|\.\.\./)
    .map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${parts.join("(?:.|\\n)*")}`)
}

const patternsOf = (cell: string): ReadonlyArray<RegExp> =>
  (cell.includes("`") ? codesIn(cell) : [cell]).map(patternOf)

const lines = calls.flatMap(({ expression, file, literal }) =>
  literal === undefined ? (MADE.get(`${file} ${expression}`) ?? []) : [literal],
)

describe("the log lines in docs/operations.md", () => {
  it("are made by calls that this test knows", () => {
    const unknown = calls
      .filter(({ literal }) => literal === undefined)
      .map(({ expression, file }) => `${file} ${expression}`)
    assert.sameMembers(unknown, [...MADE.keys()])
    assert.isAtLeast(lines.length, 20)
    for (const line of lines) assert.notStrictEqual(line, "")
  })

  it.each([...new Set(lines.map((line) => line.replace(PLACE, "config.yaml:1:2: key:")))])(
    "have a row for: %s",
    (line) => {
      const rows = ROWS.filter(([cell = ""]) => patternsOf(cell).some((pattern) => pattern.test(line)))
      assert.isNotEmpty(rows)
      for (const row of rows) assert.isNotEmpty(linksOf(row.join(" ")), row[0])
    },
  )

  it("have no row for a line that nothing logs", () => {
    for (const [cell = "", , what] of ROWS) {
      if (what === "nothing") continue
      for (const pattern of patternsOf(cell))
        assert.isTrue(
          lines.some((line) => pattern.test(line)),
          cell,
        )
    }
  })
})
