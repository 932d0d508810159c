/**
 * The address of a secret of Secrets Manager.
 */
import type { Access } from "../../domain/Address.ts"

export interface SecretAddress extends Access {
  readonly kind: "secrets"
  /** Name or ARN. */
  readonly secretId: string
  /** The id of one version. */
  readonly versionId?: string
  /** Staging label, `AWSCURRENT` unless the section says otherwise; may be absent if `versionId` is given. */
  readonly versionStage?: string
  /** How a value past its ttl is checked. Absent: it is fetched again. */
  readonly revalidate?: "describe"
}

declare module "../../domain/Address.ts" {
  interface Addresses {
    readonly secrets: SecretAddress
  }
}
