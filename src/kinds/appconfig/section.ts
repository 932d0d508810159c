/**
 * The section `appconfig`: configurations of AppConfig, each by application, environment and profile.
 *
 * Not in the Go sample. Functions request `<application>/<environment>/<profile>` as written, so a part may not contain a
 * slash. AppConfig allows slashes in names, but not in ids, which work as well.
 */
import { accessFields, regionRule, resolveAccess } from "../access.ts"
import { configurationPartFault, SEPARATOR } from "./configurationPart.ts"
import * as fields from "../../config/fields/fields.ts"
import { policyFields, sharedField } from "../../config/fields/policies.ts"
import { defineSection } from "../Section.ts"

const part = (of: string) =>
  fields.named(`The ${of}'s name or id.`, `the ${of}'s name or id`, configurationPartFault)

const item = fields.mapping(
  {
    application: part("application"),
    environment: part("environment"),
    profile: part("configuration profile"),
    ...accessFields,
    ...policyFields,
    ...sharedField,
  },
  "The configuration that is deployed from a profile to an environment.",
)

/** The name of a configuration includes no region. */
const NO_ARN = { text: "", path: [] }

export const section = defineSection({
  kind: "appconfig",
  description:
    "Configurations of AppConfig. Functions ask for GET /appconfig?name=<application>/<environment>/<profile>.",
  item,
  rules: (written, context) => regionRule(written, [NO_ARN], context.region),
  addressOf: (name, context) => {
    const [application, environment, profile, ...others] = name.split(SEPARATOR)
    if (!application || !environment || !profile || others.length > 0) return undefined
    const access = resolveAccess({}, "", context.region)
    return access && { kind: "appconfig", ...access, application, environment, profile }
  },
  faultOf: (address) => {
    const parts = [address.application, address.environment, address.profile]
    return parts.map(configurationPartFault).find((fault) => fault !== undefined)
  },
  drafts: (item, path, context) => {
    const access = resolveAccess(item, "", context.region)
    if (access === undefined) return [] // `regionRule` has reported it.
    const { application, environment, profile } = item
    return [
      {
        name: [application, environment, profile].join(SEPARATOR),
        address: { kind: "appconfig", ...access, application, environment, profile },
        policy: item,
        path,
      },
    ]
  },
})
