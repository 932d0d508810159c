/**
 * The query for parameters: a version by its number or its label; a StringList as a JSON array.
 */
import type { QueryRules } from "../Kind.ts"
import { itemsOf } from "./lists.ts"
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
  forms: {
    words: ["list"],
    write: (_form, text, value, member) => {
      const items = itemsOf(text, value, member)
      return items && JSON.stringify(items)
    },
    otherwise: "the value is not a StringList",
  },
} as const satisfies QueryRules
