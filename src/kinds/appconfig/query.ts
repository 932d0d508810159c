/**
 * The query for configurations: only their names.
 */
import type { QueryRules } from "../Kind.ts"
import { MAX_LENGTH, SEPARATOR } from "./configurationPart.ts"

export const query = {
  // Application, environment and profile.
  longestName: 3 * MAX_LENGTH + 2 * SEPARATOR.length,
  selectors: {},
} as const satisfies QueryRules
