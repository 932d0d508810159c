/**
 * A slot and a policy with round limits, for the tables in the tests of the slot.
 */
import { afterError, afterValue, type Decision, type Slot } from "../../src/cache/Slot.ts"
import type { Policy } from "../../src/domain/Entry.ts"
import { AccessDenied, InvalidRequest, type SourceError, TooLarge } from "../../src/domain/SourceError.ts"
import { failure, text } from "./entries.ts"

/** Fresh until 1100, stale until 1120, for errors until 1150; denied for 30, absent for 5. */
export const POLICY: Policy = {
  ttl: 100,
  staleWhileRevalidate: 20,
  staleIfError: 50,
  staleIfDenied: 30,
  negativeTtl: 5,
}
export const AT = 1_000
export const { held } = afterValue(text("v"), AT, POLICY, 0)
export const HELD: Slot = { held }

export const denied = failure(new AccessDenied({ detail: "denied" }))
export const invalid = failure(new InvalidRequest({ detail: "invalid" }))
export const tooLarge = failure(new TooLarge({ detail: "too large" }))

/** Fails at a moment with the longest pause, 100 ms the first time. */
export const failed = (slot: Slot, error: SourceError, now: number) => afterError(slot, error, now, 1)

export const serve = (now: number): Decision => ({ _tag: "Serve", held, age: now - AT })
export const refresh = (now: number): Decision => ({ _tag: "ServeAndRefresh", held, age: now - AT })
export const meanwhile = (now: number, isDenied = false): Decision => ({
  _tag: "ServeWhileFailing",
  held,
  age: now - AT,
  isDenied,
})
export const fetch = (reason: "miss" | "stale" | "request"): Decision => ({ _tag: "Fetch", reason })
export const refuse = (error: SourceError): Decision => ({ _tag: "Refuse", error })
