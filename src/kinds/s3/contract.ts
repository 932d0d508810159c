/**
 * Objects in the documents.
 */
import type { Contract, GrantContext } from "../Contract.ts"
import type { ObjectAddress } from "./address.ts"
import type { query } from "./query.ts"

/**
 * What IAM reads as a wildcard or a variable, or the formats of `policy` as more than text. `?` stands for any one character,
 * so the ARN is no wider than it must be.
 */
const NO_PLAIN_TEXT = /[*$`\\]|%(?=\{)/g

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html: no region, no account. */
const objectArn = ({ bucket, key }: ObjectAddress, { partition }: GrantContext): string =>
  `arn:${partition}:s3:::${bucket}/${key.replaceAll(NO_PLAIN_TEXT, "?")}`

export const contract: Contract<typeof query, ObjectAddress> = {
  id: "Objects",
  plural: "objects",
  title: "Objects of S3",
  name: {
    description: "An object: bucket and key with a slash between, or its name in config.yaml",
    example: "shop-data/rates.json",
  },
  selectors: {
    versionId: {
      description: "The id of a version. Default: what config.yaml says, else the current one.",
      example: "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
    },
  },
  answer:
    "The object with its own media type, or a field of it: a string as text, else as JSON. As JSON: several names.",
  otherMediaType: "*/*",
  permissions: [
    {
      listed: "`s3`",
      actions:
        "`s3:GetObject`, and `s3:GetObjectVersion` for versions. With `s3:ListBucket` on the bucket, S3 says 404 for a missing object; without, it says 403",
      on: "the object",
    },
  ],
  grants: (address, context) => [
    {
      // Functions can ask for any version of it.
      actions: [...(address.versionId === undefined ? ["s3:GetObject"] : []), "s3:GetObjectVersion"],
      resources: [objectArn(address, context)],
    },
  ],
}
