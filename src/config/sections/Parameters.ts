/**
 * The section `parameters`: parameters of Parameter Store, by name, path, ARN or secret reference.
 *
 * As in the original; `region` became optional and the policy keys are new. Functions ask for a parameter by the
 * name that is written here.
 */
import * as fields from "./fields.ts"
import { listedNames } from "./names.ts"
import { policyFields } from "./Policies.ts"
import { region, regionRule, resolveRegion } from "./region.ts"
import { defineSection } from "./Section.ts"

const item = fields.mapping(
  {
    region,
    names: fields.list(
      fields.name(
        "A parameter's name or ARN, with :version or :label where one is wanted, or /aws/reference/secretsmanager/<secret>.",
        "a parameter's name or ARN",
      ),
      "The parameters to keep. A name is what functions ask for: GET /parameters?name=<name>.",
      "a list of parameter names",
    ),
    ...policyFields,
  },
  "Parameters of one region.",
)

export const parameters = defineSection({
  kind: "parameters",
  description: "Parameters of Parameter Store, read with decryption.",
  item,
  rules: (place, context) =>
    regionRule(
      place,
      listedNames(place).map(({ name }) => name),
      context.region,
    ),
  addressOf: (name, context) => {
    const region = resolveRegion(undefined, name, context.region)
    return region === undefined ? undefined : { kind: "parameters", region, name }
  },
  drafts: (item, place, context) =>
    listedNames(place).flatMap(({ name, path, at }) => {
      const region = resolveRegion(item.region, name, context.region)
      if (region === undefined) return [] // The rule has reported it.
      return [{ name, address: { kind: "parameters", region, name }, policy: item, path, at }]
    }),
})
