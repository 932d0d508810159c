/**
 * What AWS's reply says beside the value, for `Value.details`: chosen by name, so that nothing else gets there, and
 * ready for JSON. Used by the sources of parameters and secrets; pure.
 */

/** The named parts of a reply that are there. Times are texts in ISO 8601. */
export const detailsOf = <Reply extends object>(
  reply: Reply,
  names: ReadonlyArray<keyof Reply & string>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const part: unknown = reply[name]
      if (part === undefined) return []
      return [[name, part instanceof Date ? part.toISOString() : part]]
    }),
  )
