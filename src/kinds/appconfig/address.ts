/**
 * The address of an AppConfig configuration: the deployed version of a profile in an environment.
 */
import type { Access } from "../../domain/Address.ts"

/** Each part is a name or an id. */
export interface ConfigurationAddress extends Access {
  readonly kind: "appconfig"
  readonly application: string
  readonly environment: string
  readonly profile: string
}

declare module "../../domain/Address.ts" {
  interface Addresses {
    readonly appconfig: ConfigurationAddress
  }
}
