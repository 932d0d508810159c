/**
 * Parameter Store with its request quota for the whole account and region, as a token bucket. Requests beyond it are
 * throttled. A request counts once, with one name or with ten.
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
import type { Figures } from "./figures.ts"
import type { Simulation } from "./Simulation.ts"

/** The default quota of GetParameter and GetParameters together, shared by an account's environments. */
export const REQUESTS_PER_SECOND = 40

/** The time that a reply takes, and an error, in milliseconds. */
export const ANSWER = 25
export const REFUSAL = 10

const MILLIS = 1_000

/** Makes a call now. False: it is throttled. */
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
