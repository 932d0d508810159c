/**
 * The query for items: only their names.
 */
import type { QueryRules } from "../Kind.ts"

export const query = {
  // The table (255) and both keys (2,048 and 1,024 bytes, a third longer in base64), joined by dashes.
  longestName: 4_360,
  selectors: {},
} as const satisfies QueryRules
