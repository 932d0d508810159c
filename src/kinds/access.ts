/**
 * In which region an item is read, and as whom: the region it names, else the one its ARN names, else the function's;
 * the role it names, else the function's own.
 *
 * Used by every section; pure.
 */
import * as Schema from "effect/Schema"
import type { Access } from "../domain/Address.ts"
import { type Fault, quoteText } from "../config/yaml/ConfigInvalid.ts"
import { faultAt } from "../config/yaml/decodeNode.ts"
import { formatPath } from "../config/yaml/YamlTree.ts"
import { regionOfArn } from "../config/fields/arn.ts"
import { isRegion, REGION_ALLOWED, regionHint } from "../config/fields/region.ts"
import * as fields from "../config/fields/fields.ts"
import type { ListedText } from "./listed.ts"
import type { Place } from "./Section.ts"

const ROLE_ALLOWED = "a role's ARN such as arn:aws:iam::123456789012:role/reader"
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const MAX_ROLE_LENGTH = 2_048

/** Whether a text is the ARN of a role. */
export const isRoleArn = (text: string): boolean => text.length <= MAX_ROLE_LENGTH && ROLE.test(text)

/** A region, wherever config.yaml names one. */
export const regionField = (description: string) =>
  fields.name(description, REGION_ALLOWED, (text) => isRegion(text) || (regionHint(text) ?? false))

/** The keys, to be put into a section's fields. */
export const accessFields = {
  region: Schema.optionalKey(regionField("The AWS region. Default: the function's own.")),
  role_arn: Schema.optionalKey(
    fields.name("The role to read as. Default: the function's own.", ROLE_ALLOWED, isRoleArn),
  ),
}

/** The keys as decoded. */
export interface AccessKeys {
  readonly region?: string
  readonly role_arn?: string
}

/**
 * How a resource of an item is read; `own` is the function's region. Undefined where nothing names a region, which
 * `regionRule` reports.
 */
export const resolveAccess = (
  { region: written, role_arn: roleArn }: AccessKeys,
  resource: string,
  own: string | undefined,
): Access | undefined => {
  const region = written ?? regionOfArn(resource) ?? own
  if (region === undefined) return undefined
  return { region, ...(roleArn === undefined ? {} : { roleArn }) }
}

/** The resources of an item that are ARNs of another region than it names: AWS knows them only in their own. */
const contradictions = (
  { node, path }: Place,
  resources: ReadonlyArray<ListedText>,
): ReadonlyArray<Fault> => {
  const written = node.pairs.get("region")?.value
  if (written?.kind !== "text" || !isRegion(written.text)) return []
  return resources.flatMap(({ at, path: place, text }) => {
    const region = regionOfArn(text)
    if (region === undefined || region === written.text || !isRegion(region)) return []
    const allowed = `an ARN in ${written.text}, as ${formatPath([...path, "region"])} in line ${written.line} says`
    return [faultAt(at, place, quoteText(text), allowed)]
  })
}

/**
 * The faults of an item's region: at least one resource has none, or one is an ARN of another. An item whose place has
 * no ARN lists a resource without text.
 */
export const regionRule = (
  place: Place,
  resources: ReadonlyArray<ListedText>,
  own: string | undefined,
): ReadonlyArray<Fault> => {
  const { node, path } = place
  if (node.pairs.has("region")) return contradictions(place, resources)
  if (resources.every(({ text }) => resolveAccess({}, text, own) !== undefined)) return []
  const found = "nothing, and AWS_REGION is not set"
  return [faultAt(node, [...path, "region"], found, `${REGION_ALLOWED}, here or in AWS_REGION`)]
}
