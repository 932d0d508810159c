/**
 * Broken config.yaml files with their exact error messages. Unit tests parse them; integration tests expect the same
 * messages in Lambda's init/error.
 */
import type { ConfigContext } from "../../src/config/ConfigFile.ts"
import { BROKEN_KEYS } from "./brokenKeys.ts"
import { BROKEN_NAMES } from "./brokenNames.ts"
import { BROKEN_QUERIES } from "./brokenQueries.ts"
import { BROKEN_VALUES } from "./brokenValues.ts"
import { BROKEN_YAML } from "./brokenYaml.ts"
import { IMPOSSIBLE_NAMES } from "./impossibleNames.ts"

export interface BrokenConfig {
  /** What is wrong, to follow "is refused:". */
  readonly name: string
  readonly text: string
  /** Differences from a function in eu-west-1 that sets no variable. */
  readonly context?: Partial<ConfigContext>
  /** The lines of the message, of a file named config.yaml. */
  readonly faults: ReadonlyArray<string>
}

export const BROKEN_CONFIGS: ReadonlyArray<BrokenConfig> = [
  ...IMPOSSIBLE_NAMES,
  ...BROKEN_KEYS,
  ...BROKEN_NAMES,
  ...BROKEN_VALUES,
  ...BROKEN_QUERIES,
  ...BROKEN_YAML,
]
