/**
 * Format and level of the log: our variables, else those of Lambda's logging controls, which are never a fault.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { readLogSettings } from "../../../src/config/environment/log.ts"
import { readSettings } from "../../../src/config/Settings.ts"

const JSON_FORMAT = { AWS_LAMBDA_LOG_FORMAT: "JSON" }

describe("the log", () => {
  it.each([
    ["nothing", {}, "text", "info"],
    ["Lambda's format JSON", JSON_FORMAT, "json", "info"],
    ["the same in another case", { AWS_LAMBDA_LOG_FORMAT: "json" }, "json", "info"],
    ["Lambda's format Text", { AWS_LAMBDA_LOG_FORMAT: "Text" }, "text", "info"],
    [
      "a level beside Text, by which Lambda does not filter",
      { AWS_LAMBDA_LOG_LEVEL: "ERROR" },
      "text",
      "info",
    ],
    ["the level TRACE", { ...JSON_FORMAT, AWS_LAMBDA_LOG_LEVEL: "TRACE" }, "json", "debug"],
    ["the level DEBUG", { ...JSON_FORMAT, AWS_LAMBDA_LOG_LEVEL: "DEBUG" }, "json", "debug"],
    ["the level Info", { ...JSON_FORMAT, AWS_LAMBDA_LOG_LEVEL: "Info" }, "json", "info"],
    ["the level WARN", { ...JSON_FORMAT, AWS_LAMBDA_LOG_LEVEL: "WARN" }, "json", "warn"],
    ["the level ERROR", { ...JSON_FORMAT, AWS_LAMBDA_LOG_LEVEL: "ERROR" }, "json", "error"],
    ["the level FATAL", { ...JSON_FORMAT, AWS_LAMBDA_LOG_LEVEL: "FATAL" }, "json", "error"],
    ["levels that are not Lambda's", { ...JSON_FORMAT, AWS_LAMBDA_LOG_LEVEL: "none" }, "json", "info"],
    ["what an object has by itself", { ...JSON_FORMAT, AWS_LAMBDA_LOG_LEVEL: "constructor" }, "json", "info"],
    [
      "a format that is not Lambda's",
      { AWS_LAMBDA_LOG_FORMAT: "XML", AWS_LAMBDA_LOG_LEVEL: "ERROR" },
      "text",
      "info",
    ],
    ["our format beside Lambda's", { ...JSON_FORMAT, CACHE_EXTENSION_LOG_FORMAT: "TEXT" }, "text", "info"],
    [
      "our format beside Lambda's level, by which it filters all the same",
      { ...JSON_FORMAT, AWS_LAMBDA_LOG_LEVEL: "WARN", CACHE_EXTENSION_LOG_FORMAT: "text" },
      "text",
      "warn",
    ],
    [
      "our level beside Lambda's",
      { ...JSON_FORMAT, AWS_LAMBDA_LOG_LEVEL: "FATAL", CACHE_EXTENSION_LOG_LEVEL: "debug" },
      "json",
      "debug",
    ],
    [
      "our variables set to nothing",
      {
        ...JSON_FORMAT,
        AWS_LAMBDA_LOG_LEVEL: "WARN",
        CACHE_EXTENSION_LOG_LEVEL: "",
        CACHE_EXTENSION_LOG_FORMAT: "",
      },
      "json",
      "warn",
    ],
  ] as const)("heeds %s", (_, environment, format, level) => {
    assert.deepStrictEqual(readLogSettings(environment), { format, level })
    const { settings } = readSettings(environment)
    assert.deepStrictEqual([settings.logFormat, settings.logLevel], [format, level])
  })

  it.prop(
    "takes no value of Lambda's variables for a fault",
    [Schema.String, Schema.String],
    ([format, level]) => {
      const { invalid } = readSettings({ AWS_LAMBDA_LOG_FORMAT: format, AWS_LAMBDA_LOG_LEVEL: level })
      assert.isUndefined(invalid)
    },
  )
})
