/**
 * Configurations in the documents.
 */
import type { Contract } from "../Contract.ts"
import type { query } from "./query.ts"

export const contract: Contract<typeof query> = {
  id: "Configurations",
  plural: "configurations",
  title: "Configurations of AppConfig",
  name: {
    description: "A configuration: application, environment and profile, with slashes between",
    example: "shop/prod/flags",
  },
  selectors: {},
  answer:
    "The configuration with its own media type, or a field of it: a string as text, else as JSON. As JSON: several names.",
  // AppConfig stores content of any media type.
  otherMediaType: "*/*",
  permissions: [
    {
      listed: "`appconfig`",
      actions: "`appconfig:StartConfigurationSession`, `appconfig:GetLatestConfiguration`",
      on: "`arn:aws:appconfig:<region>:<account>:application/<id>/environment/<id>/configuration/<profile's id>`",
    },
  ],
}
