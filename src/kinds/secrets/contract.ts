/**
 * Secrets in the documents.
 */
import { DEFAULT_VERSION_STAGE } from "../../domain/defaults.ts"
import { parseArn } from "../arn.ts"
import type { Contract, GrantContext } from "../Contract.ts"
import type { SecretAddress } from "./address.ts"
import type { query } from "./query.ts"

/** The end of a whole ARN: Secrets Manager appends a dash and six characters to the name. */
const SUFFIX = /-[a-zA-Z0-9]{6}$/
const ANY_SUFFIX = "-??????"

/**
 * The resource of a secret, by its name or ARN.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
 */
export const secretArn = (secretId: string, { account, partition, region }: GrantContext): string => {
  if (parseArn(secretId) === undefined)
    return `arn:${partition}:secretsmanager:${region}:${account}:secret:${secretId}${ANY_SUFFIX}`
  return SUFFIX.test(secretId) ? secretId : `${secretId}${ANY_SUFFIX}`
}

export const contract: Contract<typeof query, SecretAddress> = {
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
    {
      listed: "`secrets` with `revalidate: describe`",
      actions: "`secretsmanager:DescribeSecret`, and the two above",
      on: "the secret",
    },
  ],
  grants: ({ revalidate, secretId, versionStage }, context) => [
    { actions: ["secretsmanager:GetSecretValue"], resources: [secretArn(secretId, context)] },
    ...(revalidate === "describe"
      ? [{ actions: ["secretsmanager:DescribeSecret"], resources: [secretArn(secretId, context)] }]
      : []),
    // The action has no resource: each secret also needs the one above. It reads no other stage.
    ...(versionStage === DEFAULT_VERSION_STAGE
      ? [{ actions: ["secretsmanager:BatchGetSecretValue"], resources: ["*"], batch: "" }]
      : []),
  ],
}
