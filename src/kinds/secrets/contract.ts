/**
 * Secrets in the documents.
 */
import type { Contract } from "../Contract.ts"
import type { query } from "./query.ts"

export const contract: Contract<typeof query> = {
  id: "Secrets",
  plural: "secrets",
  title: "Secrets of Secrets Manager",
  name: { description: "The name or ARN of a secret", example: "db/main" },
  selectors: {
    versionId: { description: "The id of a version.", example: "0c7ebd9d-8f0d-4fd6-9d2c-2f3f7d0e4b1a" },
    versionStage: {
      description: "The staging label of a version. Default: what config.yaml says, else AWSCURRENT.",
      example: "AWSPREVIOUS",
    },
  },
  answer:
    "As text: the secret, or a field of it that is a string. As bytes: a secret that is binary. As JSON: another field, or several names.",
  otherMediaType: "application/octet-stream",
  permissions: [
    {
      listed: "`secrets`",
      actions:
        "`secretsmanager:GetSecretValue`, and `secretsmanager:BatchGetSecretValue` (on `*`: it has no resource) for several",
      on: "the secret",
    },
  ],
}
