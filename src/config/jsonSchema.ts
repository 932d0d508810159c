/**
 * The JSON Schema of config.yaml, for completion and validation in editors, derived from the fields by which the
 * file is decoded.
 *
 * `npm run generate` writes it to `schema/config.schema.json`; a test fails if that file is outdated.
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { COLLECTIONS, KINDS } from "../kinds/kinds.ts"
import type { Keys, Mapping } from "./fields/Field.ts"
import { EDITOR_TYPES, makeSchema } from "./fields/schema.ts"
import { EXTENSION_PREFIX, NULLABLE_KEYS } from "./configFields.ts"
import { WholeFile } from "./wholeFile.ts"

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

const NULLABLE: ReadonlySet<string> = new Set([...KINDS, ...COLLECTIONS.keys(), ...NULLABLE_KEYS])

/** Allows empty sections and mappings such as `cache:`, as the decoder does. */
const withNullableKeys = (properties: unknown): unknown => {
  if (!Predicate.isObject(properties)) return properties
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      NULLABLE.has(key) ? { anyOf: [value, { type: "null" }] } : value,
    ]),
  )
}

/** The JSON Schema (draft 2020-12) of a file with these fields. */
export const fileSchema = (title: string, field: Mapping<Keys>): Record<string, unknown> => {
  const { schema } = Schema.toJsonSchemaDocument(makeSchema(field), {
    onExcessProperty: "error",
    includeAnnotationKey: (key) => key === EDITOR_TYPES,
  })
  const { properties, ...rest } = schema
  return { $schema: DIALECT, title, ...rest, properties: withEditorTypes(properties) }
}

/** A text with a variable in it, such as `${TTL}`, may become any other, so an editor cannot check it. */
const VARIABLE = String.raw`\$\{`

/** Lets texts be variables, wherever they have a pattern. */
const withVariables = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(withVariables)
  if (!Predicate.isObject(node)) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === "pattern" && typeof value === "string" ? `(?:${value})|${VARIABLE}` : withVariables(value),
    ]),
  )
}

/** The JSON Schema of config.yaml as a plain object. */
export const makeJsonSchema = (): Record<string, unknown> => {
  const { properties, ...rest } = fileSchema("config.yaml", WholeFile)
  return {
    ...rest,
    properties: withNullableKeys(withVariables(properties)),
    patternProperties: { [`^${EXTENSION_PREFIX}`]: {} },
  }
}
