/**
 * What a kind of source is: everything that the rest of the program knows of one.
 *
 * Each folder beside this file describes one kind in its `index.ts`, and `kinds.ts` lists them. A description has no SDK
 * client: the module that fetches is imported when the first address of its kind comes. docs/adding-a-source.md shows how
 * a kind is added.
 */
import type * as Effect from "effect/Effect"
import type { Grammar } from "../config/fields/grammar.ts"
import type { Access, AddressOf, Kind } from "../domain/Address.ts"
import type { EntryKey } from "../domain/Entry.ts"
import type { Contract } from "./Contract.ts"
import type { Section } from "./Section.ts"
import type { Source } from "./Source.ts"

/** The service that values come from. */
export interface Service {
  /** As people call it, for messages. */
  readonly name: string
  /** Where it is in AWS; absent for a service that is not one of AWS. */
  readonly aws?: AwsService
}

/** A service of AWS. */
export interface AwsService {
  /** As AWS_ENDPOINT_URL_<ID> spells it; the label of metrics and spans. */
  readonly id: string
  /** The first part of its host in a region: `<host>.<region>.amazonaws.com`. */
  readonly host: string
  /** The longest reply of an operation, in bytes, where that is more than 1 MiB. */
  readonly longestReplies: Readonly<Record<string, number>>
  /** The operation of a request, for a service whose requests do not name it in `x-amz-target`. */
  readonly operationOf?: (method: string, path: string) => string | undefined
  /** The operations whose requests are valid once, so that none may reach AWS twice. */
  readonly unrepeatable?: ReadonlyArray<string>
}

/** A key of a query that selects a version. Plain data: the routes check by it, the OpenAPI document is made of it. */
export type Selector = {
  /** Why a text cannot be one; undefined where it may be. */
  readonly fault: Grammar
  /** Whether the client takes a number too. */
  readonly isNumber?: boolean
} & (
  | {
      /** Matches every text that may be one. */
      readonly pattern: RegExp
    }
  | {
      /** In characters. */
      readonly longest: number
    }
)

/** What requests may ask: `GET /<kind>?name=...`. */
export interface Query {
  /** The longest name, in characters. */
  readonly longestName: number
  /** The keys beside `name`, `path` and `json`, in the order in which messages name them. */
  readonly selectors: Readonly<Record<string, Selector>>
  /** Selectors that exclude each other: the second is written instead of the first. */
  readonly exclusive?: ReadonlyArray<readonly [string, string]>
}

/** For a kind whose values have paths: everything below a path can be kept as one JSON object. */
export interface Paths<A> {
  /** The path that an address is about; undefined for a single value. */
  readonly pathOf: (address: A) => string | undefined
  /** The key of everything below a path. */
  readonly keyOf: (path: string) => EntryKey
  /** Whether a name, or another path, is below a path at any depth. */
  readonly isBelow: (path: string, name: string) => boolean
  /** The number of levels: of two paths above one name, the one with more is nearer. */
  readonly depthOf: (path: string) => number
  /** The address of everything below a path. */
  readonly addressOf: (access: Access, path: string) => A
  /** The address of one value below a path, by itself. */
  readonly memberAt: (access: Access, name: string) => A
}

/** What a module has that fetches the values of a kind. */
interface FetchModule<K extends Kind, R> {
  readonly make: Effect.Effect<Source<K>, never, R>
}

/** A kind. `R` is what its source needs. */
export interface KindDescription<K extends Kind, R = unknown> {
  /** The key of its section in config.yaml, the first segment of its URLs, the label of its metrics. */
  readonly kind: K
  readonly service: Service
  /** The actions of IAM that its calls need. */
  readonly actions: ReadonlyArray<string>
  readonly section: Section<K>
  readonly query: Query
  /** Whether what is at an address is a secret, so that config.yaml should decide on `server.token`. */
  readonly isSecret: (address: AddressOf<K>) => boolean
  /** Absent: the values have no paths. */
  readonly paths?: Paths<AddressOf<K>>
  /** Imports what only the OpenAPI document needs. Layers are built without it. */
  readonly contract: () => Promise<{ readonly contract: Contract }>
  /** Imports the module that fetches, and with it the SDK's client. */
  readonly fetch: () => Promise<FetchModule<K, R>>
}

/** Describes a kind. */
export const defineKind = <K extends Kind, R>(kind: KindDescription<K, R>): KindDescription<K, R> => kind
