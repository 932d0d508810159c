import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  BASE_MIB,
  BYTES_PER_COUNTED_BYTE,
  LEAST_DEFAULT_MAX_BYTES,
  MEMORY_PART,
  MIB,
  MOST_DEFAULT_MAX_BYTES,
} from "../../src/domain/defaults.ts"
import { defaultMaxBytes, maxBytesWarning, readMemorySize } from "../../src/config/limits.ts"
import { planOf } from "../support/configs.ts"

/** What Lambda allows, in MiB. */
const Memory = Schema.Int.check(Schema.isBetween({ minimum: 128, maximum: 10_240 }))

describe("the memory of the function", () => {
  it.each([
    ["128", 128],
    ["10240", 10_240],
    [undefined, undefined],
    ["0", undefined],
    ["-1", undefined],
    ["128 MB", undefined],
    ["1e3", undefined],
    ["9".repeat(400), undefined],
  ])("is known where AWS_LAMBDA_FUNCTION_MEMORY_SIZE is a number: %s", (text, memory) => {
    assert.strictEqual(readMemorySize(text), memory)
  })

  it.effect.prop(
    "bounds what values may cost by default, and leaves enough to cache something",
    { memory: Memory },
    ({ memory }) =>
      Effect.sync(() => {
        const maxBytes = defaultMaxBytes(memory)
        assert.isAtLeast(maxBytes, LEAST_DEFAULT_MAX_BYTES)
        assert.isAtMost(maxBytes, MOST_DEFAULT_MAX_BYTES)
        assert.isAtMost(maxBytes * BYTES_PER_COUNTED_BYTE, memory * MIB * MEMORY_PART)
        assert.isAtLeast(defaultMaxBytes(memory + 1), maxBytes)
      }),
  )

  it.effect.prop("never makes the default one that is warned of", { memory: Memory }, ({ memory }) =>
    Effect.sync(() => assert.isUndefined(maxBytesWarning(defaultMaxBytes(memory), memory))),
  )

  it("is plenty where nothing is known of it", () => {
    assert.strictEqual(defaultMaxBytes(undefined), MOST_DEFAULT_MAX_BYTES)
    assert.isUndefined(maxBytesWarning(1_024 * MIB, undefined))
  })
})

describe("the limits of config.yaml", () => {
  it("follow the function's memory where the file says nothing", () => {
    assert.strictEqual(planOf("", { memory: 128 }).limits.maxBytes, defaultMaxBytes(128))
    assert.strictEqual(planOf("", { memory: 10_240 }).limits.maxBytes, MOST_DEFAULT_MAX_BYTES)
    assert.deepStrictEqual(planOf("", { memory: 128 }).warnings, [])
  })

  it("are warned of, with the numbers, where max_bytes cannot fit the function's memory", () => {
    const { limits, warnings } = planOf("cache: { max_bytes: 64MiB }", { memory: 128 })
    assert.strictEqual(limits.maxBytes, 64 * MIB)
    assert.lengthOf(warnings, 1)
    for (const figure of ["64 MiB", "128 MiB", `${64 * BYTES_PER_COUNTED_BYTE} MiB`, `${BASE_MIB} MiB`])
      assert.include(String(warnings[0]), figure)
    assert.deepStrictEqual(planOf("cache: { max_bytes: 64MiB }", { memory: 1_024 }).warnings, [])
    assert.deepStrictEqual(planOf("cache: { max_bytes: 64MiB }").warnings, [])
  })

  it("are warned of where the load may outlast Lambda's INIT", () => {
    const config = "cache: { load_budget: 12s }"
    assert.include(String(planOf(config, { initializationType: "on-demand" }).warnings[0]), "12000 ms")
    assert.deepStrictEqual(planOf(config, { initializationType: "provisioned-concurrency" }).warnings, [])
    assert.deepStrictEqual(
      planOf("cache: { load_budget: 9s }", { initializationType: "on-demand" }).warnings,
      [],
    )
    assert.deepStrictEqual(planOf("", { initializationType: "on-demand" }).warnings, [])
  })
})
