/**
 * The lines of the log in both formats: what people and queries find in them, and what they never show.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, MutableRef, Schema } from "effect"
import { TestClock } from "effect/testing"
import { readLogSettings } from "../../src/config/environment/log.ts"
import { CurrentInvoke } from "../../src/observability/CurrentInvoke.ts"
import * as Log from "../../src/observability/Log.ts"

const NAME = "cache-extension"
const JSON_LINES = { CACHE_EXTENSION_LOG_FORMAT: "JSON" }

/** The lines that an effect logs. */
const linesOf = (
  effect: Effect.Effect<unknown>,
  environment: Record<string, string> = {},
  requestId?: string,
) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const { log } = globalThis.console
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        globalThis.console.log = (line: string) => void lines.push(line)
      }),
      () =>
        Effect.sync(() => {
          globalThis.console.log = log
        }),
    )
    const invoke = MutableRef.make(requestId === undefined ? undefined : { requestId })
    yield* effect.pipe(
      Effect.provide(Log.layer(NAME, readLogSettings(environment))),
      Effect.provideService(CurrentInvoke, invoke),
    )
    return lines
  }).pipe(Effect.scoped)

const objectsOf = (...args: Parameters<typeof linesOf>) =>
  Effect.map(linesOf(...args), (lines) => lines.map((line) => JSON.parse(line) as Record<string, unknown>))

const everyLevel = Effect.all([
  Effect.logDebug("debug"),
  Effect.logInfo("info"),
  Effect.logWarning("warn"),
  Effect.logError("error"),
])

describe("a log line as text", () => {
  it.effect(
    "is the original's: the name in brackets, then the message; a level only where it is another",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* linesOf(everyLevel), [
          "[cache-extension] info",
          "[cache-extension] WARN warn",
          "[cache-extension] ERROR error",
        ])
      }),
  )

  it.effect("shows a cause behind the message, and no annotations", () =>
    Effect.gen(function* () {
      const [line = ""] = yield* linesOf(
        Effect.annotateLogs(Effect.logError("a defect", Cause.die(new Error("boom"))), { a: 1 }),
      )
      assert.match(line, /^\[cache-extension\] ERROR a defect Error at /)
      assert.notInclude(line, "boom")
      assert.notInclude(line, "a=1")
    }),
  )
})

describe("a log line as JSON", () => {
  it.effect("has the fields of Lambda's own format, the request id of the current invoke among them", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_123)
      const [line] = yield* objectsOf(Effect.logWarning("careful"), JSON_LINES, "c6af9ac6-7b61")
      assert.deepStrictEqual(line, {
        timestamp: "2023-11-14T22:13:20.123Z",
        level: "WARN",
        requestId: "c6af9ac6-7b61",
        extension: NAME,
        message: "careful",
      })
    }),
  )

  it.effect("has no request id where there is no invoke", () =>
    Effect.gen(function* () {
      const [line] = yield* objectsOf(Effect.logInfo("INIT"), JSON_LINES)
      assert.notProperty(line, "requestId")
    }),
  )

  it.effect("has annotations as fields", () =>
    Effect.gen(function* () {
      const [line] = yield* objectsOf(
        Effect.annotateLogs(Effect.logInfo("Summary"), { reads: 3 }),
        JSON_LINES,
      )
      assert.deepInclude(line, { message: "Summary", reads: 3 })
    }),
  )

  it.effect("shows what kind of error it was and where, without its message and what else it holds", () =>
    Effect.gen(function* () {
      const error = Object.assign(new TypeError("canary"), { secret: "canary", cause: { value: "canary" } })
      for (const logged of [
        Effect.logError("a defect", Cause.die(error)),
        Effect.logError("a defect", error),
      ]) {
        const [line] = yield* objectsOf(logged, JSON_LINES)
        assert.deepInclude(line, { level: "ERROR", errorType: "TypeError" })
        assert.isArray(line?.["stackTrace"])
        assert.match(String(line?.["message"]), /^a defect/)
        assert.notInclude(JSON.stringify(line), "canary")
      }
    }),
  )

  it.effect("is one line, whatever the message", () =>
    Effect.gen(function* () {
      const lines = yield* linesOf(Effect.logInfo("two\nlines", { and: "an object" }), JSON_LINES)
      assert.strictEqual(lines.length, 1)
      assert.notInclude(lines[0] ?? "", "\n")
    }),
  )
})

const HOSTILE = [
  "x\nFORGED",
  'x\r\n{"_aws":{"CloudWatchMetrics":[]}}',
  "\u001b[31mred",
  "\u009b31m",
  "\u2028\u2029",
  "\u202egnp.exe",
  "\ufeff\u200b",
  "\ud800 alone",
  "\udc00",
  "\u007f\u0000",
  "\u{e0041}",
]

describe("whatever stands in a message", () => {
  const anyText = Schema.Array(Schema.Union([Schema.Literals(HOSTILE), Schema.String]))

  it.effect.prop("a line is one line of characters to read, and begins as lines do", [anyText], ([texts]) =>
    Effect.gen(function* () {
      const text = texts.join("")
      for (const environment of [{}, JSON_LINES]) {
        const lines = yield* linesOf(Effect.logWarning(text, Cause.fail(text)), environment)
        assert.strictEqual(lines.length, 1)
        assert.notMatch(
          lines[0] ?? "",
          /\p{Cc}|\p{Zl}|\p{Zp}|\p{Surrogate}|[\u202a-\u202e\u2066-\u2069\ufeff]/u,
        )
        assert.match(
          lines[0] ?? "",
          environment === JSON_LINES ? /^\{"timestamp":/ : /^\[cache-extension\] WARN /,
        )
      }
    }),
  )

  it.effect("as JSON it can be read back, with everything that was said", () =>
    Effect.gen(function* () {
      const said = HOSTILE.join(" ")
      const [line] = yield* objectsOf(Effect.logInfo(said), JSON_LINES)
      assert.strictEqual(line?.["message"], said)
    }),
  )

  it.effect("a long text is cut, and the line says by how much", () =>
    Effect.gen(function* () {
      for (const environment of [{}, JSON_LINES]) {
        const [line = ""] = yield* linesOf(Effect.logInfo("x".repeat(100_000)), environment)
        assert.isBelow(line.length, 9_000)
        assert.include(line, "… (91808 more)")
      }
    }),
  )
})

describe("the log", () => {
  it.effect.each([
    ["debug", 4],
    ["info", 3],
    ["WARN", 2],
    ["error", 1],
    ["none", 0],
  ] as const)("at the level %s has %i of four lines", ([level, count]) =>
    Effect.gen(function* () {
      const lines = yield* linesOf(everyLevel, { CACHE_EXTENSION_LOG_LEVEL: level })
      assert.strictEqual(lines.length, count)
    }),
  )

  it.effect("writes what is for machines as it is, even at the level none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* linesOf(Log.writeLine("{}"), { CACHE_EXTENSION_LOG_LEVEL: "none" }), [
        "{}",
      ])
    }),
  )
})
