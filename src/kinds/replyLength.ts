/**
 * The maximum length of a JSON reply, from the service's documented limits and what JSON adds to them.
 */
import { KIB } from "../domain/defaults.ts"

/** An escaped character such as `\u0001` is six times as long. */
const ESCAPED = 6

/** The bytes of a member besides its value: name, dates, ARN. */
export const METADATA = 16 * KIB

/** The bytes of a reply with `count` members, each with a value of at most `bytes`. */
export const members = (count: number, bytes: number): number => count * (bytes * ESCAPED + METADATA)
