/**
 * URLs in the documents.
 */
import type { Contract } from "../Contract.ts"
import { secretArn } from "../secrets/contract.ts"
import type { UrlAddress } from "./address.ts"
import type { query } from "./query.ts"

export const contract: Contract<typeof query, UrlAddress> = {
  id: "Urls",
  plural: "URLs",
  title: "What URLs return",
  name: {
    description: "A URL of config.yaml, or its name there",
    example: "https://example.com/.well-known/jwks.json",
  },
  selectors: {},
  answer:
    "The body with its own media type, or a field of it: a string as text, else as JSON. As JSON: several names.",
  otherMediaType: "*/*",
  permissions: [
    {
      listed: "`http` with `secret`",
      actions:
        "`secretsmanager:GetSecretValue`, and `secretsmanager:BatchGetSecretValue` (on `*`) for several",
      on: "the secret of the header",
    },
  ],
  grants: ({ headers, region }, context) =>
    headers.flatMap((header) => {
      if (!("secret" in header)) return []
      const { secretId, region: itsOwn } = header.secret
      // Only the context knows what stands for the function's region.
      const place = itsOwn === region ? context : { ...context, region: itsOwn }
      return [
        { actions: ["secretsmanager:GetSecretValue"], resources: [secretArn(secretId, place)] },
        { actions: ["secretsmanager:BatchGetSecretValue"], resources: ["*"], batch: "" },
      ]
    }),
}
