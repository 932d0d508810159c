/**
 * A kind of source: everything that the rest of the program knows about it.
 *
 * Each folder here describes one kind in its `index.ts`, and `kinds.ts` lists them. A description imports no SDK client:
 * the module that fetches is imported with the first address of its kind. docs/adding-a-source.md shows how to add a kind.
 */
import type * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type { Grammar } from "../config/fields/grammar.ts"
import type { Access, AddressOf, Kind } from "../domain/Address.ts"
import type { EntryKey, Value } from "../domain/Entry.ts"
import type { Contract } from "./Contract.ts"
import type { Section } from "./Section.ts"
import type { Source } from "./Source.ts"

/** The service that values come from. */
export interface Service {
  /** Its usual name, for messages. */
  readonly name: string
  /** Its identity in AWS; absent if it is not an AWS service. */
  readonly aws?: AwsService
}

/** An AWS service. */
export interface AwsService {
  /** The name in AWS_ENDPOINT_URL_<ID>, which also labels metrics and spans. */
  readonly id: string
  /** The first part of its regional host name: `<host>.<region>.amazonaws.com`. */
  readonly host: string
  /** The longest reply of each operation, in bytes, if that is more than 1 MiB. */
  readonly longestReplies: Readonly<Record<string, number>>
  /** Finds the operation of a request, for a service whose requests do not name it in `x-amz-target`. */
  readonly operationOf?: (method: string, path: string) => string | undefined
  /** The operations whose requests are valid only once, so none may reach AWS twice. */
  readonly unrepeatable?: ReadonlyArray<string>
  /**
   * Whether replies are content that users have stored: in a content coding of theirs, or 304 because it has not changed, or
   * 301 and 307 because it is elsewhere. Other services send none of this.
   */
  readonly servesContent?: boolean
  /**
   * Whether the calls belong to the shared tier, which counts its own. They end after tens of milliseconds, so a silent one
   * says nothing about the network.
   */
  readonly isTier?: boolean
}

/** A query key that selects a version. Plain data: the routes check requests by it, and the OpenAPI document derives from it. */
export type Selector = {
  /** Why a text is not valid; undefined if it is. */
  readonly fault: Grammar
  /** Whether the client also takes a number. */
  readonly isNumber?: boolean
} & (
  | {
      /** Matches every valid text. */
      readonly pattern: RegExp
    }
  | {
      /** The maximum length, in characters. */
      readonly longest: number
    }
)

/** The members of a value that have variants. */
export interface VariantDocument {
  readonly names: ReadonlyArray<string>
  /**
   * The JSON of the variant that a context selects; undefined: there is no such member. `context` is the request's header of that
   * name. Fails if that cannot be told.
   */
  readonly select: (name: string, context: string | undefined) => Result.Result<string | undefined, string>
}

/** For values of another media type than JSON, of whose members the request's context selects variants. */
interface Variants {
  readonly isFor: (contentType: string) => boolean
  /** Imports what reads them. */
  readonly load: () => Promise<{
    /** Reads a value, or says why it cannot be read. */
    readonly parse: (text: string) => Result.Result<VariantDocument, string>
  }>
}

/**
 * A query key that selects members of a value, which must be a JSON object: one member is answered alone, several as an object
 * with them. May be repeated, excludes `json`, and means nothing to DELETE. Plain data, like a selector.
 */
export interface Members {
  readonly key: string
  readonly fault: Grammar
  /** The longest name of a member, in characters. */
  readonly longest: number
  /** Absent if members have no variants. */
  readonly variants?: Variants
}

/**
 * The query key `as`, which asks for a value in another form. Excludes `json` and `path`, and means nothing to DELETE. Plain data,
 * but for the function.
 */
export interface Forms {
  readonly words: readonly [string, ...ReadonlyArray<string>]
  /** The value, or a member of it, as JSON; undefined if it has no such form. `form` is one of the words. */
  readonly write: (form: string, text: string, value: Value, member: string | undefined) => string | undefined
  /** Why it may have none, for messages: "the value is not a StringList". */
  readonly otherwise: string
}

/** The query of a request: `GET /<kind>?name=...`. */
export interface QueryRules {
  /** The longest name, in characters. */
  readonly longestName: number
  /** The keys besides `name`, `path` and `json`, in the order in which messages name them. */
  readonly selectors: Readonly<Record<string, Selector>>
  /** Pairs of selectors that exclude each other. Messages name the second as the alternative to the first. */
  readonly exclusive?: ReadonlyArray<readonly [string, string]>
  /** Absent if values have no members to select. */
  readonly members?: Members
  /** Absent if values have no other forms. */
  readonly forms?: Forms
}

/** For a kind whose values have paths: everything below a path can be cached as one JSON object. */
export interface Paths<A> {
  /** The path of an address; undefined for a single value. */
  readonly pathOf: (address: A) => string | undefined
  /** The key of everything below a path. */
  readonly keyOf: (path: string) => EntryKey
  /** Whether a name, or another path, belongs to a listed path. */
  readonly isBelow: (address: A, name: string) => boolean
  /** The number of levels. Of two paths above a name, the one with more levels is nearer. */
  readonly depthOf: (path: string) => number
  /** The address of everything below a path. */
  readonly addressOf: (access: Access, path: string) => A
  /** The address of a single value below a listed path. */
  readonly memberAt: (address: A, name: string) => A
}

/** A module that fetches the values of a kind. */
interface FetchModule<K extends Kind, R> {
  readonly make: Effect.Effect<Source<K>, never, R>
}

/** A kind. `R` is what its source requires. */
export interface KindDescription<K extends Kind, R = unknown> {
  /** The key of its section in config.yaml, the first segment of its URLs and the label in metrics. */
  readonly kind: K
  readonly service: Service
  readonly section: Section<K>
  readonly query: QueryRules
  /**
   * Whether the address alone tells that the value is a secret, so that config.yaml should decide on `server.token`, and the
   * shared tier keeps it only encrypted. If only the reply tells, the source sets `Value.isSecret`.
   */
  readonly isSecret: (address: AddressOf<K>) => boolean
  /** Whether any value of this kind may be a secret: the shared tier keeps them only encrypted. Default: false. */
  readonly mayBeSecret?: boolean
  /**
   * For a kind that may be secret: what `shared: plain` declares of an item's values, as in "none of them is a SecureString". The
   * shared tier then keeps them unencrypted, except those whose address or reply tells that they are secret. The section has
   * the key by `sharedOrPlainField`. Absent: the kind has no `shared: plain`.
   */
  readonly plainIf?: string
  /** Absent if the values have no paths. */
  readonly paths?: Paths<AddressOf<K>>
  /** Imports what only documents need; layers leave it out. */
  readonly contract: () => Promise<{ readonly contract: Contract<QueryRules, AddressOf<K>> }>
  /** Imports the module that fetches, and with it the SDK client. */
  readonly fetch: () => Promise<FetchModule<K, R>>
}

export const defineKind = <K extends Kind, R>(kind: KindDescription<K, R>): KindDescription<K, R> => kind
