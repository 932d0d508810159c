/**
 * The JSON Schema of config.yaml, for completion and checks in editors: made of the same Schema that reads the file,
 * committed as `schema/config.schema.json`.
 *
 * `cli schema` prints it; a test fails when the committed one is old. Run this file to write it anew:
 * `node scripts/node.mjs src/config/jsonSchema.ts > schema/config.schema.json`.
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { EDITOR_TYPES } from "./sections/fields.ts"
import { ConfigSchema, EXTENSION_PREFIX, NULLABLE_KEYS } from "./Sections.ts"

const DIALECT = "https://json-schema.org/draft/2020-12/schema"

/** Puts the types that editors see in a scalar in the place of `string`. */
const withEditorTypes = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(withEditorTypes)
  if (!Predicate.isObject(node)) return node
  const { [EDITOR_TYPES]: types, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withEditorTypes(value)]),
  )
  return types === undefined ? rest : { ...rest, type: types }
}

/** Lets `cache:` and `server:` hold nothing, as the reader does. */
const withNullableKeys = (properties: unknown): unknown => {
  if (!Predicate.isObject(properties)) return properties
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      NULLABLE_KEYS.includes(key) ? { anyOf: [value, { type: "null" }] } : value,
    ]),
  )
}

/** The JSON Schema (draft 2020-12) as a plain object. */
export const makeJsonSchema = (): Record<string, unknown> => {
  const { schema } = Schema.toJsonSchemaDocument(ConfigSchema, {
    onExcessProperty: "error",
    includeAnnotationKey: (key) => key === EDITOR_TYPES,
  })
  const { properties, ...rest } = schema
  return {
    $schema: DIALECT,
    title: "config.yaml",
    ...rest,
    properties: withNullableKeys(withEditorTypes(properties)),
    patternProperties: { [`^${EXTENSION_PREFIX}`]: {} },
  }
}

/** The text of `schema/config.schema.json`. */
export const formatJsonSchema = (): string => `${JSON.stringify(makeJsonSchema(), undefined, 2)}\n`
