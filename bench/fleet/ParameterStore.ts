/**
 * Parameter Store as a fleet sees it: so many requests a second for the whole account and region, by a token bucket;
 * what is more is throttled. A request counts the same with one name and with ten.
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
import type { Figures } from "./figures.ts"
import type { Simulation } from "./Simulation.ts"

/** The default quota of GetParameter and GetParameters together, shared by an account's environments. */
export const REQUESTS_PER_SECOND = 40

/** How long an answer takes, and a refusal. Milliseconds. */
export const ANSWER = 25
export const REFUSAL = 10

const MILLIS = 1_000

/** Makes a call at this moment: whether it will be answered. */
export type ParameterStore = () => boolean

export const makeParameterStore = ({ now }: Simulation, figures: Figures): ParameterStore => {
  let tokens = REQUESTS_PER_SECOND
  let filledAt = 0

  return () => {
    tokens = Math.min(REQUESTS_PER_SECOND, tokens + ((now() - filledAt) / MILLIS) * REQUESTS_PER_SECOND)
    filledAt = now()
    figures.calls += 1
    const isAnswered = tokens >= 1
    if (isAnswered) tokens -= 1
    else figures.throttled += 1
    return isAnswered
  }
}
