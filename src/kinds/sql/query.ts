/**
 * The query for results of statements: only their names.
 */
import type { QueryRules } from "../Kind.ts"
import { MAX_NAME_LENGTH } from "./database.ts"

export const query = {
  longestName: MAX_NAME_LENGTH,
  selectors: {},
} as const satisfies QueryRules
