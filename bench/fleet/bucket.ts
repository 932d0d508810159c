/**
 * A token bucket that holds one second's worth: the quota of Parameter Store, and the throughput of an engine.
 */
const SECOND = 1_000

/** Takes this many units now, in milliseconds of the run. False: they are not there, and none are taken. */
export type Bucket = (units: number, now: number) => boolean

/** A full bucket that gets this many units a second. */
export const makeBucket = (perSecond: number): Bucket => {
  let units = perSecond
  let filledAt = 0
  return (wanted, now) => {
    units = Math.min(perSecond, units + ((now - filledAt) / SECOND) * perSecond)
    filledAt = now
    if (units < wanted) return false
    units -= wanted
    return true
  }
}
