/**
 * The fields of a whole config.yaml, with those of every section: what the JSON Schema derives from.
 *
 * Not part of a layer, which decodes the sections one by one (`ConfigFile.ts`).
 */
import * as Record from "effect/Record"
import { COLLECTIONS, kinds } from "../kinds/kinds.ts"
import { commonFields, DESCRIPTION, INCLUDE_KEY, includeField } from "./configFields.ts"
import * as fields from "./fields/fields.ts"
import { sharedField } from "./shared/fields.ts"

export const WholeFile = fields.mapping(
  {
    ...Record.map(kinds, ({ section }) => fields.optional(section.field)),
    ...Object.fromEntries(Array.from(COLLECTIONS, ([key, { field }]) => [key, fields.optional(field)])),
    ...commonFields,
    shared: fields.optional(sharedField),
    [INCLUDE_KEY]: includeField,
  },
  DESCRIPTION,
)
