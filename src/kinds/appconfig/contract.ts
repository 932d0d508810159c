/**
 * Configurations in the documents.
 */
import type { Contract, GrantContext } from "../Contract.ts"
import type { ConfigurationAddress } from "./address.ts"
import type { query } from "./query.ts"

/**
 * The ARN has ids, but config.yaml may have names: a part whose id is unknown is any.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
 */
const configurationArn = (address: ConfigurationAddress, context: GrantContext): string => {
  const { account, ids, partition, region } = context
  const idOf = (part: string): string => ids.get(part) ?? "*"
  const application = `application/${idOf(address.application)}`
  const configuration = `environment/${idOf(address.environment)}/configuration/${idOf(address.profile)}`
  return `arn:${partition}:appconfig:${region}:${account}:${application}/${configuration}`
}

export const contract: Contract<typeof query, ConfigurationAddress> = {
  id: "Configurations",
  plural: "configurations",
  title: "Configurations of AppConfig",
  name: {
    description: "A configuration: application, environment and profile, with slashes between",
    example: "shop/prod/flags",
  },
  selectors: {},
  members: {
    description:
      "The key of a feature flag: only this flag of each configuration, as JSON. Several flags are answered as one object.",
    example: "new_checkout",
  },
  answer:
    "The configuration with its own media type, or a field of it: a string as text, else as JSON. As JSON: flags, and several names.",
  // AppConfig stores content of any media type.
  otherMediaType: "*/*",
  permissions: [
    {
      listed: "`appconfig`",
      actions: "`appconfig:StartConfigurationSession`, `appconfig:GetLatestConfiguration`",
      on: "`arn:aws:appconfig:<region>:<account>:application/<id>/environment/<id>/configuration/<profile's id>`",
    },
  ],
  grants: (address, context) => [
    {
      actions: ["appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"],
      resources: [configurationArn(address, context)],
    },
  ],
}
