/**
 * The section `secrets`: secrets of Secrets Manager, by name or ARN.
 *
 * Not in the original, which read secrets through Parameter Store; that way still works. Functions ask for a secret
 * by what is written here.
 */
import * as Schema from "effect/Schema"
import { DEFAULT_VERSION_STAGE } from "../defaults.ts"
import * as fields from "./fields.ts"
import { listedNames } from "./names.ts"
import { policyFields } from "./Policies.ts"
import { region, regionRule, resolveRegion } from "./region.ts"
import { defineSection } from "./Section.ts"

const item = fields.mapping(
  {
    region,
    names: fields.list(
      fields.name("A secret's name or ARN.", "a secret's name or ARN"),
      "The secrets to keep. A name is what functions ask for: GET /secrets?name=<name>.",
      "a list of secret names or ARNs",
    ),
    version_stage: Schema.optionalKey(
      fields.name("The staging label to read. Default AWSCURRENT.", "a staging label such as AWSCURRENT"),
    ),
    ...policyFields,
  },
  "Secrets of one region.",
)

export const secrets = defineSection({
  kind: "secrets",
  description: "Secrets of Secrets Manager.",
  item,
  rules: (place, context) =>
    regionRule(
      place,
      listedNames(place).map(({ name }) => name),
      context.region,
    ),
  addressOf: (name, context) => {
    const region = resolveRegion(undefined, name, context.region)
    return region === undefined
      ? undefined
      : { kind: "secrets", region, secretId: name, versionStage: DEFAULT_VERSION_STAGE }
  },
  drafts: (item, place, context) =>
    listedNames(place).flatMap(({ name, path, at }) => {
      const region = resolveRegion(item.region, name, context.region)
      if (region === undefined) return [] // The rule has reported it.
      const versionStage = item.version_stage ?? DEFAULT_VERSION_STAGE
      return [
        { name, address: { kind: "secrets", region, secretId: name, versionStage }, policy: item, path, at },
      ]
    }),
})
