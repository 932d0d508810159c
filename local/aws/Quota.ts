/**
 * Quotas: how many reading calls a second a service allows, as a token bucket per service and region that holds the calls of
 * one second. `AwsEmulator` takes a token for each call; answer.ts refuses a call without one, as AWS does.
 *
 * In Parameter Store, GetParameter, GetParameters and GetParametersByPath share 40 requests a second in an account and
 * region by default. AWS does not document how many may come at once; one second's worth is an assumption.
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Service, SERVICES } from "./protocol.ts"

const PerSecond = Schema.Finite.check(Schema.isGreaterThan(0))

/** Reading calls a second by service. A service that is not listed has no quota. */
export const Quotas = Schema.Record(Schema.Literals(SERVICES), Schema.optionalKey(PerSecond))
export type Quotas = typeof Quotas.Type

/** What tests and other processes control. */
export interface Quota {
  readonly get: Effect.Effect<Quotas>
  /** Replaces all quotas. Every bucket is full again. */
  readonly set: (quotas: Quotas) => Effect.Effect<void>
}

interface Bucket {
  tokens: number
  /** Epoch milliseconds. */
  filledAt: number
}

const SECOND = 1_000

/** Writes have quotas of their own in AWS, and none here. */
const READING = /^(Get|BatchGet|StartConfigurationSession$)/

/** What a bucket holds: with less than one call a second, the one call that is due. */
const capacityOf = (perSecond: number): number => Math.max(1, perSecond)

/** The tokens at this time. The system's clock may have been set back, which brings none. */
const tokensAt = ({ filledAt, tokens }: Bucket, perSecond: number, now: number): number =>
  Math.min(capacityOf(perSecond), tokens + (Math.max(0, now - filledAt) / SECOND) * perSecond)

/** These quotas, and the function that takes a token. */
export const makeQuota = (
  initial: Quotas,
): {
  readonly quota: Quota
  /** Whether a call that arrives now, in epoch milliseconds, is within the quota. */
  readonly allows: (
    call: { readonly service: Service; readonly operation: string; readonly region: string },
    now: number,
  ) => boolean
} => {
  let quotas = initial
  const buckets = new Map<string, Bucket>()

  return {
    allows: ({ operation, region, service }, now) => {
      const perSecond = quotas[service]
      if (perSecond === undefined || !READING.test(operation)) return true
      const key = `${service} ${region}`
      const full = { tokens: capacityOf(perSecond), filledAt: now }
      const tokens = tokensAt(buckets.get(key) ?? full, perSecond, now)
      const isAllowed = tokens >= 1
      buckets.set(key, { tokens: isAllowed ? tokens - 1 : tokens, filledAt: now })
      return isAllowed
    },
    quota: {
      get: Effect.sync(() => quotas),
      set: (next) =>
        Effect.sync(() => {
          quotas = next
          buckets.clear()
        }),
    },
  }
}
