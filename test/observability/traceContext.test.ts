/**
 * Whose child a span becomes: what the headers of W3C and of X-Ray say, and what is not believed.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { fromInvoke, fromTraceparent, fromXRay } from "../../src/observability/traceContext.ts"

const hex = (length: number) => Schema.String.check(Schema.isPattern(new RegExp(`^[0-9a-f]{${length}}$`)))

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"
const ROOT = "1-5759e988-bd862e3fe1be46a994272793"
const PARENT = "53995c3f42cd8ad8"

describe("traceparent", () => {
  it.effect.prop(
    "names its span, whatever the ids and the flags",
    { traceId: hex(32), spanId: hex(16), flags: hex(2) },
    ({ flags, spanId, traceId }) =>
      Effect.sync(() => {
        const span = fromTraceparent(`00-${traceId}-${spanId}-${flags}`)
        if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return assert.isUndefined(span)
        const sampled = Number.parseInt(flags, 16) % 2 === 1
        assert.deepInclude(span, { traceId, spanId, sampled })
      }),
  )

  it.each([`01-${TRACE}-${SPAN}-01`, `cc-${TRACE}-${SPAN}-01-what-the-future-brings`])(
    "of a version to come is read as far as it is known: %s",
    (header) => {
      assert.deepInclude(fromTraceparent(header), { traceId: TRACE, spanId: SPAN, sampled: true })
    },
  )

  it.each([
    "",
    "00",
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-011`,
  ])("that is malformed counts as absent: %j", (header) => {
    assert.isUndefined(fromTraceparent(header))
  })
})

describe("X-Amzn-Trace-Id", () => {
  it.each([
    [`Root=${ROOT};Parent=${PARENT};Sampled=1`, true],
    [`Root=${ROOT};Parent=${PARENT};Sampled=0`, false],
    [`Root=${ROOT};Parent=${PARENT};Sampled=?`, true],
    [`Root=${ROOT};Parent=${PARENT}`, true],
    [`Parent=${PARENT}; Sampled=1; Root=${ROOT}; Lineage=1:a87bd80c:0`, true],
    [`Self=1-67891234-12456789abcdef012345678;Root=${ROOT};Parent=${PARENT};Sampled=1`, true],
  ])("names its span: %s", (header, sampled) => {
    const traceId = "5759e988bd862e3fe1be46a994272793"
    assert.deepInclude(fromXRay(header), { traceId, spanId: PARENT, sampled })
  })

  it.each([
    "",
    "Root",
    "Root=1",
    `Root=${ROOT}`,
    `Root=2${ROOT.slice(1)};Parent=${PARENT}`,
    `Root=${ROOT}0;Parent=${PARENT}`,
    `Root=${ROOT};Parent=0000000000000000`,
    `Root=${ROOT};Parent=${PARENT}0`,
    `Parent=${PARENT};Sampled=1`,
  ])("that is malformed, or names no parent, counts as absent: %j", (header) => {
    assert.isUndefined(fromXRay(header))
  })
})

describe("the span of an invoke", () => {
  it("is a parent only where it is recorded: Lambda says that it is not wherever X-Ray is off", () => {
    assert.strictEqual(fromInvoke(`Root=${ROOT};Parent=${PARENT};Sampled=1`)?.spanId, PARENT)
    assert.isUndefined(fromInvoke(`Root=${ROOT};Parent=${PARENT};Sampled=0`))
    assert.isUndefined(fromInvoke(undefined))
  })
})
