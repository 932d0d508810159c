/**
 * The section `secrets`: secrets of Secrets Manager, by name or ARN.
 *
 * Not in the Go sample, which reads secrets through Parameter Store; that still works. Functions request a secret by the
 * text in this list.
 */
import type { SecretAddress } from "./address.ts"
import { queryKey } from "../../domain/Entry.ts"
import { DEFAULT_VERSION_STAGE } from "../../domain/defaults.ts"
import { currentSecret, secretFault, stageFault, versionIdFault } from "./secretId.ts"
import { accessFields, regionRule, resolveAccess } from "../access.ts"
import * as fields from "../../config/fields/fields.ts"
import { policyFields, sharedField } from "../../config/fields/policies.ts"
import { defineSection, listed, type Version, type VersionSelector } from "../Section.ts"

const item = fields.mapping(
  {
    ...accessFields,
    names: fields.list(
      fields.named("A secret's name or ARN.", "a secret's name or ARN", secretFault),
      "The secrets to keep. A name is what functions ask for: GET /secrets?name=<name>.",
      "a list of secret names or ARNs",
    ),
    version_stage: fields.optional(
      fields.named(
        "The staging label to read. Default AWSCURRENT.",
        "a staging label such as AWSCURRENT",
        stageFault,
      ),
    ),
    revalidate: fields.optional(
      fields.word(
        "How a value is renewed past its ttl: fetch it again (fetch), or first ask by DescribeSecret whether its version has changed (describe). Default fetch.",
        ["fetch", "describe"],
      ),
    ),
    ...policyFields,
    ...sharedField,
  },
  "Secrets of one region, read as one role.",
)

const versionOf = (
  address: SecretAddress,
  { versionId, versionStage }: VersionSelector,
): Version<"secrets"> => {
  const selector = {
    ...(versionId === undefined ? {} : { versionId }),
    ...(versionStage === undefined ? {} : { versionStage }),
  }
  const { versionId: _id, versionStage: _stage, ...secret } = address
  return {
    key: queryKey(secret.kind, { name: secret.secretId, ...selector }),
    name: secret.secretId,
    address: { ...secret, ...selector },
  }
}

export const section = defineSection({
  kind: "secrets",
  description: "Secrets of Secrets Manager.",
  item,
  rules: (written, context) => regionRule(written, listed(written, "names"), context.region),
  addressOf: (name, context) => {
    const access = resolveAccess({}, name, context.region)
    return access && currentSecret(name, access)
  },
  faultOf: (address) => {
    const { secretId, versionId = "v", versionStage = DEFAULT_VERSION_STAGE } = address
    return secretFault(secretId) ?? versionIdFault(versionId) ?? stageFault(versionStage)
  },
  versionOf,
  drafts: (item, at, context) =>
    item.names.flatMap((name, index) => {
      const access = resolveAccess(item, name, context.region)
      if (access === undefined) return [] // `regionRule` has reported it.
      const versionStage = item.version_stage ?? DEFAULT_VERSION_STAGE
      const address: SecretAddress = {
        kind: "secrets",
        ...access,
        secretId: name,
        versionStage,
        ...(item.revalidate === "describe" ? { revalidate: item.revalidate } : {}),
      }
      return [{ name, address, policy: item, path: [...at, "names", index] }]
    }),
})
