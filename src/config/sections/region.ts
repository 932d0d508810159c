/**
 * In which region an item is read: the one it names, else the one its ARN names, else the function's.
 *
 * Used by every section; pure.
 */
import * as Schema from "effect/Schema"
import type { Fault } from "../ConfigInvalid.ts"
import { faultAt } from "../decodeNode.ts"
import * as fields from "./fields.ts"
import type { Place } from "./Section.ts"

const REGION_ALLOWED = "a region such as us-west-2"
const REGION = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const ARN = /^arn:[^:]+:[^:]+:([^:]*):/

/** The key, to be put into a section's fields. */
export const region = Schema.optionalKey(
  fields.name("The AWS region. Default: the function's own.", REGION_ALLOWED, (text) => REGION.test(text)),
)

const regionOfArn = (resource: string): string | undefined => ARN.exec(resource)?.[1] || undefined

/** The region of a resource; `written` is the item's key, `own` the function's region. */
export const resolveRegion = (
  written: string | undefined,
  resource: string,
  own: string | undefined,
): string | undefined => written ?? regionOfArn(resource) ?? own

/** The fault of an item of which at least one resource has no region. */
export const regionRule = (
  { node, path }: Place,
  resources: ReadonlyArray<string>,
  own: string | undefined,
): ReadonlyArray<Fault> => {
  if (node.pairs.has("region")) return []
  if (resources.every((resource) => resolveRegion(undefined, resource, own) !== undefined)) return []
  const found = "nothing, and AWS_REGION is not set"
  return [faultAt(node, [...path, "region"], found, `${REGION_ALLOWED}, here or in AWS_REGION`)]
}
