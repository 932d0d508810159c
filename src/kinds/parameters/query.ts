/**
 * The query for parameters: a version by its number or its label.
 */
import type { QueryRules } from "../Kind.ts"
import { LABEL, labelFault, MAX_LENGTH } from "./name.ts"

/** Parameter Store counts versions from 1, in 63 bits. */
const VERSION = /^[1-9]\d{0,18}$/u

export const query = {
  longestName: MAX_LENGTH,
  selectors: {
    version: {
      fault: (text) => (VERSION.test(text) ? undefined : "allowed is a whole number from 1"),
      pattern: VERSION,
      isNumber: true,
    },
    label: { fault: labelFault, pattern: LABEL },
  },
  exclusive: [["version", "label"]],
} as const satisfies QueryRules
