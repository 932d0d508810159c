/**
 * A fetch as its callers see it, and what they may ask of it. Types only: `SingleFlight.ts` makes fetches.
 */
import type * as Effect from "effect/Effect"
import type { SourceError } from "../domain/SourceError.ts"
import type { Effort } from "../sources/retry.ts"
import type { Purpose } from "./FailureLog.ts"
import type { Demand, Held } from "./Slot.ts"

/** The value that a fetch returned. */
export interface Fetched {
  readonly held: Held
  readonly isStored: boolean
  /** Whether it came from the shared tier: another environment had asked AWS. */
  readonly isShared?: boolean
}

/** A fetch as one caller sees it. */
export interface Flight {
  /**
   * Waits for the result: for the caller's own budget, or for the rest of the fetch's budget if that is longer. Fails at
   * once if another caller has already given up on the fetch and there is an old value to serve.
   */
  readonly fetched: Effect.Effect<Fetched, SourceError>
  /** Whether another caller had started it. */
  readonly isCollapsed: boolean
}

/** `retryFor` applies only if no old value can be served instead. */
export interface FlightOptions extends Effort {
  readonly purpose: Purpose
  /** What the read demands: an answer of the shared tier must meet it too. Default: what the policy says. */
  readonly demand?: Demand
  /** Asks AWS whatever the shared tier has. Default: false. */
  readonly isForced?: boolean
  /** Joins the fetch of another entry of its batch, which has the turn to ask AWS. Default: false. */
  readonly isAlong?: boolean
  /** Does not store the result, unless another caller is waiting for it too. Default: false. */
  readonly noStore?: boolean
}
