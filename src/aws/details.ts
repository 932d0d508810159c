/**
 * What AWS's reply says beside the value, for `Value.details`: chosen by name, so that nothing else gets there, and
 * ready for JSON. Used by the sources of parameters and secrets; pure.
 */

/** A time on the wire, in epoch seconds, as text in ISO 8601; as it is where it is no time. */
const isoDate = (seconds: unknown): unknown => {
  // @effect-diagnostics-next-line globalDate:off -- a time that AWS sent; a load waits for what is imported here
  const date = new Date(Math.round(Number(seconds) * 1_000))
  return Number.isNaN(date.getTime()) ? seconds : date.toISOString()
}

/** The named parts of a reply that are there. What is called a date is text in ISO 8601. */
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
