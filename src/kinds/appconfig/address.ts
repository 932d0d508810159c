/**
 * The address of a configuration of AppConfig: what is deployed of a profile to an environment.
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
