/**
 * What an AWS reply says besides the value, for `Value.details`. Members are picked by name, so that the value is never
 * among them, and are ready for JSON. Pure.
 */

/** Epoch seconds in ISO 8601. Anything that is not a time is returned as it is. */
const isoDate = (seconds: unknown): unknown => {
  // @effect-diagnostics-next-line globalDate:off -- a time that AWS sent; DateTime would have to be loaded before the first read
  const date = new Date(Math.round(Number(seconds) * 1_000))
  return Number.isNaN(date.getTime()) ? seconds : date.toISOString()
}

/** The named members that a reply has. Those whose name ends in `Date` are in ISO 8601. */
export const pickDetails = <Reply extends object>(
  reply: Reply,
  names: ReadonlyArray<keyof Reply & string>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const part: unknown = reply[name]
      if (part === undefined || part === null) return []
      return [[name, name.endsWith("Date") ? isoDate(part) : part]]
    }),
  )
