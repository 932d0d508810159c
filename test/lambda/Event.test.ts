/**
 * The events of `event/next`: what counts as one, and that the check by hand accepts what a Schema of Lambda's documentation
 * accepts, and nothing else.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { decodeEvent, type Event, type Invoke } from "../../src/lambda/Event.ts"

const documented = Schema.Union([
  Schema.Struct({
    eventType: Schema.Literal("INVOKE"),
    deadlineMs: Schema.Finite,
    requestId: Schema.String,
    tracing: Schema.optionalKey(Schema.Unknown),
  }),
  Schema.Struct({ eventType: Schema.Literal("SHUTDOWN") }),
])

const INVOKE: Invoke = { eventType: "INVOKE", deadlineMs: 5_000, requestId: "r-1" }

const Anything = Schema.Union([Schema.String, Schema.Finite, Schema.Null, Schema.Array(Schema.String)])

/** An object with the members of an event, some of which are missing or something else. */
const Nearly = Schema.Struct({
  eventType: Schema.optionalKey(Schema.Union([Schema.Literals(["INVOKE", "SHUTDOWN", "PAUSE"]), Anything])),
  deadlineMs: Schema.optionalKey(Schema.Union([Schema.Finite, Anything])),
  requestId: Schema.optionalKey(Schema.Union([Schema.String, Anything])),
  tracing: Schema.optionalKey(Schema.Union([Schema.Struct({ value: Anything }), Anything])),
  shutdownReason: Schema.optionalKey(Anything),
})

describe("an event of Lambda", () => {
  it.effect.prop(
    "is what the documentation says, and nothing else",
    { value: Schema.Union([Nearly, Anything]) },
    ({ value }) =>
      Effect.sync(() => {
        const isEvent = Schema.is(documented)(JSON.parse(JSON.stringify(value)))
        assert.strictEqual(Result.isSuccess(decodeEvent(JSON.stringify(value))), isEvent)
      }),
    { arbitrary: { runs: 2_000 } },
  )

  it("has the header of X-Ray where Lambda sends one", () => {
    const withTracing = (tracing: unknown) => decodeEvent(JSON.stringify({ ...INVOKE, tracing }))
    const plain = Result.succeed<Event>(INVOKE)
    assert.deepStrictEqual(
      withTracing({ type: "X-Amzn-Trace-Id", value: "Root=1" }),
      Result.succeed<Event>({ ...INVOKE, traceHeader: "Root=1" }),
    )
    for (const odd of [undefined, null, "Root=1", { value: 1 }])
      assert.deepStrictEqual(withTracing(odd), plain)
  })

  it.each([
    ["<html>", "no JSON object"],
    ["", "no JSON object"],
    ["[]", "no JSON object"],
    ["null", "no JSON object"],
    ['{"eventType":"PAUSE"}', "eventType is neither INVOKE nor SHUTDOWN"],
    ['{"eventType":"INVOKE","requestId":"r"}', "deadlineMs is no number"],
    ['{"eventType":"INVOKE","deadlineMs":1}', "requestId is no text"],
  ])("is not %s, and the fault says why", (body, fault) => {
    assert.deepStrictEqual(decodeEvent(body), Result.fail(fault))
  })
})
