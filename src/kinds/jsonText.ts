/**
 * Writes JSON as text, member by member. A JavaScript object would put names that look like numbers first, and a JavaScript number
 * would lose digits. Used by sources whose values are made of several texts, and by responses with several values. Pure.
 */

/** RFC 8259, section 6. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** A number with all its digits. What is no number in JSON, such as `NaN`, becomes a string. */
export const jsonNumber = (digits: string): string => (NUMBER.test(digits) ? digits : JSON.stringify(digits))

export const jsonArray = <A>(values: ReadonlyArray<A>, write: (value: A) => string): string =>
  `[${values.map((value) => write(value)).join(",")}]`

/** An object with its members in the given order. */
export const jsonObject = <A>(
  members: ReadonlyArray<readonly [name: string, member: A]>,
  write: (member: A) => string,
): string => `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(",")}}`

/** The members in the order of their names' UTF-16 code units. */
export const sortedByName = <A>(
  members: Iterable<readonly [name: string, member: A]>,
): ReadonlyArray<readonly [name: string, member: A]> =>
  Array.from(members).sort(([left], [right]) => (left < right ? -1 : 1))
