/**
 * The query for results of statements: only their names.
 */
import { MAX_OWN_NAME } from "../../config/fields/fields.ts"
import type { QueryRules } from "../Kind.ts"

export const query = {
  longestName: MAX_OWN_NAME,
  selectors: {},
} as const satisfies QueryRules
