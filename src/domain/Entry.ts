/**
 * What the cache keeps: an entry's key, where its value comes from, and how long it may be served.
 *
 * The configuration plans entries, the sources fetch their values, the cache holds them. Nothing here performs an effect.
 */
import type * as Redacted from "effect/Redacted"
import type { Address, Kind } from "./Address.ts"

/**
 * Identifies an entry within one environment: the kind, which is also the first segment of the URL, then the name that
 * functions request: `GET /<kind>?name=<name>`. If a name alone is not enough, the query takes its place.
 */
export type EntryKey = `${Kind}:${string}` | `${Kind}?${string}`

export const entryKey = (kind: Kind, name: string): EntryKey => `${kind}:${name}`

/** The key of a query that is more than a name. Two different queries never share a key, nor do a query and a name. */
export const queryKey = (kind: Kind, query: Readonly<Record<string, string>>): EntryKey =>
  `${kind}?${new URLSearchParams(query).toString()}`

/**
 * How long a value may be served. All times are in milliseconds; a negative or zero `ttl` makes every read fetch. The names
 * follow RFC 5861 and RFC 2308.
 */
export interface Policy {
  /** Up to this age a value is fresh and served without a fetch. */
  readonly ttl: number
  /** How long past `ttl` the old value is served at once while a new one is fetched in the background. */
  readonly staleWhileRevalidate: number
  /** How long past `ttl` the old value is served while AWS fails. */
  readonly staleIfError: number
  /** How long after AWS first denied access the old value is still served, within its other limits. */
  readonly staleIfDenied: number
  /** How long "no such parameter" is remembered. */
  readonly negativeTtl: number
  /**
   * What the shared tier may do with the value: keep nothing of it, or keep it unencrypted too. Absent: keep it, and if it may
   * be a secret, only encrypted.
   */
  readonly shared?: "never" | "plain"
}

/** A value to cache: `name` is what functions request, `address` where the source fetches it. */
export interface Entry {
  readonly key: EntryKey
  readonly name: string
  readonly address: Address
  readonly policy: Policy
  /**
   * The listed entry that this is another version of, or the listed path above it. Absent for listed entries and for those
   * unrelated to a listed one.
   */
  readonly listedAs?: EntryKey
  /** How long a read waits for AWS in total, in milliseconds. Default: that of the cache's limits. */
  readonly readBudget?: number
}

/** For how long the service lets a value be served, in milliseconds. Absent: as long as the policy says. */
export interface Lifetime {
  readonly ttl?: number
  readonly staleWhileRevalidate?: number
  readonly staleIfError?: number
}

/** A fetched value, ready to be written to a function. */
export interface Value {
  /** Text, or bytes if the value is binary. Redacted until the HTTP write. */
  readonly body: Redacted.Redacted<string | Uint8Array>
  /** The media type of the reply, for instance `text/plain; charset=utf-8`. */
  readonly contentType: string
  /** The content codings of the body, such as `gzip` (RFC 9110, section 8.4). Absent: none. */
  readonly coding?: string
  /** The version as the service names it: a parameter's number, a secret's version id, a configuration's label. */
  readonly version?: string
  /** What the reply says besides the value, under the SDK's names and ready for JSON. Never the value itself. */
  readonly details?: Readonly<Record<string, unknown>>
  /** AWS says that the value is a secret, so it leaves the function only encrypted, whatever config.yaml says. */
  readonly isSecret?: true
  /** What the service says about its lifetime, if the entry honours that. The policy of the entry is never exceeded. */
  readonly lifetime?: Lifetime
  /** When the value was requested from AWS, in epoch milliseconds, if that was not when its fetch started. */
  readonly askedAt?: number
}
