/**
 * What config.yaml says about the shared tier, in the form that the program uses. Types only: the code that makes it is loaded
 * only if the file has the section `shared` (`shared/plan.ts`).
 */
import type { AddressOf, Kind } from "../domain/Address.ts"

/** How the extension authenticates with Valkey or Redis. */
export type RedisLogin =
  | {
      readonly _tag: "Password"
      /** Absent: the default user. */
      readonly username?: string
      readonly secret: AddressOf<"secrets">
      /** A JSON pointer to the password in the secret; absent: the whole secret. */
      readonly json?: string
    }
  /** By a token of IAM. `cache` is the name of the cache or cluster. */
  | { readonly _tag: "Iam"; readonly user: string; readonly cache: string; readonly region: string }

export type StorePlan =
  | { readonly _tag: "DynamoDb"; readonly table: string; readonly region: string }
  | {
      readonly _tag: "Redis"
      readonly host: string
      readonly port: number
      readonly isTls: boolean
      /** Absent: no authentication. */
      readonly login?: RedisLogin
    }

/** Where the key of the encryption is. */
export type EncryptionPlan =
  | { readonly _tag: "Kms"; readonly keyId: string; readonly region: string }
  /** The value at the address is the key. */
  | { readonly _tag: "Key"; readonly address: AddressOf<"secrets"> | AddressOf<"parameters"> }

export interface SharedPlan {
  readonly store: StorePlan
  /** Who shares with whom. */
  readonly namespace: string
  /** How long an operation may take with an open connection, in milliseconds. */
  readonly timeout: number
  /** Absent: values are kept unencrypted, and secrets not at all. */
  readonly encryption?: EncryptionPlan
  readonly kinds: ReadonlySet<Kind>
}
