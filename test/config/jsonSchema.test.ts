/**
 * The committed JSON Schema for editors: fresh, complete, strict about keys and lenient about scalars.
 */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Predicate } from "effect"
import { makeJsonSchema } from "../../src/config/jsonSchema.ts"
import { FileFrame } from "../../src/config/configFields.ts"

const COMMITTED = new URL("../../schema/config.schema.json", import.meta.url)

/** Every object schema within a schema. */
const objectSchemas = (node: unknown): ReadonlyArray<Record<string, unknown>> => {
  if (Array.isArray(node)) return node.flatMap(objectSchemas)
  if (!Predicate.isObject(node)) return []
  const own = "properties" in node && Predicate.isObject(node["properties"]) ? [{ ...node }] : []
  return [...own, ...Object.values(node).flatMap(objectSchemas)]
}

describe("the JSON Schema for editors", () => {
  it("is that of the Schema which reads the file (else: npm run generate)", () => {
    assert.deepStrictEqual(JSON.parse(readFileSync(COMMITTED, "utf8")), makeJsonSchema())
  })

  it("knows every key of the file", () => {
    const [file] = objectSchemas(makeJsonSchema())
    assert.sameMembers(Object.keys(file?.["properties"] ?? {}), Object.keys(FileFrame.keys))
  })

  it("marks a misspelt key everywhere", () => {
    const schemas = objectSchemas(makeJsonSchema())
    assert.isAtLeast(schemas.length, 6)
    assert.deepStrictEqual(
      schemas.map((schema) => schema["additionalProperties"]),
      schemas.map(() => false),
    )
  })

  it("has a description for every key", () => {
    const undescribed = objectSchemas(makeJsonSchema()).flatMap((schema) =>
      Object.entries(schema["properties"] ?? {})
        .filter(([, property]) => !JSON.stringify(property).includes('"description"'))
        .map(([key]) => key),
    )
    assert.deepStrictEqual(undescribed, [])
  })

  it("lets a variable stand for a duration, a number or a name", () => {
    const cache = objectSchemas(makeJsonSchema()).find(
      (schema) => "max_entries" in Object(schema["properties"]),
    )
    const properties = Object(cache?.["properties"]) as Record<string, { readonly pattern?: string }>
    for (const key of ["ttl", "max_entries", "max_bytes"]) {
      const pattern = new RegExp(properties[key]?.pattern ?? "there is none", "u")
      assert.match("${LIMIT:-5}", pattern)
      assert.notMatch("five", pattern)
    }
  })

  it("lets a key's value be unquoted, whatever YAML takes it for", () => {
    const item = objectSchemas(makeJsonSchema()).find((schema) => "hashkey" in Object(schema["properties"]))
    const properties = Object(item?.["properties"]) as Record<string, { readonly type: unknown }>
    assert.deepStrictEqual(properties["hashkeyvalue"]?.type, ["string", "number", "boolean"])
  })
})
