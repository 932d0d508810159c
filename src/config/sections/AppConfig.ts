/**
 * The section `appconfig`: configurations of AppConfig, each by application, environment and profile.
 *
 * Not in the original. Functions ask for `<application>/<environment>/<profile>` as written, so that a slash can only
 * stand between the parts. AppConfig allows it within a name, but not within an id, which is as good.
 */
import { accessFields, regionRule, resolveAccess } from "./access.ts"
import * as fields from "./fields.ts"
import { policyFields } from "./Policies.ts"
import { defineSection } from "./Section.ts"

const SEPARATOR = "/"

/** https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_StartConfigurationSession.html */
const MAX_PART_LENGTH = 128

const partFault = (text: string): true | string => {
  if (text.includes(SEPARATOR)) return "there is a slash in it; write its id"
  return text.length <= MAX_PART_LENGTH || `it has ${text.length} characters; ${MAX_PART_LENGTH} are allowed`
}

const part = (of: string) => fields.name(`The ${of}'s name or id.`, `the ${of}'s name or id`, partFault)

const item = fields.mapping(
  {
    application: part("application"),
    environment: part("environment"),
    profile: part("configuration profile"),
    ...accessFields,
    ...policyFields,
  },
  "What is deployed of a configuration profile to an environment.",
)

const isPart = (text: string | undefined): text is string =>
  text !== undefined && text !== "" && partFault(text) === true

export const appconfig = defineSection({
  kind: "appconfig",
  description:
    "Configurations of AppConfig. Functions ask for GET /appconfig?name=<application>/<environment>/<profile>.",
  item,
  rules: (place, context) => regionRule(place, [""], context.region),
  addressOf: (name, context) => {
    const [application, environment, profile, ...others] = name.split(SEPARATOR)
    if (!isPart(application) || !isPart(environment) || !isPart(profile) || others.length > 0)
      return undefined
    const access = resolveAccess({}, "", context.region)
    return access && { kind: "appconfig", ...access, application, environment, profile }
  },
  drafts: (item, { node, path }, context) => {
    const access = resolveAccess(item, "", context.region)
    if (access === undefined) return [] // The rule has reported it.
    const { application, environment, profile } = item
    return [
      {
        name: [application, environment, profile].join(SEPARATOR),
        address: { kind: "appconfig", ...access, application, environment, profile },
        policy: item,
        path,
        at: node,
      },
    ]
  },
})
