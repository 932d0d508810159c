/**
 * The JSON Schema of config.yaml, for completion and validation in editors, derived from the Schema that decodes the file.
 *
 * `npm run generate` writes it to `schema/config.schema.json`; a test fails if that file is outdated.
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { EDITOR_TYPES } from "./fields/fields.ts"
import { ConfigSchema, EXTENSION_PREFIX, NULLABLE_KEYS } from "./ConfigSchema.ts"

const DIALECT = "https://json-schema.org/draft/2020-12/schema"

/** Replaces `string` by the types that an editor may see in a scalar. */
const withEditorTypes = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(withEditorTypes)
  if (!Predicate.isObject(node)) return node
  const { [EDITOR_TYPES]: types, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withEditorTypes(value)]),
  )
  return types === undefined ? rest : { ...rest, type: types }
}

/** Allows empty mappings such as `cache:`, as the decoder does. */
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
