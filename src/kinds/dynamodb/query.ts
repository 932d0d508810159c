/**
 * What requests may ask of items: nothing but their names.
 */
import type { Query } from "../Kind.ts"

export const query = {
  // The table (255) and both keys (2,048 and 1,024 bytes, a third more in base64), with dashes between.
  longestName: 4_360,
  selectors: {},
} as const satisfies Query
