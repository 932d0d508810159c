/**
 * The region and role with which an item is read. The region: that of the item, else that of its ARN, else the function's.
 * The role: that of the item, else the function's own.
 *
 * Used by every section; pure.
 */
import type { Access } from "../domain/Address.ts"
import { formatPath, quoteText } from "../config/yaml/ConfigInvalid.ts"
import { isRegion, REGION_ALLOWED, regionHint } from "../config/fields/grammar.ts"
import { arnRegion } from "./arn.ts"
import * as fields from "../config/fields/fields.ts"
import type { ItemFault, ListedText, WrittenItem } from "./Section.ts"

const ROLE_ALLOWED = "a role's ARN such as arn:aws:iam::123456789012:role/reader"
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const MAX_ROLE_LENGTH = 2_048

/** Whether a text is the ARN of a role. */
export const isRoleArn = (text: string): boolean => text.length <= MAX_ROLE_LENGTH && ROLE.test(text)

/** The field of a region. */
export const regionField = (description: string) =>
  fields.name(description, REGION_ALLOWED, (text) => isRegion(text) || (regionHint(text) ?? false))

/** The keys that every section includes in its fields. */
export const accessFields = {
  region: fields.optional(regionField("The AWS region. Default: the function's own.")),
  role_arn: fields.optional(
    fields.name("The role to read as. Default: the function's own.", ROLE_ALLOWED, isRoleArn),
  ),
}

/** The decoded keys. */
interface AccessKeys {
  readonly region?: string
  readonly role_arn?: string
}

/**
 * The region and role of a resource of an item; `own` is the function's region. Undefined if no region is known, which
 * `regionRule` reports.
 */
export const resolveAccess = (
  { region: written, role_arn: roleArn }: AccessKeys,
  resource: string,
  own: string | undefined,
): Access | undefined => {
  const region = written ?? arnRegion(resource) ?? own
  if (region === undefined) return undefined
  return { region, ...(roleArn === undefined ? {} : { roleArn }) }
}

/** The resources whose ARN names another region than the item: AWS knows them only in their own. */
const contradictions = (
  { lineOf, path, values }: WrittenItem,
  resources: ReadonlyArray<ListedText>,
): ReadonlyArray<ItemFault> => {
  const written = values["region"]
  if (typeof written !== "string" || !isRegion(written)) return []
  return resources.flatMap(({ path: place, text }) => {
    const region = arnRegion(text)
    if (region === undefined || region === written || !isRegion(region)) return []
    const says = `${formatPath([...path, "region"])} in line ${lineOf("region")} says`
    return [{ path: place, found: quoteText(text), allowed: `an ARN in ${written}, as ${says}` }]
  })
}

/**
 * The faults of an item's region: a resource has none, or its ARN names another one. An item without ARNs passes one
 * resource with an empty text.
 */
export const regionRule = (
  item: WrittenItem,
  resources: ReadonlyArray<ListedText>,
  own: string | undefined,
): ReadonlyArray<ItemFault> => {
  if (Object.hasOwn(item.values, "region")) return contradictions(item, resources)
  if (resources.every(({ text }) => resolveAccess({}, text, own) !== undefined)) return []
  const found = "nothing, and AWS_REGION is not set"
  return [{ path: ["region"], found, allowed: `${REGION_ALLOWED}, here or in AWS_REGION` }]
}
