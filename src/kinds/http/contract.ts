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
  title: "What URLs give",
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
  grants: ({ headers }, context) =>
    headers.flatMap((header) =>
      "secret" in header
        ? [
            {
              actions: ["secretsmanager:GetSecretValue"],
              resources: [secretArn(header.secret.secretId, { ...context, region: header.secret.region })],
            },
            { actions: ["secretsmanager:BatchGetSecretValue"], resources: ["*"], batch: "" },
          ]
        : [],
    ),
}
