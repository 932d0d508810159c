/**
 * Where config.yaml is looked for: the path is that of Node's own `path.posix.resolve`, which is not loaded for it.
 */
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { configPath } from "../../src/config/readConfigFile.ts"
import { numbersFrom } from "./yamlSpellings.ts"

const SEGMENTS = ["a", "b.yaml", ".", "..", "", "...", " ", "/", "é", "-"]

describe("the path of config.yaml", () => {
  it("is resolved from /var/task as Node resolves paths", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const below = numbersFrom(seed * 2_654_435_761)
      const written = Array.from({ length: 1 + below(6) }, () => SEGMENTS[below(SEGMENTS.length)]).join("/")
      const expected = path.posix.resolve("/var/task", written || "config.yaml")
      assert.strictEqual(configPath({ CACHE_EXTENSION_CONFIG: written }), expected, JSON.stringify(written))
    }
  })
})
