/**
 * Parses config.yaml texts in tests: returns the plan, its entries by name, or the error message.
 */
import * as Result from "effect/Result"
import { type ConfigContext, parseConfig } from "../../src/config/ConfigFile.ts"
import type { PlanShape } from "../../src/config/Plan.ts"
import type { Entry } from "../../src/domain/Entry.ts"

/** A function in Ireland that sets no variable. */
export const CONTEXT: ConfigContext = { file: "config.yaml", region: "eu-west-1", ttl: undefined }

/** The config.yaml of the original's documentation, verbatim. */
export const ORIGINAL_CONFIG = `parameters:
  - region: us-west-2
    names:
      - CacheExtensions_Parameter1
      - /aws/reference/secretsmanager/secret_info
dynamodb:
  - table: DynamoDbTable
    hashkey: pKey
    hashkeytype: S        # S or N
    hashkeyvalue: pKey1
    sortkey: sKey         # sort key optional
    sortkeytype: S
    sortkeyvalue: sKey1
`

export const planOf = (text: string, context: Partial<ConfigContext> = {}): PlanShape =>
  Result.getOrThrow(parseConfig(text, { ...CONTEXT, ...context }))

export const entriesOf = (text: string, context: Partial<ConfigContext> = {}): ReadonlyArray<Entry> =>
  Array.from(planOf(text, context).entries.values())

export const namesOf = (text: string): ReadonlyArray<string> => entriesOf(text).map(({ name }) => name)

/** The lines of the message, or `accepted`. */
export const faultsOf = (text: string, context: Partial<ConfigContext> = {}): ReadonlyArray<string> =>
  Result.match(parseConfig(text, { ...CONTEXT, ...context }), {
    onSuccess: () => ["accepted"],
    onFailure: ({ message }) => message.split("\n"),
  })
