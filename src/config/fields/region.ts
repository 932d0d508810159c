/**
 * Names of AWS regions: two or more words and a number, such as us-west-2, us-gov-east-1 or eusc-de-east-1. A list of them
 * would be old with the next region, so only the form is checked. Pure.
 *
 * Used for `region` of config.yaml, for AWS_REGION and for the regions of ARNs.
 */
import { type Grammar, unexpandedIn } from "./text.ts"

export const REGION_ALLOWED = "a region such as us-west-2"

const REGION = /^[a-z]{2,8}(?:-[a-z]{2,16}){1,4}-\d{1,2}$/
const ZONE = /^([a-z]{2,8}(?:-[a-z]{2,16}){1,4}-\d{1,2})[a-z]$/

export const isRegion = (text: string): boolean => REGION.test(text)

/** What is probably wrong with a text that is no region, where that can be guessed. */
export const regionHint: Grammar = (text) => {
  const [, region] = ZONE.exec(text) ?? []
  if (region !== undefined) return `this is an availability zone of ${region}`
  if (isRegion(text.toLowerCase())) return "regions are written in lower case"
  return unexpandedIn(text) === undefined ? undefined : "it is a variable that nothing has expanded"
}
