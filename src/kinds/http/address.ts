/**
 * The address of a value on the web: a URL, with what is sent along and what is allowed.
 */
import type { Access } from "../../domain/Address.ts"
import type { SecretAddress } from "../secrets/address.ts"

/** A header whose value config.yaml has, or one whose value is a secret. */
export type UrlHeader =
  | { readonly name: string; readonly value: string }
  | {
      readonly name: string
      readonly secret: SecretAddress
      /** The JSON pointer, if the header is a field of the secret. */
      readonly json?: string
      /** What stands before it, such as `Bearer `. */
      readonly prefix: string
    }

export interface UrlAddress extends Access {
  readonly kind: "http"
  readonly url: string
  readonly headers: ReadonlyArray<UrlHeader>
  /** The longest body that is kept, in bytes, without its content coding. */
  readonly maxBytes: number
  readonly maxRedirects: number
  readonly honourCacheControl: boolean
  readonly allowHttp: boolean
  readonly allowPrivate: boolean
}

declare module "../../domain/Address.ts" {
  interface Addresses {
    readonly http: UrlAddress
  }
}
