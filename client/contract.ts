/**
 * What a user of the client sees: kinds, options, methods, the error. `Client.ts` implements it on `fetch`, `effect.ts`
 * as a service, and both export it.
 */

import type { Selectors } from "./kinds.ts"

export type { Selectors } from "./kinds.ts"

/** A kind of value: a section of config.yaml. */
export type Kind = keyof Selectors

export interface CallOptions {
  /** Ends the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** How old a value may be. */
export interface ReadOptions extends CallOptions {
  /** Seconds. Default: the `ttl` of config.yaml. */
  readonly maxAge?: number | undefined
  /** Costs no call of AWS: what is not in memory is refused with 504. */
  readonly onlyIfCached?: boolean | undefined
}

/** The options of a read of one name. */
export type OptionsOf<K extends Kind> = Selectors[K] & ReadOptions

/** Which part of a JSON value is read. */
export interface JsonOptions {
  /** A JSON pointer (RFC 6901), as in `/database/host`. Default: the whole value. */
  readonly pointer?: string | undefined
}

/** The answer to a read of several names: each is in one of the two. */
export interface Many<Value> {
  /** Text as it is, an item as its JSON value, a binary secret in base64. */
  readonly values: Readonly<Record<string, Value>>
  readonly errors: Readonly<Record<string, CacheExtensionError>>
}

/** All methods reject with `CacheExtensionError`, or with the reason of the caller's signal. */
export interface Client {
  /** A value as text. A binary secret is refused: see `getBytes`. */
  readonly get: <K extends Kind>(kind: K, name: string, options?: OptionsOf<K>) => Promise<string>
  /** A JSON value, or one field of it. That it is a `Value` is the caller's word: nothing checks it. */
  readonly getJson: <Value = unknown, K extends Kind = Kind>(
    kind: K,
    name: string,
    options?: OptionsOf<K> & JsonOptions,
  ) => Promise<Value>
  /** A value's bytes. */
  readonly getBytes: <K extends Kind>(kind: K, name: string, options?: OptionsOf<K>) => Promise<Uint8Array>
  /**
   * Any number of values, by as few requests as the extension takes them in. What fails is in `errors` and spoils no
   * other. Items are `Value`s on the caller's word.
   */
  readonly getMany: <Value = string>(
    kind: Kind,
    names: ReadonlyArray<string>,
    options?: ReadOptions,
  ) => Promise<Many<Value>>
  /** All parameters below a path of config.yaml, each by its full name. */
  readonly getByPath: (path: string, options?: ReadOptions) => Promise<Readonly<Record<string, string>>>
  /** The value as AWS has it now, for when what it opens has refused it; the old one while AWS fails. */
  readonly refresh: <K extends Kind>(
    kind: K,
    name: string,
    options?: Selectors[K] & CallOptions,
  ) => Promise<string>
  /** Has the extension forget a value, so that the next read asks AWS. */
  readonly invalidate: <K extends Kind>(
    kind: K,
    name: string,
    options?: Selectors[K] & CallOptions,
  ) => Promise<void>
}

/** What is needed of `fetch`. */
export type Fetch = (
  url: string,
  init: { readonly method: string; readonly headers: Record<string, string>; readonly signal: AbortSignal },
) => Promise<Response>

export interface ClientOptions {
  /** Default: CACHE_EXTENSION_PORT, or 4000. */
  readonly port?: number | string | undefined
  /** What `server.token: required` asks for; an empty one is not sent. Default: AWS_SESSION_TOKEN. */
  readonly token?: string | undefined
  /** Default: the global one. */
  readonly fetch?: Fetch | undefined
  /** Milliseconds for a call with all its attempts. Default 10,000. */
  readonly timeout?: number | undefined
}

/** Problem details (RFC 9457, section 3.1). */
export interface Problem {
  /** The HTTP status; 0 where no usable answer came. */
  readonly status: number
  /** Names the problem, as in `urn:lambda-cache-extension:problem:no-data-found`. */
  readonly type: string
  /** The problem in a few words, as in `No data found`. */
  readonly title: string
  /** What happened this time. */
  readonly detail: string
}

/** What the extension answered instead of a value, or that no answer came. Shows no value. */
export class CacheExtensionError extends Error implements Problem {
  override readonly name = "CacheExtensionError"
  declare readonly status: number
  declare readonly type: string
  declare readonly title: string
  declare readonly detail: string

  constructor({ detail, status, title, type }: Problem) {
    super(`${title}: ${detail}`)
    Object.assign(this, { status, type, title, detail })
  }
}
