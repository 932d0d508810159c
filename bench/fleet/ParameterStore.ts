/**
 * Parameter Store with its request quota for the whole account and region. Requests beyond it are throttled. A request
 * counts once, with one name or with ten.
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
import { makeBucket } from "./bucket.ts"
import type { Figures } from "./figures.ts"
import type { Simulation } from "./Simulation.ts"

/** The default quota of GetParameter and GetParameters together, shared by an account's environments. */
export const REQUESTS_PER_SECOND = 40

/** The time that a reply takes, and an error, in milliseconds. */
export const ANSWER = 25
export const REFUSAL = 10

/** Makes a call now. False: it is throttled. */
export type ParameterStore = () => boolean

export const makeParameterStore = ({ now }: Simulation, figures: Figures): ParameterStore => {
  const take = makeBucket(REQUESTS_PER_SECOND)
  return () => {
    const isAnswered = take(1, now())
    figures.calls += 1
    if (!isAnswered) figures.throttled += 1
    return isAnswered
  }
}
