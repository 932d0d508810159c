/**
 * The longest replies: none that a service can send is refused, and none grows without bound.
 */
import { assert, describe, it } from "@effect/vitest"
import { operationName, replyLimit } from "../../src/aws/replyLimits.ts"
import { SERVICES } from "../support/services.ts"

const MIB = 1_024 * 1_024

/** Values of control characters, which JSON writes with six characters each. */
const escaped = (count: number, bytes: number): number =>
  Buffer.byteLength(JSON.stringify(Array.from({ length: count }, () => "\u0001".repeat(bytes))))

/** Items full of small numbers. A number of one digit counts three bytes in a list (Constraints of DynamoDB). */
const numbers = (bytes: number): number => (bytes / 3) * Buffer.byteLength(`{"N":"1"},`)

describe("the longest reply", () => {
  it.each([
    ["SSM", "GetParameters", escaped(10, 8 * 1_024)],
    ["SECRETS_MANAGER", "GetSecretValue", escaped(1, 65_536)],
    ["SECRETS_MANAGER", "BatchGetSecretValue", escaped(20, 65_536)],
    ["DYNAMODB", "GetItem", escaped(1, 400 * 1_024)],
    ["DYNAMODB", "GetItem", numbers(400 * 1_024)],
    ["DYNAMODB", "BatchGetItem", numbers(16 * MIB)],
    ["APPCONFIGDATA", "GetLatestConfiguration", 4 * MIB],
  ] as const)("that %s can send to %s is read (%s bytes)", (service, operation, bytes) => {
    assert.isAtLeast(replyLimit(SERVICES[service], operation), bytes)
  })

  it("is bounded for every operation, those that nobody knows too", () => {
    for (const service of Object.values(SERVICES)) {
      for (const operation of [undefined, "Unknown", "constructor", "__proto__", "AssumeRole"])
        assert.strictEqual(replyLimit(service, operation), MIB)
    }
  })

  it("goes by the operation that the request names", () => {
    const request = {
      method: "POST",
      path: "/",
      headers: { "x-amz-target": "DynamoDB_20120810.BatchGetItem" },
    }
    assert.strictEqual(operationName(SERVICES.DYNAMODB, request), "BatchGetItem")
    assert.strictEqual(
      operationName(SERVICES.APPCONFIGDATA, { method: "GET", path: "/configuration", headers: {} }),
      "GetLatestConfiguration",
    )
    assert.isUndefined(
      operationName(SERVICES.APPCONFIGDATA, { method: "POST", path: "/configurationsessions", headers: {} }),
    )
  })
})
