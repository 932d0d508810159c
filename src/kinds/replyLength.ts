/**
 * How long a reply in JSON may be for what it holds: the documented maximum of the service, with room for what JSON adds.
 */
import { KIB } from "../domain/defaults.ts"

/** An escaped character such as `\u0001` is six times as long. */
const ESCAPED = 6

/** Everything of one member but its value: name, dates, ARN. */
export const METADATA = 16 * KIB

/** The bytes of a reply with so many members, each with a value of so many bytes. */
export const members = (count: number, bytes: number): number => count * (bytes * ESCAPED + METADATA)
