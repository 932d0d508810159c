/**
 * The address of an object in S3.
 */
import type { Access } from "../../domain/Address.ts"

export interface ObjectAddress extends Access {
  readonly kind: "s3"
  readonly bucket: string
  readonly key: string
  /** The id of one version. Default: the current one. */
  readonly versionId?: string
  /** The longest object that is kept, in bytes as stored. */
  readonly maxBytes: number
}

declare module "../../domain/Address.ts" {
  interface Addresses {
    readonly s3: ObjectAddress
  }
}
