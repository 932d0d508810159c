/**
 * Parses config.yaml texts in tests: returns the plan, its entries by name, or the error message. If the
 * reader of plain YAML reads a text, the YAML library must give the same result.
 */
import { assert } from "@effect/vitest"
import * as Result from "effect/Result"
import { type ConfigContext, planFrom } from "../../src/config/ConfigFile.ts"
import type { PlanShape } from "../../src/config/Plan.ts"
import { readShared } from "../../src/config/shared/plan.ts"
import { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"
import { expandVariables, mask, unmaskFaults } from "../../src/config/yaml/expand.ts"
import { parseYaml } from "../../src/config/yaml/parseYaml.ts"
import { readPlain } from "../../src/config/yaml/readPlain.ts"
import type { YamlDocument } from "../../src/config/yaml/YamlDocument.ts"
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

/** The plan or the faults as data, without the functions. */
const dataOf = (result: Result.Result<PlanShape, ConfigInvalid>) =>
  Result.match(result, {
    onSuccess: ({ entryFor: _entryFor, find: _find, findPath: _path, regionFault: _fault, ...plan }) => plan,
    onFailure: ({ faults }) => faults,
  })

/** What `parseConfig` gives, at once. */
export const readConfig = (
  text: string,
  context: ConfigContext = CONTEXT,
): Result.Result<PlanShape, ConfigInvalid> => {
  const written = text.replace(/^\uFEFF/, "")
  const hasVariables = written.includes("$")
  const toParse = hasVariables ? mask(written) : written
  const expanded = (document: YamlDocument) =>
    hasVariables ? expandVariables(document, (name) => context.environment?.[name]) : document
  const parsed = Result.mapError(
    parseYaml(toParse),
    (faults) => new ConfigInvalid({ file: context.file, faults: unmaskFaults(faults) }),
  )
  const result = Result.flatMap(parsed, (document) => planFrom(expanded(document), context, readShared))
  const plain = readPlain(toParse)
  if (plain !== undefined)
    assert.deepStrictEqual(dataOf(planFrom(expanded(plain), context, readShared)), dataOf(result), text)
  return result
}

export const planOf = (text: string, context: Partial<ConfigContext> = {}): PlanShape =>
  Result.getOrThrow(readConfig(text, { ...CONTEXT, ...context }))

export const entriesOf = (text: string, context: Partial<ConfigContext> = {}): ReadonlyArray<Entry> =>
  Array.from(planOf(text, context).entries.values())

export const namesOf = (text: string): ReadonlyArray<string> => entriesOf(text).map(({ name }) => name)

/** The lines of the message, or `accepted`. */
export const faultsOf = (text: string, context: Partial<ConfigContext> = {}): ReadonlyArray<string> =>
  Result.match(readConfig(text, { ...CONTEXT, ...context }), {
    onSuccess: () => ["accepted"],
    onFailure: ({ message }) => message.split("\n"),
  })
