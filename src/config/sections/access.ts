/**
 * In which region an item is read, and as whom: the region it names, else the one its ARN names, else the function's;
 * the role it names, else the function's own.
 *
 * Used by every section; pure.
 */
import * as Schema from "effect/Schema"
import type { Access } from "../../domain/Address.ts"
import type { Fault } from "../ConfigInvalid.ts"
import { faultAt } from "../decodeNode.ts"
import * as fields from "./fields.ts"
import type { Place } from "./Section.ts"

const REGION_ALLOWED = "a region such as us-west-2"
const REGION = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const ARN = /^arn:[^:]+:[^:]+:([^:]*):/

const ROLE_ALLOWED = "a role's ARN such as arn:aws:iam::123456789012:role/reader"
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/

/** The keys, to be put into a section's fields. */
export const accessFields = {
  region: Schema.optionalKey(
    fields.name("The AWS region. Default: the function's own.", REGION_ALLOWED, (text) => REGION.test(text)),
  ),
  role_arn: Schema.optionalKey(
    fields.name("The role that is assumed to read. Default: the function's own.", ROLE_ALLOWED, (text) =>
      ROLE.test(text),
    ),
  ),
}

/** The keys as decoded. */
export interface AccessKeys {
  readonly region?: string
  readonly role_arn?: string
}

const regionOfArn = (resource: string): string | undefined => ARN.exec(resource)?.[1] || undefined

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

/** The fault of an item of which at least one resource has no region. */
export const regionRule = (
  { node, path }: Place,
  resources: ReadonlyArray<string>,
  own: string | undefined,
): ReadonlyArray<Fault> => {
  if (node.pairs.has("region")) return []
  if (resources.every((resource) => resolveAccess({}, resource, own) !== undefined)) return []
  const found = "nothing, and AWS_REGION is not set"
  return [faultAt(node, [...path, "region"], found, `${REGION_ALLOWED}, here or in AWS_REGION`)]
}
