/**
 * The Schema of a field: what the JSON Schema for editors derives from. Not part of a layer, where `decode` reads values.
 */
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { Field, Keys, Optional, Scalar } from "./Field.ts"

/** The annotation that lists the YAML types that an editor may see for a scalar. `jsonSchema` puts them in place of `string`. */
export const EDITOR_TYPES = "x-editor-types"

const makeScalar = ({ allowed, description, editorTypes, isAllowed, jsonSchema, parse }: Scalar<unknown>) =>
  Schema.String.annotate({ expected: allowed, [EDITOR_TYPES]: editorTypes })
    .check(Schema.makeFilter(isAllowed, { expected: allowed, description, toJsonSchema: () => jsonSchema }))
    .pipe(
      Schema.decodeTo(
        Schema.Unknown,
        SchemaTransformation.transform<unknown, string>({ decode: parse, encode: String }),
      ),
      Schema.annotateKey({ messageMissingKey: allowed }),
    )

const makeKey = (field: Field | Optional<Field>) =>
  field.type === "optional" ? Schema.optionalKey(makeSchema(field.field)) : makeSchema(field)

const makeFields = (keys: Keys) => Record.map(keys, makeKey)

/** The Schema that accepts, refuses and decodes what `decode` does. */
export const makeSchema = (field: Field): Schema.Codec<unknown, unknown> => {
  switch (field.type) {
    case "anything":
      return Schema.Unknown
    case "scalar":
      return makeScalar(field)
    case "word":
      return Schema.Literals(field.words)
        .annotate({ description: field.description, expected: field.allowed })
        .pipe(Schema.annotateKey({ messageMissingKey: field.allowed }))
    case "either":
      return Schema.Union([makeSchema(field.word), makeSchema(field.mapping)])
        .annotate({ description: field.description, expected: field.allowed })
        .pipe(Schema.annotateKey({ messageMissingKey: field.allowed }))
    case "list":
      return Schema.Array(makeSchema(field.item))
        .annotate({ description: field.description, expected: field.allowed })
        .pipe(Schema.annotateKey({ messageMissingKey: field.allowed }))
    case "mapping":
      return Schema.Struct(makeFields(field.keys)).annotate({
        description: field.description,
        expected: field.allowed,
      })
  }
}
