/**
 * The query for items: their names, or a table that config.yaml declares, and a key.
 */
import { type Grammar, lengthFault } from "../../config/fields/grammar.ts"
import type { QueryRules } from "../Kind.ts"

/** The longest key values, in characters: 2,048 and 1,024 bytes, a third longer in base64. */
const MAX_HASH = 2_732
const MAX_SORT = 1_368

const upTo =
  (longest: number): Grammar =>
  (text) =>
    lengthFault(text, longest)

export const query = {
  // The table (255) and both keys, joined by dashes.
  longestName: 4_360,
  selectors: {
    hashkeyvalue: { fault: upTo(MAX_HASH), longest: MAX_HASH, isNumber: true },
    sortkeyvalue: { fault: upTo(MAX_SORT), longest: MAX_SORT, isNumber: true },
  },
} as const satisfies QueryRules
