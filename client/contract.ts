/**
 * The public interface of the client: kinds, options, methods, the error. `Client.ts` implements it with `fetch`,
 * `effect.ts` as a service. Both export it.
 */
import type { Selectors, Views } from "./kinds.ts"

export type { Selectors, Views } from "./kinds.ts"

/** An instance of a class of the platform: of the DOM or of Node, whichever types a project has, else of these members. */
type Platform<Name extends string, Members> = typeof globalThis extends {
  readonly [name in Name]: { readonly prototype: infer Instance }
}
  ? Instance
  : Members

/** An `AbortSignal`. */
export type PlatformAbortSignal = Platform<"AbortSignal", { readonly aborted: boolean }>

/** A `Response` of `fetch`. */
export type PlatformResponse = Platform<"Response", { readonly ok: boolean; readonly status: number }>

/** A kind of value: a section of config.yaml. */
export type Kind = keyof Selectors

export interface CallOptions {
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: PlatformAbortSignal | undefined
}

/** How old a value may be. */
export interface ReadOptions extends CallOptions {
  /** Seconds. Default: the `ttl` of config.yaml. */
  readonly maxAge?: number | undefined
  /** Never calls AWS: a 504 if there is no value in memory. */
  readonly onlyIfCached?: boolean | undefined
}

/** The options of a read of one name. */
export type OptionsOf<K extends Kind> = Selectors[K] & Views[K] & ReadOptions

/** Which part of a JSON value is read. */
export interface JsonOptions {
  /** A JSON pointer (RFC 6901), as in `/database/host`. Default: the whole value. */
  readonly pointer?: string | undefined
}

/** The result of a read of several names: each is in `values` or in `errors`. */
export interface Many<Value> {
  /** Text as a string, an item as its JSON value, a binary secret in base64. */
  readonly values: Readonly<Record<string, Value>>
  readonly errors: Readonly<Record<string, CacheExtensionError>>
}

/** All methods reject with `CacheExtensionError`, or with the reason of the caller's signal. */
export interface Client {
  /** A value as text. Rejects for a binary secret: see `getBytes`. */
  readonly get: <K extends Kind>(kind: K, name: string, options?: OptionsOf<K>) => Promise<string>
  /** A JSON value, or one field of it. The type `Value` is not checked. */
  readonly getJson: <Value = unknown, K extends Kind = Kind>(
    kind: K,
    name: string,
    options?: OptionsOf<K> & JsonOptions,
  ) => Promise<Value>
  /** A value's bytes. */
  readonly getBytes: <K extends Kind>(kind: K, name: string, options?: OptionsOf<K>) => Promise<Uint8Array>
  /**
   * Any number of values, in as few requests as possible. A failed name is in `errors` and does not affect the others.
   * The type `Value` is not checked.
   */
  readonly getMany: <Value = string>(
    kind: Kind,
    names: ReadonlyArray<string>,
    options?: ReadOptions,
  ) => Promise<Many<Value>>
  /** All parameters below a path of config.yaml, each by its full name. */
  readonly getByPath: (path: string, options?: ReadOptions) => Promise<Readonly<Record<string, string>>>
  /** The current value from AWS, or the old one while AWS fails. Use it when a service refuses a secret. */
  readonly refresh: <K extends Kind>(
    kind: K,
    name: string,
    options?: Selectors[K] & CallOptions,
  ) => Promise<string>
  /** Removes a value from the extension's memory, so that the next read calls AWS. */
  readonly invalidate: <K extends Kind>(
    kind: K,
    name: string,
    options?: Selectors[K] & CallOptions,
  ) => Promise<void>
}

/** The part of `fetch` that the client uses. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly signal: PlatformAbortSignal
  },
) => Promise<PlatformResponse>

export interface ClientOptions {
  /** Default: CACHE_EXTENSION_PORT, or 4000. */
  readonly port?: number | string | undefined
  /** The token that `server.token: required` demands. Default: AWS_SESSION_TOKEN; outside of Lambda CACHE_EXTENSION_TOKEN or the file of CACHE_EXTENSION_TOKEN_FILE first. An empty one is not sent. */
  readonly token?: string | undefined
  /** Default: the global one. */
  readonly fetch?: Fetch | undefined
  /** The time limit of a call with all its attempts, in milliseconds. Default 10,000. */
  readonly timeout?: number | undefined
}

/** Problem details (RFC 9457, section 3.1). */
export interface Problem {
  /** The HTTP status; 0 without a usable answer. */
  readonly status: number
  /** A URI that names the problem, for example `urn:lambda-cache-extension:problem:no-data-found`. */
  readonly type: string
  /** The problem in a few words, for example `No data found`. */
  readonly title: string
  /** What happened in this case. */
  readonly detail: string
}

/** An error response of the extension, or no usable answer. Never contains a value. */
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
