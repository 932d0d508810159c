/**
 * The addresses of Parameter Store: one parameter, or everything below a path.
 */
import type { Access } from "../../domain/Address.ts"

/** The prefix of names through which Parameter Store reads secrets of Secrets Manager. */
export const SECRET_REFERENCE = "/aws/reference/secretsmanager/"

/** A parameter of Parameter Store. */
export interface ParameterAddress extends Access {
  readonly kind: "parameters"
  /** Name, ARN or secret reference, optionally with `:version` or `:label`. */
  readonly name: string
  /** Default true. If false, a SecureString is returned as ciphertext. */
  readonly withDecryption?: boolean
}

/** Everything below a path of Parameter Store, read with decryption. */
export interface ParameterPathAddress extends Access {
  readonly kind: "parameters"
  /** Begins with a slash; a trailing slash makes no difference. */
  readonly path: string
  /** Whether only what is directly below it counts. Absent: at any depth. */
  readonly recursive?: false
  /** The label of the versions to read; parameters without it are left out. Absent: the latest versions. */
  readonly label?: string
}

declare module "../../domain/Address.ts" {
  interface Addresses {
    readonly parameters: ParameterAddress | ParameterPathAddress
  }
}
