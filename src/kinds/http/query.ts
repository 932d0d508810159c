/**
 * The query for URLs: only their names.
 */
import type { QueryRules } from "../Kind.ts"
import { MAX_URL_LENGTH } from "./url.ts"

export const query = { longestName: MAX_URL_LENGTH, selectors: {} } as const satisfies QueryRules
