/**
 * The query for objects: a version by its id.
 */
import type { QueryRules } from "../Kind.ts"
import {
  MAX_BUCKET_LENGTH,
  MAX_KEY_BYTES,
  MAX_VERSION_ID_LENGTH,
  SEPARATOR,
  versionIdFault,
} from "./objectName.ts"

export const query = {
  longestName: MAX_BUCKET_LENGTH + SEPARATOR.length + MAX_KEY_BYTES,
  selectors: { versionId: { fault: versionIdFault, longest: MAX_VERSION_ID_LENGTH } },
} as const satisfies QueryRules
