/**
 * Amazon Resource Names, in config.yaml and in requests: their parts, their region, and which ones a section accepts. Pure.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
import { isRegion, unexpandedIn } from "../config/fields/grammar.ts"
import type { Kind } from "../domain/Address.ts"

export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  /** Everything after the fifth colon. */
  readonly resource: string
}

const PREFIX = "arn:"
const PARTITION = /^aws(?:-[a-z]+)*$/
/** An account has twelve digits. Fewer are accepted, as in examples and tests. */
const ACCOUNT = /^\d{1,12}$/
const PARTS_BEFORE_RESOURCE = 5

/** Whether a text is meant to be an ARN. */
export const isArn = (text: string): boolean => text.startsWith(PREFIX)

/** The parts of an ARN; undefined for anything else. */
export const parseArn = (text: string): Arn | undefined => {
  const parts = text.split(":")
  const [prefix, partition, service, region, account] = parts
  const resource = parts.slice(PARTS_BEFORE_RESOURCE).join(":")
  if (prefix !== "arn" || !partition || !service || region === undefined || account === undefined)
    return undefined
  return resource === "" ? undefined : { partition, service, region, account, resource }
}

/** The section that lists the resources of a service, for a hint. */
const SECTIONS: Readonly<Record<string, Kind>> = {
  ssm: "parameters",
  secretsmanager: "secrets",
  dynamodb: "dynamodb",
  appconfig: "appconfig",
  s3: "s3",
  rds: "sql",
}

/** The rules for ARNs in a section. */
export interface ArnRules {
  readonly service: string
  readonly example: string
  readonly resourceFault: (resource: string) => string | undefined
  /** Resources that AWS owns have no account. */
  readonly mayLackAccount?: boolean
}

/** Why a section does not accept an ARN. */
export const arnFault = (text: string, rules: ArnRules): string | undefined => {
  const arn = parseArn(text)
  if (arn === undefined) return `it is not a whole ARN, such as ${rules.example}`
  if (arn.service !== rules.service) {
    const section = SECTIONS[arn.service]
    const hint = section === undefined ? "" : `, which is listed under ${section}`
    return `it is an ARN of ${unexpandedIn(arn.service) === undefined ? arn.service.slice(0, 40) : "no service"}${hint}`
  }
  if (!PARTITION.test(arn.partition))
    return "there is no such partition in an ARN; it is aws, aws-cn, aws-us-gov, ..."
  if (!isRegion(arn.region)) return `its region is none, as in ${rules.example}`
  if (!ACCOUNT.test(arn.account) && !(rules.mayLackAccount === true && arn.account === ""))
    return `its account is no number, as in ${rules.example}`
  return rules.resourceFault(arn.resource)
}

/** The region in an ARN. */
export const arnRegion = (text: string): string | undefined => parseArn(text)?.region || undefined
