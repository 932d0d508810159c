/**
 * What a role must be allowed for a config.yaml: read, checked and derived by the code of the extension and of the command
 * `policy`, at once and without a promise, because constructs are synchronous. Uses nothing of CDK.
 */
import * as Result from "effect/Result"
import { readFileSync, statSync } from "node:fs"
import path from "node:path"
import { UNKNOWN_REGION } from "../cli/config/ConfigSource.ts"
import { type Grants, policiesWith, type Statement } from "../cli/policy/policy.ts"
import { planFrom } from "../src/config/ConfigFile.ts"
import { INCLUDE_KEY } from "../src/config/configFields.ts"
import { folderOf, join, pathFrom } from "../src/config/include.ts"
import type { PlanShape } from "../src/config/Plan.ts"
import { readShared } from "../src/config/shared/plan.ts"
import { ConfigInvalid } from "../src/config/yaml/ConfigInvalid.ts"
import { expandVariables, mask, unmaskFaults } from "../src/config/yaml/expand.ts"
import { parseYaml } from "../src/config/yaml/parseYaml.ts"
import { isMapping, type YamlDocument } from "../src/config/yaml/YamlDocument.ts"
import type { Kind } from "../src/domain/Address.ts"
import type { Grant, GrantContext } from "../src/kinds/Contract.ts"
import { contract as appconfig } from "../src/kinds/appconfig/contract.ts"
import { contract as dynamodb } from "../src/kinds/dynamodb/contract.ts"
import { contract as http } from "../src/kinds/http/contract.ts"
import { contract as parameters } from "../src/kinds/parameters/contract.ts"
import { contract as s3 } from "../src/kinds/s3/contract.ts"
import { contract as secrets } from "../src/kinds/secrets/contract.ts"
import { contract as sql } from "../src/kinds/sql/contract.ts"

/** What the kinds grant; `kinds.ts` would import each when it is needed. A test compares it with the kinds that there are. */
export const GRANTS: Grants = new Map<Kind, (address: never, context: GrantContext) => ReadonlyArray<Grant>>([
  ["parameters", parameters.grants],
  ["secrets", secrets.grants],
  ["dynamodb", dynamodb.grants],
  ["appconfig", appconfig.grants],
  ["s3", s3.grants],
  ["sql", sql.grants],
  ["http", http.grants],
])

/** Where the function is, and what the file does not say. */
export interface StatementsContext {
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly kmsKeys: ReadonlyArray<string>
  readonly ids: ReadonlyMap<string, string>
  /** Default: the file names no variables. */
  readonly variables?: Variables | undefined
}

/** A folder stands for the config.yaml in it. */
const fileOf = (configPath: string): string =>
  statSync(configPath, { throwIfNoEntry: false })?.isDirectory() === true
    ? path.join(configPath, "config.yaml")
    : configPath

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    throw new Error(
      `${file}: found nothing that can be read; allowed: the function's config.yaml, or its folder`,
    )
  }
}

/** The values of the variables that a config.yaml names. */
export type Variables = Readonly<Record<string, string>>

/** The document of a file, with its variables replaced. */
const readDocument = (file: string, variables: Variables): YamlDocument => {
  const parsed = parseYaml(mask(read(file).replace(/^\uFEFF/, "")))
  if (Result.isFailure(parsed))
    throw new Error(new ConfigInvalid({ file, faults: unmaskFaults(parsed.failure) }).message)
  return expandVariables(parsed.success, (name) => variables[name])
}

/** The document of a config.yaml, together with the file that it includes. */
const documentOf = (file: string, variables: Variables): YamlDocument => {
  const own = readDocument(file, variables)
  const named = isMapping(own.value) ? own.value[INCLUDE_KEY] : undefined
  if (typeof named !== "string" || named === "") return own
  const other = pathFrom(folderOf(file), named)
  return join(own, readDocument(other, variables), other)
}

const planOf = (file: string, variables: Variables): PlanShape => {
  const document = documentOf(file, variables)
  const plan = planFrom(document, { file, region: UNKNOWN_REGION, ttl: undefined }, readShared)
  if (Result.isFailure(plan)) throw new Error(plan.failure.message)
  return plan.success
}

/** The statements for the function's role. Throws an error with all faults of the file, if it has any. */
export const statementsFor = (
  configPath: string,
  { variables = {}, ...context }: StatementsContext,
): ReadonlyArray<Statement> => policiesWith(GRANTS, planOf(fileOf(configPath), variables), context).own
