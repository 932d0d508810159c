/**
 * The addresses of Parameter Store: one parameter, or everything below a path.
 */
import type { Access } from "../../domain/Address.ts"

/** How the names begin by which Parameter Store reads secrets of Secrets Manager. */
export const SECRET_REFERENCE = "/aws/reference/secretsmanager/"

/** A parameter of Parameter Store. */
export interface ParameterAddress extends Access {
  readonly kind: "parameters"
  /** Name, path, ARN or secret reference, with `:version` or `:label` where one is wanted. */
  readonly name: string
  /** Default true. Without it, a SecureString comes as its ciphertext. */
  readonly withDecryption?: boolean
}

/** Everything below a path of Parameter Store, at any depth, read with decryption. */
export interface ParameterPathAddress extends Access {
  readonly kind: "parameters"
  /** Begins with a slash; one at its end makes no difference. */
  readonly path: string
}

declare module "../../domain/Address.ts" {
  interface Addresses {
    readonly parameters: ParameterAddress | ParameterPathAddress
  }
}
