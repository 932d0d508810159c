/**
 * The query for configurations: their names, and the feature flags that are wanted of each.
 */
import { firstFault, type Grammar, lengthFault, textFault } from "../../config/fields/grammar.ts"
import type { QueryRules } from "../Kind.ts"
import { MAX_LENGTH, SEPARATOR } from "./configurationPart.ts"

/** https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html */
const MAX_FLAG_LENGTH = 64

/** Free-form JSON may have other keys than flags, so any printable text up to the longest flag's length is allowed. */
export const flagFault: Grammar = (text) =>
  firstFault(text, [textFault, (key) => lengthFault(key, MAX_FLAG_LENGTH)])

/** The media type of a configuration in which a flag has variants: Amazon Ion, with or without parameters. */
const ION_TYPE = /^application\/ion *(?:;|$)/i

export const query = {
  // Application, environment and profile.
  longestName: 3 * MAX_LENGTH + 2 * SEPARATOR.length,
  selectors: {},
  members: {
    key: "flag",
    fault: flagFault,
    longest: MAX_FLAG_LENGTH,
    variants: {
      isFor: (contentType) => ION_TYPE.test(contentType),
      load: () => import("./variants/flags.ts"),
    },
  },
} as const satisfies QueryRules
