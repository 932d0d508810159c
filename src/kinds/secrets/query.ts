/**
 * The query for secrets: a version by its id, by a staging label, or by both.
 */
import type { QueryRules } from "../Kind.ts"
import {
  MAX_ARN_LENGTH,
  MAX_STAGE_LENGTH,
  MAX_VERSION_ID_LENGTH,
  stageFault,
  versionIdFault,
} from "./secretId.ts"

export const query = {
  longestName: MAX_ARN_LENGTH,
  selectors: {
    versionId: { fault: versionIdFault, longest: MAX_VERSION_ID_LENGTH },
    versionStage: { fault: stageFault, longest: MAX_STAGE_LENGTH },
  },
} as const satisfies QueryRules
