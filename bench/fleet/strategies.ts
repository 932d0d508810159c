/**
 * The caching strategies that the fleet simulation compares: this extension's, with its own constants and retry rule, and those
 * of other extensions.
 */
import * as Duration from "effect/Duration"
import {
  DEFAULT_NEGATIVE_TTL,
  DEFAULT_STALE_IF_DENIED,
  DEFAULT_STALE_IF_ERROR,
} from "../../src/domain/defaults.ts"
import type { Policy } from "../../src/domain/Entry.ts"
import { SourceError, Throttled } from "../../src/domain/SourceError.ts"
import type { Engine } from "./engines.ts"
import { BACKOFF_RETRIES, FIRST_PAUSE, retryRule } from "../../src/sources/retry.ts"

export const SECOND = 1_000
export const MINUTE = 60 * SECOND

/** The error of a call beyond the quota. */
export const THROTTLED = new SourceError({ reason: new Throttled({ detail: "ThrottlingException" }) })

export interface Strategy {
  readonly name: string
  readonly policy: Policy
  /** Names per call. */
  readonly batchSize: number
  /** Concurrent calls per environment. With 1, the first failure ends the invoke. */
  readonly concurrency: number
  readonly preloads: boolean
  /** How often a throttled call is retried. */
  readonly retries: number
  /** The longest pause before a retry (counted from 0), in milliseconds. The pause is random between zero and this. */
  readonly longestPause: (retry: number) => number
  /** The shared tier, if there is one. */
  readonly tier?: { readonly engine: Engine; readonly isPacked: boolean }
}

/** GetParameters takes 10 names. */
const NAMES_PER_CALL = 10

export const ours = (ttl: number): Strategy => ({
  name: "this extension",
  policy: {
    ttl,
    staleWhileRevalidate: 5 * MINUTE,
    staleIfError: DEFAULT_STALE_IF_ERROR,
    staleIfDenied: DEFAULT_STALE_IF_DENIED,
    negativeTtl: DEFAULT_NEGATIVE_TTL,
  },
  batchSize: NAMES_PER_CALL,
  concurrency: Number.POSITIVE_INFINITY,
  preloads: true,
  retries: retryRule(THROTTLED) === "backoff" ? BACKOFF_RETRIES : 0,
  longestPause: (retry) => Duration.toMillis(FIRST_PAUSE) * 2 ** retry,
})

/** With the shared tier. `isPacked`: each batch has a record with all of its values. */
export const shared = (ttl: number, engine: Engine, isPacked: boolean): Strategy => ({
  ...ours(ttl),
  name: `shared, ${engine.name}${isPacked ? "" : " without packs"}`,
  tier: { engine, isPacked },
})

/** Calls one by one when an expired value is read. The SDK makes 3 attempts. */
const oneByOne = (name: string, ttl: number): Strategy => ({
  name,
  policy: { ttl, staleWhileRevalidate: 0, staleIfError: 0, staleIfDenied: 0, negativeTtl: 0 },
  batchSize: 1,
  concurrency: 1,
  preloads: false,
  retries: 2,
  // Standard retries of the SDK for Go: a random pause of up to one second, then up to two.
  longestPause: (retry) => SECOND * 2 ** retry,
})

/** The sample this extension replaces. */
export const original = (ttl: number): Strategy => ({ ...oneByOne("the Go sample", ttl), preloads: true })

/** An extension that loads nothing at start-up; its longest ttl is 300 s. */
export const PEER: Strategy = oneByOne("a peer, no preload", 5 * MINUTE)
