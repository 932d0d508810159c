/**
 * What requests may ask of configurations: nothing but their names.
 */
import type { Query } from "../Kind.ts"

export const query = {
  // Three names of 128, with slashes between.
  longestName: 386,
  selectors: {},
} as const satisfies Query
